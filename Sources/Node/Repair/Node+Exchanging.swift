import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Reconciliation of partitions that differ: coded symbols or a list, until this node knows what
/// each side lacks (A2).
extension Node {
    /// Begins as many exchanges as may run, for one peer after the other.
    mutating func startExchanges(now: Moment) {
        for peer in peers.all.map(\.id) {
            while repair.exchanges.count < RepairState.mostExchanges,
                case .reconciling(let left)? = repair.pairs[peer]?.stage, !left.isEmpty
            {
                let group = group(of: left)
                repair.update(peer) { pair in
                    pair.stage = .reconciling(Array(left.dropFirst(group.count)))
                    pair.running += 1
                }
                startExchange(of: group, with: peer, now: now)
            }
        }
    }

    /// As many of the first partitions as make one exchange.
    private func group(of partitions: [Partition]) -> [Partition] {
        var entries = 0
        var count = 0
        while count < partitions.count {
            entries += store.keys(in: partitions[count])
            guard count == 0 || entries <= RepairState.mostEntries else { break }
            count += 1
        }
        return Array(partitions.prefix(count))
    }

    private mutating func startExchange(
        of partitions: [Partition], with peer: NodeID, now: Moment
    ) {
        let name = ExchangeName(peer: peer, number: nextID())
        let salt = repair.generator.next()
        let limit = HybridClock(now.wall + (.zero - configuration.repair.settling))
        let (entries, digest) = entries(of: partitions, upTo: limit, salt: salt)
        let deadline = now.instant + configuration.timeouts.operation
        metrics.repair.exchanges += 1
        repair.exchanges[name] = RepairExchange(
            partitions: partitions, decoder: SketchDecoder(entries.map(\.name)),
            deadline: deadline)
        repair.sources[name] = RepairSource(
            salt: salt, partitions: PartitionSet(partitions), entries: entries,
            deadline: deadline)
        let expected = repair.pairs[peer]?.expectedDifferences(in: partitions.count) ?? 0
        let message = SketchMessage.open(
            SketchMessage.Opening(
                partitions: partitions, salt: salt, limit: limit, entries: UInt32(entries.count),
                digest: digest, expected: UInt32(expected)))
        sendSketch(message.encoded(), .sketch, name, now: now)
    }

    /// What this node holds of partitions, ascending by name.
    private func entries(
        of partitions: [Partition], upTo limit: HybridClock, salt: UInt64
    ) -> ([StoreEntry], PartitionDigest) {
        var entries: [StoreEntry] = []
        var digest = PartitionDigest.empty
        for partition in partitions {
            digest.formSum(
                with: store.entries(of: partition, upTo: limit, salt: salt, into: &entries))
        }
        entries.sort { $0.name < $1.name }
        return (entries, digest)
    }

    private mutating func sendSketch(
        _ body: [UInt8], _ kind: PeerKind, _ name: ExchangeName, now: Moment
    ) {
        metrics.repair.sketchedBytes += UInt64(FrameHeader.size + body.count)
        _ = send(kind, name.number, body, to: name.peer, deadline: nil, now: now)
    }

    /// A co-owner begins an exchange, or wants more symbols.
    mutating func receive(
        _ message: SketchMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        let name = ExchangeName(peer: peer, number: request)
        let reply: SketchReplyMessage
        switch message {
        case .open(let opening): reply = open(opening, name, now: now)
        case .more(let count): reply = more(after: Int(count), name, now: now)
        }
        sendSketch(reply.encoded(), .sketchReply, name, now: now)
    }

    private mutating func open(
        _ opening: SketchMessage.Opening, _ name: ExchangeName, now: Moment
    ) -> SketchReplyMessage {
        guard repair.sources.count < RepairState.mostSources, repair.sources[name] == nil else {
            return .busy
        }
        let partitions = PartitionSet(opening.partitions).elements
        guard partitions.allSatisfy({ isInSync($0) && isOwner(of: $0) }) else { return .gone }
        let (entries, digest) = entries(
            of: partitions, upTo: opening.limit, salt: opening.salt)
        guard digest != opening.digest else { return .equal }
        let deadline = now.instant + configuration.timeouts.operation * 2
        repair.sources[name] = RepairSource(
            salt: opening.salt, partitions: PartitionSet(partitions), entries: entries,
            deadline: deadline)
        leave(opening.partitions, to: name.peer, now: now)
        return symbols(
            after: 0, theirs: Int(opening.entries), expected: Int(opening.expected), name)
    }

    /// Of what both found to differ, each partition is reconciled by one of them.
    private mutating func leave(_ partitions: [Partition], to peer: NodeID, now: Moment) {
        guard let pair = repair.pairs[peer], case .reconciling(let left) = pair.stage,
            !left.isEmpty
        else { return }
        let taken = PartitionSet(partitions)
        let rest = left.filter { !taken.contains($0) }
        repair.update(peer) { $0.stage = .reconciling(rest) }
        if rest.isEmpty, pair.running == 0 { self.rest(peer, foundEqual: false, now: now) }
    }

    private mutating func more(
        after count: Int, _ name: ExchangeName, now: Moment
    ) -> SketchReplyMessage {
        guard let source = repair.sources[name], count <= source.sent else { return .gone }
        extend(name, now: now)
        return symbols(after: count, theirs: source.entries.count, expected: 0, name)
    }

    /// The next symbols, or everything when that is shorter.
    private mutating func symbols(
        after count: Int, theirs: Int, expected: Int, _ name: ExchangeName
    ) -> SketchReplyMessage {
        guard let index = repair.sources.index(forKey: name) else { return .gone }
        let entries = repair.sources.values[index].entries
        switch ReconciliationPlan.next(
            ours: entries.count, theirs: theirs, sent: count, expected: expected)
        {
        case .list: return .list(entries.map(\.name))
        case .symbols(let total):
            return .symbols(
                repair.sources.values[index].symbols(from: count, to: total),
                first: UInt32(count), entries: UInt32(entries.count))
        }
    }

    /// The peer answers in an exchange that this node began.
    mutating func receive(
        _ message: SketchReplyMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        let name = ExchangeName(peer: peer, number: request)
        guard var exchange = repair.exchanges[name], var decoder = exchange.decoder else { return }
        extend(name, now: now)
        switch message {
        case .equal, .busy, .gone:
            repair.exchanges[name]?.isKnownThere = false
            finish(name, now: now)
        case .list(let names):
            let entries = repair.sources[name]?.entries.map(\.name) ?? []
            let parts = ReconciliationPlan.difference(entries, names.sorted())
            settle(name, ours: parts.ours, theirs: parts.theirs, now: now)
        case .symbols(let symbols, let first, _):
            guard Int(first) == decoder.count, !symbols.isEmpty else { return }
            decoder.add(symbols)
            if decoder.isBroken { return finish(name, now: now) }
            if decoder.isComplete {
                return settle(name, ours: decoder.ours, theirs: decoder.theirs, now: now)
            }
            exchange.decoder = decoder
            exchange.deadline = now.instant + configuration.timeouts.operation
            repair.exchanges[name] = exchange
            sendSketch(
                SketchMessage.more(UInt32(decoder.count)).encoded(), .sketch, name, now: now)
        }
    }

    /// Both differences are known: the peer is told what it lacks, and this node fetches the rest.
    private mutating func settle(
        _ name: ExchangeName, ours: [UInt64], theirs: [UInt64], now: Moment
    ) {
        metrics.repair.differences += UInt64(ours.count + theirs.count)
        let partitions = repair.exchanges[name]?.partitions.count ?? 1
        repair.update(name.peer) {
            $0.noteDifferences(ours.count + theirs.count, in: partitions)
        }
        if configuration.plantedBug == .absenceDeletes { drop(ours, name) }
        let offered = Array(ours.prefix(FetchMessage.most))
        repair.exchanges[name]?.decoder = nil
        repair.exchanges[name]?.offers = !offered.isEmpty
        repair.exchanges[name]?.fetches = !theirs.isEmpty
        if !offered.isEmpty {
            sendSketch(OfferMessage(offered).encoded(), .offer, name, now: now)
        }
        if !theirs.isEmpty {
            let partitions = PartitionSet(repair.exchanges[name]?.partitions ?? [])
            fetch(theirs, of: partitions, name, now: now)
        } else if offered.isEmpty {
            finish(name, now: now)
        }
    }

    /// A fault on purpose.
    private mutating func drop(_ names: [UInt64], _ name: ExchangeName) {
        guard let source = repair.sources[name] else { return }
        for entry in names.compactMap({ source.entry(named: $0) }) {
            guard let record = store.find(entry, salt: source.salt)?.record else { continue }
            record.key.bytes.withUnsafeBytes {
                _ = store.remove($0, entry.hash, ifVersion: record.version)
            }
        }
    }

    /// An exchange that this node began is over, well or not.
    mutating func finish(_ name: ExchangeName, now: Moment) {
        guard let exchange = repair.exchanges.removeValue(forKey: name) else { return }
        repair.sources[name] = nil
        repair.fetches[name] = nil
        if exchange.isKnownThere {
            sendSketch(FetchMessage.done.encoded(), .fetch, name, now: now)
        }
        repair.update(name.peer) { pair in
            pair.running = max(0, pair.running - 1)
            pair.hasMoved = pair.hasMoved || exchange.hasMoved
        }
        startExchanges(now: now)
        guard let pair = repair.pairs[name.peer], pair.running == 0,
            case .reconciling(let left) = pair.stage, left.isEmpty
        else { return }
        rest(name.peer, foundEqual: false, now: now)
        // What was moved is checked soon; what could not be moved waits.
        guard pair.hasMoved else { return }
        let soon = now.instant + configuration.repair.settling
        repair.update(name.peer) { pair in
            pair.pace.hasten(soon)
            pair.due = pair.pace.next
        }
    }

    /// Something happens in an exchange, so it goes on.
    mutating func extend(_ name: ExchangeName, now: Moment) {
        let deadline = now.instant + configuration.timeouts.operation
        repair.exchanges[name]?.deadline = deadline
        repair.fetches[name]?.deadline = deadline
        repair.sources[name]?.deadline = deadline + configuration.timeouts.operation
    }

    /// Forgets what nothing was heard of for too long.
    mutating func sweepExchanges(now: Moment) {
        for name in repair.sources.keys.sorted() where repair.isOver(name, now.instant) {
            repair.sources[name] = nil
        }
        for name in repair.fetches.keys.sorted() where repair.isStuck(name, now.instant) {
            repair.fetches[name] = nil
        }
        for (name, exchange) in repair.exchanges.sorted(by: { $0.key < $1.key })
        where exchange.deadline <= now.instant {
            finish(name, now: now)
        }
    }
}
