import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// A node that lost its memory copies its partitions from the other owners, page by page (R5).
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
        sync.nextRound = min(sync.nextRound, now.instant + configuration.repair.interval)
        // At the latest when it is worth something.
        if now.instant < sync.settled { deadlines.add(.recovery, due: sync.settled) }
        let linked = peers.all.filter(\.isLinked).map(\.id)
        for exchange in recovery.pending(limit: 4096, isReachable: linked.contains) {
            sync.enqueue(exchange.partition, from: exchange.peer)
        }
        startPulls(now: now)
    }

    /// Tries what is left once more.
    mutating func retryRecovery(now: Moment) {
        sync.nextRound =
            unsynced > 0 ? now.instant + configuration.repair.interval : .distantFuture
        continueRecovery(now: now)
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
            digest: store.digest(of: pull.partition), mark: fences.table[pull.partition])
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
            let body = PullReplyMessage(.notOwner, mark: .none).encoded()
            _ = send(.pullReply, request, body, to: peer, deadline: nil, now: now)
            return
        }
        learn(message.mark, of: message.partition, now: now)
        let mark = fences.table[message.partition]
        if message.cursor == 0, store.digest(of: message.partition) == message.digest {
            let body = PullReplyMessage(
                .equal, mark: mark, evictions: evictions(of: message.partition)
            ).encoded()
            _ = send(.pullReply, request, body, to: peer, deadline: nil, now: now)
            return
        }
        var records: [UInt8] = []
        let next = store.scan(from: message.cursor, in: message.partition) { record in
            records.append(contentsOf: record.encoded)
            return records.count < SyncState.pageBytes
        }
        metrics.syncBytes += UInt64(records.count)
        let body = PullReplyMessage(
            .page, next: next, mark: mark,
            evictions: next == nil ? evictions(of: message.partition) : EvictionList()
        ).encoded(with: records)
        _ = send(.pullReply, request, body, to: peer, deadline: nil, now: now)
    }

    private func evictions(of partition: Partition) -> EvictionList {
        let known = store.evictions(of: partition)
        return EvictionList(floor: known.floor, entries: known.entries)
    }

    /// A page came. Every record goes through the one door, so a page can be merged twice.
    mutating func receive(
        pullReply body: UnsafeRawBufferPointer, _ id: UInt64, from peer: NodeID, now: Moment
    ) {
        guard var pull = sync.active[id], pull.peer == peer,
            let (message, records) = PullReplyMessage.decode(body)
        else { return }
        sync.active[id] = nil
        // What came before this page, or was compared, is not here any more.
        if learn(message.mark, of: pull.partition, now: now) { return startPulls(now: now) }
        if message.status == .page {
            guard
                let merged = mergeCopies(
                    records, from: MarkList(pull.partition, message.mark), now: now,
                    naming: true, accepts: { $0 == pull.partition })
            else {
                metrics.invalidFrames += 1
                return startPulls(now: now)
            }
            metrics.recordsSynced += UInt64(merged.accepted)
            pull.isWhole = pull.isWhole && merged.isWhole
            pull.names.formUnion(merged.names)
            if let next = message.next {
                pull.cursor = next
                pull.triesLeft = 4
                return continuePull(pull, nextID(), now: now)
            }
        }
        learnEvictions(message, &pull, now: now)
        if message.status != .notOwner, pull.isWhole { copied(pull, now: now) }
        startPulls(now: now)
    }

    /// The peer has told all that it holds, and tells what it let go of.
    private mutating func learnEvictions(
        _ message: PullReplyMessage, _ pull: inout SyncState.Pull, now: Moment
    ) {
        guard clock.observe(message.evictions.latest, at: now.wall) else {
            pull.isWhole = false
            return
        }
        store.learnEvictions(
            of: pull.partition, floor: message.evictions.floor, message.evictions.entries,
            holding: message.status == .page ? pull.names : nil)
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
