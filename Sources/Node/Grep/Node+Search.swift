import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Searching this node's own replicas, for itself and for coordinators elsewhere. The scan runs on
/// the search thread, never here.
extension Node {
    mutating func receiveGrep(
        _ kind: PeerKind, _ header: FrameHeader, _ body: UnsafeRawBufferPointer,
        from peer: NodeID, now: Moment
    ) -> Bool {
        let request = header.requestID
        switch kind {
        case .grepOpen:
            guard let message = GrepOpenMessage(decoding: body) else { return false }
            let budget = Duration.milliseconds(header.deadline == 0 ? 30_000 : Int(header.deadline))
            openSearch(message, request: request, from: peer, budget: budget, now: now)
        case .grepNext:
            guard body.count == 8 else { return false }
            continueSearch(request: request, batch: body.word(at: 0), from: peer, now: now)
        case .grepCancel: cancelSearch(request: request, from: peer)
        case .grepBatch:
            guard let message = GrepBatchMessage(decoding: body) else { return false }
            receive(message, of: request, now: now)
        default: return false
        }
        return true
    }

    /// Searches those of the partitions that this node owns and has in sync; names the others.
    mutating func openSearch(
        _ message: GrepOpenMessage, request: UInt64, from peer: NodeID, budget: Duration,
        now: Moment
    ) {
        guard grep.ownSearch(of: peer, request: request) == nil else { return }
        guard grep.own.count < configuration.limits.searches else {
            metrics.overloaded += 1
            metrics.grep.searchesRefused += 1
            return deliver(GrepBatchMessage(.overloaded), of: request, to: peer, now: now)
        }
        let refused = message.partitions.elements.filter {
            !isOwner(of: $0) || !isInSync($0)
        }
        var partitions = message.partitions
        partitions.subtract(PartitionSet(refused))
        let id = nextID()
        grep.own[id] = GrepState.OwnSearch(
            peer: peer, request: request, refused: PartitionSet(refused), lastUse: now.instant)
        deadlines.add(.search(id), due: now.instant + configuration.timeouts.idleStream)
        metrics.searches += 1
        effects.append(
            .search(
                SearchTask(
                    id: id, query: message.query, partitions: partitions, after: message.after,
                    position: message.position, time: now.wall, snapshot: store.snapshot(),
                    budget: budget, mostBytes: mostBytes(for: message.query))))
    }

    /// What the query allows, and what this node does.
    private func mostBytes(for query: GrepQuery) -> Int? {
        guard let own = configuration.limits.searchBytes else { return query.maxBytes }
        return min(query.maxBytes ?? own, own)
    }

    /// Batches are numbered, so that a repeated or overtaken request changes nothing.
    mutating func continueSearch(
        request: UInt64, batch: UInt64, from peer: NodeID, now: Moment
    ) {
        guard let id = grep.ownSearch(of: peer, request: request) else {
            return deliver(GrepBatchMessage(.unknown), of: request, to: peer, now: now)
        }
        guard grep.own[id]?.isOwed == false, grep.own[id]?.delivered == batch else { return }
        grep.own[id]?.isOwed = true
        grep.own[id]?.lastUse = now.instant
        effects.append(.searchNext(id))
    }

    mutating func cancelSearch(request: UInt64, from peer: NodeID) {
        guard let id = grep.ownSearch(of: peer, request: request) else { return }
        closeSearch(id)
    }

    mutating func closeSearch(_ id: UInt64) {
        guard grep.own.removeValue(forKey: id) != nil else { return }
        effects.append(.searchCancel(id))
    }

    /// What the search thread found goes to the coordinator that asked.
    mutating func receive(_ report: SearchReport, now: Moment) {
        count(report)
        guard !report.isCancelled, let search = grep.own[report.id] else { return }
        grep.own[report.id]?.isOwed = false
        grep.own[report.id]?.delivered += 1
        grep.own[report.id]?.refused = PartitionSet()
        if report.state.isLast { grep.own[report.id] = nil }
        let batch = GrepBatchMessage(
            number: search.delivered, report.state, refused: search.refused, work: report.work,
            hits: report.hits)
        deliver(batch, of: search.request, to: search.peer, now: now)
    }

    /// What was done for nobody any more was done as well.
    private mutating func count(_ report: SearchReport) {
        guard report.state.isLast || report.isCancelled else { return }
        if report.isCancelled { metrics.grep.searchesCancelled += 1 }
        if report.state == .bytes { metrics.grep.searchesOutOfBytes += 1 }
        guard !report.isShared else {
            metrics.grep.searchesShared += 1
            return
        }
        metrics.searchedDocuments += report.work.documents
        metrics.searchedBytes += report.work.scannedBytes
        metrics.skippedBytes += report.work.skippedBytes
    }

    private mutating func deliver(
        _ batch: GrepBatchMessage, of request: UInt64, to peer: NodeID, now: Moment
    ) {
        if peer == id {
            receive(batch, of: request, now: now)
        } else {
            _ = send(.grepBatch, request, batch.encoded(), to: peer, deadline: nil, now: now)
        }
    }

    /// A coordinator that has not asked for more for so long is gone.
    mutating func searchDue(_ id: UInt64, now: Moment) {
        guard let search = grep.own[id] else { return }
        let end = search.lastUse + configuration.timeouts.idleStream
        if end <= now.instant { closeSearch(id) } else { deadlines.add(.search(id), due: end) }
    }
}
