import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Two owners compare what they share: one hash over everything, then branches, then leaves, and
/// what differs once more after a while, so that writes in flight do not count (A1, A2).
extension Node {
    /// A connection to a co-owner is there: both may have changed a lot since the last one.
    mutating func startRepairing(with peer: NodeID, now: Moment) {
        let pace = RepairPace(shortest: configuration.repair.interval)
        if repair.pairs[peer] == nil { repair.pairs[peer] = RepairPair(due: .start, pace: pace) }
        repair.update(peer) { pair in
            pair.stage = .resting
            pair.running = 0
            pair.pace = pace
            pair.due = now.instant
        }
    }

    /// The connection is gone, and everything under way with it.
    mutating func stopRepairing(with peer: NodeID) {
        repair.update(peer) { pair in
            pair.stage = .resting
            pair.due = .distantFuture
            pair.running = 0
        }
        repair.exchanges = repair.exchanges.filter { $0.key.peer != peer }
        repair.fetches = repair.fetches.filter { $0.key.peer != peer }
        repair.sources = repair.sources.filter { $0.key.peer != peer }
    }

    /// An owner missed writes of the partition: the two compare at once, as soon as they can, and
    /// the partition is reconciled first.
    mutating func markDirty(_ partition: Partition, at owner: NodeID) {
        guard owner != id, isOwner(of: partition) else { return }
        if repair.pairs[owner] == nil {
            repair.pairs[owner] = RepairPair(
                due: .distantFuture, pace: RepairPace(shortest: configuration.repair.interval))
        }
        let isLinked = peers[owner]?.isLinked == true
        repair.update(owner) { pair in
            pair.dirty.insert(partition)
            if isLinked, pair.stage == .resting { pair.due = .start }
        }
    }

    /// Some owner may lack something of the partition.
    mutating func markDirty(_ partition: Partition) {
        for owner in topology?.owners(of: partition) ?? [] { markDirty(partition, at: owner) }
    }

    /// Compares with every linked co-owner now.
    mutating func compareNow(now: Moment) {
        for peer in peers.all.map(\.id) where peers[peer]?.isLinked == true {
            repair.update(peer) { pair in
                if pair.stage == .resting { pair.due = now.instant }
            }
        }
    }

    mutating func repairDue(now: Moment) {
        for peer in repair.due(at: now.instant) { pairDue(peer, now: now) }
        repair.reschedule()
    }

    private mutating func pairDue(_ peer: NodeID, now: Moment) {
        switch repair.pairs[peer]?.stage {
        case .resting: compareRoots(with: peer, now: now)
        case .doubting(let partitions): lookAgain(partitions, peer, now: now)
        // No answer came.
        case .comparing, .lookingAgain: rest(peer, foundEqual: false, now: now)
        case .reconciling: startExchanges(now: now)
        case nil: break
        }
    }

    private mutating func compareRoots(with peer: NodeID, now: Moment) {
        let salt = repair.generator.next()
        let tree = tree(with: peer, salt: salt)
        guard peers[peer]?.isLinked == true, !tree.isEmpty else {
            return rest(peer, foundEqual: true, now: now)
        }
        metrics.repair.rounds += 1
        ask(CompareMessage(salt: salt, .root(tree.root)), peer, now: now) { .comparing($0) }
    }

    private mutating func ask(
        _ message: CompareMessage, _ peer: NodeID, now: Moment,
        _ stage: (UInt64) -> RepairPair.Stage
    ) {
        let number = nextID()
        let body = message.encoded()
        metrics.repair.comparedBytes += UInt64(FrameHeader.size + body.count)
        _ = send(.compare, number, body, to: peer, deadline: nil, now: now)
        let stage = stage(number)
        repair.update(peer) { pair in
            pair.salt = message.salt
            pair.asked = now.instant
            if case .leaves(let leaves) = message.content { pair.named = leaves.map(\.partition) }
            pair.stage = stage
            pair.due = now.instant + configuration.timeouts.operation
        }
    }

    private mutating func lookAgain(_ partitions: [Partition], _ peer: NodeID, now: Moment) {
        let salt = repair.generator.next()
        let tree = tree(with: peer, salt: salt)
        ask(leaves(of: partitions, tree, salt), peer, now: now) { .lookingAgain($0, partitions) }
    }

    private func leaves(
        of partitions: [Partition], _ tree: DigestTree, _ salt: UInt64
    ) -> CompareMessage {
        CompareMessage(
            salt: salt,
            .leaves(
                partitions.filter { tree.isShared($0) }.map {
                    CompareMessage.Leaf(partition: $0, hash: tree.leaf($0))
                }))
    }

    /// What this node and another one both own.
    private func tree(with peer: NodeID, salt: UInt64) -> DigestTree {
        guard let topology, let own = topology.position(of: id),
            let other = topology.position(of: peer)
        else { return DigestTree(salt: salt) { _ in nil } }
        return DigestTree(salt: salt) { partition in
            let owners = topology.ownerIndexes(of: partition)
            guard owners.contains(UInt16(own)), owners.contains(UInt16(other)) else { return nil }
            return store.digest(of: partition)
        }
    }

    /// A co-owner compares.
    mutating func receive(
        _ message: CompareMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        let tree = tree(with: peer, salt: message.salt)
        let reply: CompareReplyMessage
        switch message.content {
        case .root(let hash):
            if hash == tree.root {
                reply = .equal
                // It counts for both, so only one of them has to ask.
                foundEqual(peer, tree, now: now)
            } else {
                reply = .branches((0..<DigestTree.branches).map { tree.branch($0) })
            }
        case .leaves(let leaves):
            yield(to: peer, now: now)
            reply = .differing(
                leaves.filter { tree.isShared($0.partition) && tree.leaf($0.partition) != $0.hash }
                    .map(\.partition))
        }
        let body = reply.encoded()
        metrics.repair.comparedBytes += UInt64(FrameHeader.size + body.count)
        _ = send(.compareReply, request, body, to: peer, deadline: nil, now: now)
    }

    /// Both have found that they differ: the one with the lower id goes on, and the other rests
    /// until that is done.
    private mutating func yield(to peer: NodeID, now: Moment) {
        guard peer < id else { return }
        switch repair.pairs[peer]?.stage {
        case .comparing, .doubting, .lookingAgain: rest(peer, foundEqual: false, now: now)
        case .resting, .reconciling, nil: break
        }
    }

    mutating func receive(
        _ message: CompareReplyMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        guard let pair = repair.pairs[peer] else { return }
        switch (pair.stage, message) {
        case (.comparing(request), .equal):
            noteProven(tree(with: peer, salt: pair.salt).partitions, peer, now: now)
            rest(peer, foundEqual: true, now: now)
        case (.comparing(request), .branches(let hashes)):
            compareLeaves(hashes, peer, pair.salt, now: now)
        case (.comparing(request), .differing(let partitions)):
            let differs = PartitionSet(partitions)
            noteProven(pair.named.filter { !differs.contains($0) }, peer, now: now)
            if partitions.isEmpty { return rest(peer, foundEqual: false, now: now) }
            repair.update(peer) { pair in
                pair.stage = .doubting(partitions)
                pair.due = now.instant + configuration.repair.settling
            }
        case (.lookingAgain(request, let asked), .differing(let partitions)):
            sort(asked, differing: partitions, peer, now: now)
        default: break
        }
    }

    private mutating func compareLeaves(
        _ hashes: [UInt64], _ peer: NodeID, _ salt: UInt64, now: Moment
    ) {
        let tree = tree(with: peer, salt: salt)
        var (equal, partitions): ([Partition], [Partition]) = ([], [])
        for partition in tree.partitions {
            let branch = Int(partition.number) / DigestTree.width
            if branch < hashes.count, hashes[branch] == tree.branch(branch) {
                equal.append(partition)
            } else {
                partitions.append(partition)
            }
        }
        noteProven(equal, peer, now: now)
        // It was a write in flight, which has arrived.
        guard !partitions.isEmpty else { return rest(peer, foundEqual: false, now: now) }
        ask(leaves(of: partitions, tree, salt), peer, now: now) { .comparing($0) }
    }

    /// What differed twice is reconciled, dirty partitions first.
    private mutating func sort(
        _ asked: [Partition], differing: [Partition], _ peer: NodeID, now: Moment
    ) {
        let differs = PartitionSet(differing)
        let known = PartitionSet(asked)
        // What is being recovered is copied whole already.
        let confirmed = differs.elements.filter { known.contains($0) && isInSync($0) }
        noteProven(asked.filter { !differs.contains($0) }, peer, now: now)
        guard !confirmed.isEmpty else { return rest(peer, foundEqual: false, now: now) }
        let expected = ReconciliationPlan.expectedDifferences(
            differing: confirmed.count, of: tree(with: peer, salt: 0).partitions.count)
        repair.update(peer) { pair in
            pair.noteDifferences(expected, in: confirmed.count)
            for partition in confirmed { pair.differing.insert(partition) }
            let first = confirmed.filter { pair.dirty.contains($0) }
            let rest = confirmed.filter { !pair.dirty.contains($0) }
            pair.stage = .reconciling(first + rest)
            pair.hasMoved = false
            pair.due = .distantFuture
        }
        startExchanges(now: now)
    }

    /// The peer holds the same of these as this node did when it asked.
    private mutating func noteProven(_ partitions: [Partition], _ peer: NodeID, now: Moment) {
        repair.update(peer) { pair in
            for partition in partitions { pair.note(proven: partition, now: now.instant) }
        }
    }

    private mutating func foundEqual(_ peer: NodeID, _ tree: DigestTree, now: Moment) {
        let jitter = repair.jitter()
        repair.update(peer) { pair in
            for partition in tree.partitions {
                pair.note(clean: partition, now: now.instant)
            }
            guard pair.stage == .resting, pair.due != .distantFuture else { return }
            pair.pace.foundEqual(now: now.instant, jitter: jitter)
            pair.due = pair.pace.next
        }
    }

    /// Until the next comparison.
    mutating func rest(_ peer: NodeID, foundEqual: Bool, now: Moment) {
        let jitter = repair.jitter()
        let isLinked = peers[peer]?.isLinked == true
        repair.update(peer) { pair in
            pair.stage = .resting
            if foundEqual {
                pair.pace.foundEqual(now: now.instant, jitter: jitter)
            } else {
                pair.pace.foundDifference(now: now.instant, jitter: jitter)
            }
            pair.due = isLinked ? pair.pace.next : .distantFuture
        }
    }
}
