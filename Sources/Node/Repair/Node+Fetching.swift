import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Records go to whoever lacks them, both ways, newest first. The one who lacks them asks for each
/// page when the one before is merged, and no faster than its budget allows (A2).
extension Node {
    mutating func fetch(
        _ names: [UInt64], of partitions: PartitionSet, _ name: ExchangeName, now: Moment
    ) {
        repair.fetches[name] = RepairFetch(
            names: names, partitions: partitions,
            deadline: now.instant + configuration.timeouts.operation)
        fetchMore(isFirst: true, name, now: now)
    }

    /// Asks for the next page as soon as the budget allows it.
    private mutating func fetchMore(
        isFirst: Bool, _ name: ExchangeName, now: Moment
    ) {
        repair.fetches[name]?.isFirst = isFirst
        guard repair.budget.ready <= now.instant else {
            repair.fetches[name]?.isWaiting = true
            return deadlines.add(.fetch(name), due: repair.budget.ready)
        }
        sendFetch(name, now: now)
    }

    mutating func fetchDue(_ name: ExchangeName, now: Moment) {
        guard let fetch = repair.fetches[name], fetch.isWaiting else { return }
        guard repair.budget.ready <= now.instant else {
            return deadlines.add(.fetch(name), due: repair.budget.ready)
        }
        sendFetch(name, now: now)
    }

    private mutating func sendFetch(_ name: ExchangeName, now: Moment) {
        guard var fetch = repair.fetches[name] else { return }
        var message = FetchMessage.next
        if fetch.isFirst {
            message = .first(
                Array(fetch.names.prefix(FetchMessage.most)),
                MarkList(fetch.partitions.elements, in: fences.table))
            fetch.names.removeFirst(min(fetch.names.count, FetchMessage.most))
        }
        fetch.isWaiting = false
        repair.fetches[name] = fetch
        extend(name, now: now)
        let body = message.encoded()
        metrics.repair.sketchedBytes += UInt64(FrameHeader.size + body.count)
        _ = send(.fetch, name.number, body, to: name.peer, deadline: nil, now: now)
    }

    /// A peer tells what this node lacks.
    mutating func receive(
        _ message: OfferMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        let name = ExchangeName(peer: peer, number: request)
        guard let source = repair.sources[name], repair.fetches[name] == nil,
            repair.exchanges[name] == nil, !message.names.isEmpty
        else { return }
        fetch(message.names, of: source.partitions, name, now: now)
    }

    /// A peer asks for records.
    mutating func receive(
        _ message: FetchMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        let name = ExchangeName(peer: peer, number: request)
        switch message {
        case .done:
            repair.sources[name] = nil
            repair.fetches[name] = nil
            return
        case .first(let names, let marks):
            // First both stand at the same fence, then anything is taken from the store.
            learn(marks, now: now)
            repair.sources[name]?.want(names)
        case .next: break
        }
        guard repair.sources[name] != nil else {
            return answer(.gone, [], name, now: now)
        }
        extend(name, now: now)
        let records = nextPage(name)
        let isLast = repair.sources[name]?.hasWanted == false
        answer(isLast ? .last : .page, records, name, now: now)
        guard repair.exchanges[name] != nil else { return }
        if !records.isEmpty { repair.exchanges[name]?.hasMoved = true }
        guard isLast else { return }
        repair.exchanges[name]?.offers = false
        finishIfDone(name, now: now)
    }

    private mutating func answer(
        _ status: FetchReplyMessage.Status, _ records: [UInt8], _ name: ExchangeName,
        now: Moment
    ) {
        metrics.repair.sentBytes += UInt64(records.count)
        let marks = MarkList(
            repair.sources[name]?.partitions.elements ?? [], in: fences.table)
        let body = FetchReplyMessage(status, marks).encoded(with: records)
        _ = send(.fetchReply, name.number, body, to: name.peer, deadline: nil, now: now)
    }

    /// Records that are still there, as many as fit; one at least.
    private mutating func nextPage(_ name: ExchangeName) -> [UInt8] {
        var records: [UInt8] = []
        guard let salt = repair.sources[name]?.salt else { return records }
        let most = min(RepairState.pageBytes, max(4096, configuration.repair.bandwidth / 4))
        while let entry = repair.sources[name]?.nextWanted() {
            guard let record = store.find(entry, salt: salt) else { continue }
            if !records.isEmpty, records.count + record.size > most {
                repair.sources[name]?.unwant(entry)
                break
            }
            records.append(contentsOf: record.encoded)
        }
        return records
    }

    /// A page came. Every record goes through the one door.
    mutating func receive(
        fetchReply body: UnsafeRawBufferPointer, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        let name = ExchangeName(peer: peer, number: request)
        guard let fetch = repair.fetches[name], !fetch.isWaiting,
            let (message, records) = FetchReplyMessage.decode(body)
        else { return }
        repair.budget.spend(records.count, now: now.instant)
        metrics.repair.receivedBytes += UInt64(records.count)
        learn(message.marks, now: now)
        guard
            let merged = mergeCopies(
                records, from: message.marks, now: now,
                accepts: { fetch.partitions.contains($0) })
        else {
            metrics.invalidFrames += 1
            return endFetch(name, now: now)
        }
        metrics.repair.applied += UInt64(merged.accepted)
        sendDecisions(merged.decisions, to: name.peer, now: now)
        if merged.accepted > 0 || !merged.decisions.isEmpty {
            repair.exchanges[name]?.hasMoved = true
        }
        switch message.status {
        case .page: fetchMore(isFirst: false, name, now: now)
        case .last where !fetch.names.isEmpty: fetchMore(isFirst: true, name, now: now)
        case .last, .gone: endFetch(name, now: now)
        }
    }

    private mutating func endFetch(_ name: ExchangeName, now: Moment) {
        repair.fetches[name] = nil
        repair.exchanges[name]?.fetches = false
        finishIfDone(name, now: now)
    }

    private mutating func finishIfDone(_ name: ExchangeName, now: Moment) {
        guard let exchange = repair.exchanges[name], exchange.decoder == nil, !exchange.fetches,
            !exchange.offers
        else { return }
        finish(name, now: now)
    }
}
