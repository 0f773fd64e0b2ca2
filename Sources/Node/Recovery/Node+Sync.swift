import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Owners converge: they compare digests of what they share and copy partitions that differ
/// (A1; a plain full copy), and a node that lost its memory recovers the same way (R5).
extension Node {
    /// Every answer of this node is worth nothing to read quorums until it has reconciled.
    mutating func startRecovery(now: Moment) {
        guard let topology else { return }
        recovery = RecoveryTracker(node: id, topology: topology, isRecovering: true)
        guard unsynced > 0 else { return }
        log(.info, "recovery-started", ["partitions": .count(unsynced)])
        continueRecovery(now: now)
        updateMetadata(now: now)
    }

    /// Partitions that this node still recovers.
    package var unsynced: Int { recovery?.remaining ?? 0 }

    mutating func continueRecovery(now: Moment) {
        guard let recovery, unsynced > 0 else { return }
        // At the latest when it is worth something.
        if now.instant < sync.settled { deadlines.add(.recovery, due: sync.settled) }
        let linked = peers.all.filter(\.isLinked).map(\.id)
        for exchange in recovery.pending(limit: 4096, isReachable: linked.contains) {
            sync.enqueue(exchange.partition, from: exchange.peer)
        }
        startPulls(now: now)
    }

    /// An owner missed a write of the partition.
    mutating func markDirty(_ partition: Partition, at owner: NodeID) {
        guard let index = peers.position(of: owner) else { return }
        peers.all[index].dirty.insert(partition)
    }

    /// Compares with every linked co-owner: first one digest, and parts only where that differs.
    mutating func startSyncRound(now: Moment) {
        let interval = configuration.timeouts.sync
        let jitter = Duration.nanoseconds(
            Int64.random(in: 0...max(1, interval.wholeNanoseconds / 4), using: &sync.generator))
        sync.nextRound = now.instant + interval + jitter
        guard topology != nil else { return }
        for peer in peers.all.map(\.id) where peers[peer]?.isLinked == true {
            compareRoots(with: peer, now: now)
        }
        continueRecovery(now: now)
    }

    mutating func compareRoots(with peer: NodeID, now: Moment) {
        let shared = sharedPartitions(with: peer)
        guard !shared.isEmpty else { return }
        metrics.digestRounds += 1
        let message = CompareMessage(root: rootDigest(of: shared))
        _ = send(.compare, nextID(), message.encoded(), to: peer, deadline: nil, now: now)
    }

    private func sharedPartitions(with peer: NodeID) -> [Partition] {
        guard let topology else { return [] }
        return topology.partitions(ownedBy: id).filter { topology.isOwner(peer, of: $0) }
    }

    private func rootDigest(of partitions: [Partition]) -> PartitionDigest {
        var root = PartitionDigest.empty
        for partition in partitions { root.formSum(with: store.digest(of: partition)) }
        return root
    }

    /// A co-owner compares. Both sides then copy from each other what differs.
    mutating func receive(
        _ message: CompareMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        var reply: CompareReplyMessage
        if let root = message.root {
            reply = CompareReplyMessage(
                rootDiffers: rootDigest(of: sharedPartitions(with: peer)) != root)
        } else {
            let differing = message.partitions.filter { partition, digest in
                isOwner(of: partition) && store.digest(of: partition) != digest
            }.map(\.0)
            reply = CompareReplyMessage(differing: PartitionSet(differing))
            enqueue(differing, from: peer, now: now)
        }
        _ = send(.compareReply, request, reply.encoded(), to: peer, deadline: nil, now: now)
    }

    mutating func receive(_ message: CompareReplyMessage, from peer: NodeID, now: Moment) {
        if message.rootDiffers {
            let digests = sharedPartitions(with: peer).map { ($0, store.digest(of: $0)) }
            let body = CompareMessage(digests).encoded()
            _ = send(.compare, nextID(), body, to: peer, deadline: nil, now: now)
        } else {
            enqueue(message.differing.elements.filter { isOwner(of: $0) }, from: peer, now: now)
            if message.differing.isEmpty, let index = peers.position(of: peer) {
                peers.all[index].dirty = PartitionSet()
            }
        }
    }

    private mutating func enqueue(_ partitions: [Partition], from peer: NodeID, now: Moment) {
        for partition in partitions { sync.enqueue(partition, from: peer) }
        startPulls(now: now)
    }

    mutating func startPulls(now: Moment) {
        while let task = sync.next() {
            let pull = SyncState.Pull(
                partition: task.partition, peer: task.peer, began: now.instant,
                deadline: now.instant + configuration.timeouts.retry)
            continuePull(pull, nextID(), now: now)
        }
    }

    private mutating func continuePull(_ pull: SyncState.Pull, _ id: UInt64, now: Moment) {
        var pull = pull
        pull.deadline = now.instant + configuration.timeouts.retry
        sync.active[id] = pull
        deadlines.add(.pull(id), due: pull.deadline)
        let message = PullMessage(
            partition: pull.partition, cursor: pull.cursor,
            digest: store.digest(of: pull.partition))
        _ = send(.pull, id, message.encoded(), to: pull.peer, deadline: nil, now: now)
    }

    /// No page came: ask again a few times, then leave it to the next round.
    mutating func pullDue(_ id: UInt64, now: Moment) {
        guard var pull = sync.active[id], pull.deadline <= now.instant else { return }
        sync.active[id] = nil
        guard pull.triesLeft > 0, peers[pull.peer]?.isLinked == true else {
            return startPulls(now: now)
        }
        pull.triesLeft -= 1
        continuePull(pull, nextID(), now: now)
    }

    /// A co-owner wants a page of a partition.
    mutating func receive(
        _ message: PullMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        guard isOwner(of: message.partition) else {
            let body = PullReplyMessage(.notOwner).encoded()
            _ = send(.pullReply, request, body, to: peer, deadline: nil, now: now)
            return
        }
        if message.cursor == 0, store.digest(of: message.partition) == message.digest {
            let body = PullReplyMessage(.equal).encoded()
            _ = send(.pullReply, request, body, to: peer, deadline: nil, now: now)
            return
        }
        var records: [UInt8] = []
        let next = store.scan(from: message.cursor, in: message.partition) { record in
            records.append(contentsOf: record.encoded)
            return records.count < SyncState.pageBytes
        }
        metrics.syncBytes += UInt64(records.count)
        let body = PullReplyMessage(.page, next: next).encoded(with: records)
        _ = send(.pullReply, request, body, to: peer, deadline: nil, now: now)
    }

    /// A page came. Every record goes through the one door, so a page can be merged twice.
    mutating func receive(
        pullReply body: UnsafeRawBufferPointer, _ id: UInt64, from peer: NodeID, now: Moment
    ) {
        guard var pull = sync.active[id], pull.peer == peer,
            let (message, records) = PullReplyMessage.decode(body)
        else { return }
        sync.active[id] = nil
        if message.status == .page {
            guard let isWhole = mergeAll(records, of: pull.partition, now: now) else {
                metrics.invalidFrames += 1
                return startPulls(now: now)
            }
            pull.isWhole = pull.isWhole && isWhole
            if let next = message.next {
                pull.cursor = next
                pull.triesLeft = 4
                return continuePull(pull, nextID(), now: now)
            }
        }
        if message.status != .notOwner, pull.isWhole { copied(pull, now: now) }
        startPulls(now: now)
    }

    /// Whether every record could be merged; nil when the bytes are not whole records of the
    /// partition, and then those before are merged.
    private mutating func mergeAll(
        _ bytes: UnsafeRawBufferPointer, of partition: Partition, now: Moment
    ) -> Bool? {
        var rest = bytes
        var isWhole = true
        while !rest.isEmpty {
            guard let record = RecordView.validated(rest, checkingCRC: false),
                record.partition == partition
            else { return nil }
            let hash = store.hash(of: record.key, partition: partition)
            // A stamp too far ahead waits until this node's time has come near it (V3). Until then
            // the partition is not what the peer acknowledged, and neither without memory.
            if clock.observe(record.version.clock, at: now.wall) {
                switch store.merge(record, hash: hash) {
                case .accepted: metrics.recordsSynced += 1
                case .overloaded: isWhole = false
                case .differing: reused(record)
                case .identical, .superseded: break
                }
            } else {
                isWhole = false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[record.size...])
        }
        return isWhole
    }

    /// Everything that the peer holds of a partition is merged here.
    private mutating func copied(_ pull: SyncState.Pull, now: Moment) {
        guard unsynced > 0 else { return }
        if pull.began >= sync.settled {
            recovery?.reconciled(pull.partition, with: pull.peer)
        } else if now.instant >= sync.settled {
            sync.enqueue(pull.partition, from: pull.peer)
        }
        guard unsynced == 0 else { return }
        log(.info, "recovery-finished")
        updateMetadata(now: now)
    }
}
