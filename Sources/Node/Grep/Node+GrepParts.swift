import GrepvineDistCore

/// The parts of a grep that owners do: every partition exactly once at a live owner in sync, and at
/// another one when that owner fails (G2).
extension Node {
    /// Spreads partitions over live owners and opens a search at each.
    mutating func search(
        _ partitions: PartitionSet, after: Key?, excluding: [NodeID],
        because reason: GrepSummary.Reason = .unreachable, for id: UInt64, now: Moment
    ) {
        let (parts, missing) = spread(partitions, excluding: excluding, now: now)
        grep.streams[id]?.miss(missing, reason)
        open(parts, after: after, excluding: excluding, for: id, now: now)
    }

    /// Which live owner in sync searches which of the partitions, and those that have none.
    func spread(
        _ partitions: PartitionSet, excluding: [NodeID], now: Moment
    ) -> (parts: [NodeID: PartitionSet], missing: PartitionSet) {
        var parts: [NodeID: PartitionSet] = [:]
        var missing = PartitionSet()
        for partition in partitions.elements {
            let owners = (topology?.owners(of: partition) ?? []).filter { owner in
                !excluding.contains(owner)
                    && (owner == self.id ? isInSync(partition) : isReachable(owner))
            }
            if let owner = owners.first(where: { answersPromptly($0, now: now) }) ?? owners.first {
                parts[owner, default: PartitionSet()].insert(partition)
            } else {
                missing.insert(partition)
            }
        }
        return (parts, missing)
    }

    private func answersPromptly(_ owner: NodeID, now: Moment) -> Bool {
        peers[owner]?.route.isOpen != true && !grep.hedging.isSlow(owner, now: now.instant)
    }

    /// Opens a search at each owner; as a rival of another search when there is one.
    mutating func open(
        _ parts: [NodeID: PartitionSet], after: Key?, excluding: [NodeID], rival: UInt64? = nil,
        for id: UInt64, now: Moment
    ) {
        for owner in parts.keys.sorted() {
            guard let stream = grep.streams[id], let partitions = parts[owner] else { return }
            let search = nextID()
            grep.streams[id]?.add(
                GrepStream.Source(
                    owner: owner, excluding: excluding, partitions: partitions, search: search,
                    last: after, asked: now.instant,
                    deadline: now.instant + configuration.timeouts.operation, rival: rival))
            grep.streamOfSearch[search] = id
            grep.hedging.budget.earn()
            let message = GrepOpenMessage(
                partitions: partitions, after: after, position: stream.start, query: stream.query)
            send(message, as: search, to: owner, until: stream.deadline, now: now)
        }
    }

    private mutating func send(
        _ message: GrepOpenMessage, as search: UInt64, to owner: NodeID, until deadline: Instant,
        now: Moment
    ) {
        if owner == self.id {
            openSearch(
                message, request: search, from: self.id, budget: deadline - now.instant, now: now)
        } else if !send(
            .grepOpen, search, message.encoded(), to: owner, deadline: deadline, now: now)
        {
            fail(search: search, now: now)
        }
    }

    /// A batch of an owner.
    mutating func receive(_ batch: GrepBatchMessage, of search: UInt64, now: Moment) {
        guard let id = grep.streamOfSearch[search],
            let index = grep.streams[id]?.source(of: search),
            let source = grep.streams[id]?.sources[index], source.isWaiting
        else { return }
        guard batch.state.isRefusal || batch.number == source.received else { return }
        grep.hedging.answered(source.owner)
        if let reason = batch.state.isRefusal ? batch.state.reason : nil {
            return fail(search: search, because: reason, now: now)
        }
        grep.streams[id]?.receive(batch, from: index, now: now.instant)
        settle(id, index, batch, now: now)
        if !batch.refused.isEmpty, source.rival == nil {
            self.search(
                batch.refused, after: source.last, excluding: source.excluding + [source.owner],
                for: id,
                now: now)
        }
        pump(id, now: now)
    }

    /// An owner will not finish its part: only what it has not delivered moves to others (G2).
    mutating func fail(
        search: UInt64, because reason: GrepSummary.Reason = .unreachable, now: Moment
    ) {
        guard let id = grep.streamOfSearch.removeValue(forKey: search),
            let index = grep.streams[id]?.source(of: search),
            let source = grep.streams[id]?.sources[index], !source.isOver
        else { return }
        if let slow = source.rival {
            drop(grep.streams[id]?.dropRivals(of: slow) ?? [], now: now)
            return
        }
        metrics.grepReplans += 1
        grep.streams[id]?.end(index)
        if grep.streams[id]?.promoteRivals(of: search) != true {
            self.search(
                source.partitions, after: source.last, excluding: source.excluding + [source.owner],
                because: reason, for: id, now: now)
        }
        pump(id, now: now)
    }

    mutating func failSearches(at owner: NodeID, now: Moment) {
        for id in grep.streams.keys.sorted() {
            for source in grep.streams[id]?.sources ?? [] where source.owner == owner {
                fail(search: source.search, now: now)
            }
        }
        for (id, search) in grep.own.sorted(by: { $0.key < $1.key }) where search.peer == owner {
            closeSearch(id)
        }
    }

    mutating func askForMore(_ id: UInt64, _ index: Int, now: Moment) {
        guard let source = grep.streams[id]?.sources[index] else { return }
        grep.streams[id]?.wait(
            for: index, since: now.instant, until: now.instant + configuration.timeouts.operation)
        if source.owner == self.id {
            continueSearch(
                request: source.search, batch: source.received, from: self.id, now: now)
        } else {
            var body = ByteWriter(capacity: 8)
            body.write(source.received)
            if !send(
                .grepNext, source.search, body.bytes, to: source.owner, deadline: nil, now: now)
            {
                fail(search: source.search, now: now)
            }
        }
    }

    /// Ends searches at their owners.
    mutating func drop(_ sources: [GrepStream.Source], now: Moment) {
        for source in sources {
            grep.streamOfSearch[source.search] = nil
            if source.owner == self.id {
                cancelSearch(request: source.search, from: self.id)
            } else {
                _ = send(.grepCancel, source.search, [], to: source.owner, deadline: nil, now: now)
            }
        }
    }
}
