import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Rounds of the stability fence: every owner of a partition refuses what is old, all reconcile
/// what they held when they began to, and what they agree is deleted may go (T2–T4).
extension Node {
    mutating func startRounds(now: Moment) {
        while fences.rounds.count < FenceState.mostRounds, let partition = fences.queue.popLast() {
            guard let owners = roundOwners(of: partition), isInSync(partition),
                owners.allSatisfy({ isReachable($0) }),
                fences.limit > fences.table[partition].stable
            else { continue }
            fences.rounds[partition] = FenceState.Round(
                limit: fences.limit, deadline: now.instant)
            prepare(partition, now: now)
        }
    }

    /// Who must take part. Today that is every owner; one that is marked out of sync in the
    /// topology will be left out here (T5).
    private func roundOwners(of partition: Partition) -> [NodeID]? {
        guard let owners = topology?.owners(of: partition), owners.first == id else { return nil }
        return Array(owners)
    }

    /// Asks every other owner to raise its fence and to tell what it holds.
    private mutating func prepare(_ partition: Partition, now: Moment) {
        guard var round = fences.rounds[partition], isInSync(partition),
            let owners = roundOwners(of: partition)
        else { return abandon(partition) }
        fences.table.vouch(partition, upTo: round.limit)
        round.digest = store.digest(of: partition, upTo: round.limit)
        round.request = nextID()
        round.waiting = Set(owners.filter { $0 != id })
        round.differs = false
        round.isAsking = true
        round.deadline = now.instant + configuration.timeouts.operation
        fences.rounds[partition] = round
        let body = RoundMessage(partition, round.limit).encoded()
        for owner in owners where owner != id {
            _ = send(.prepare, round.request, body, to: owner, deadline: nil, now: now)
        }
        considerRound(partition, now: now)
    }

    /// The first owner prepares a round. The fence is raised first, then the digest is taken.
    mutating func receive(
        prepare message: RoundMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        var digest: PartitionDigest?
        let partition = message.partition
        if isOwner(of: partition), isInSync(partition),
            clock.observe(message.limit, at: now.wall)
        {
            fences.table.vouch(partition, upTo: message.limit)
            digest = store.digest(of: partition, upTo: message.limit)
        }
        let body = PreparedMessage(digest).encoded()
        _ = send(.prepared, request, body, to: peer, deadline: nil, now: now)
    }

    mutating func receive(
        _ message: PreparedMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        guard
            let partition = fences.rounds.first(where: { $0.value.request == request })?.key,
            var round = fences.rounds[partition], round.isAsking,
            round.waiting.remove(peer) != nil
        else { return }
        guard let digest = message.digest else {
            abandon(partition)
            return startRounds(now: now)
        }
        if digest != round.digest {
            round.differs = true
            markDirty(partition, at: peer)
        }
        fences.rounds[partition] = round
        considerRound(partition, now: now)
    }

    private mutating func considerRound(_ partition: Partition, now: Moment) {
        guard var round = fences.rounds[partition], round.waiting.isEmpty else { return }
        if round.differs {
            // Their exchanges run now; then all are asked once more.
            round.isAsking = false
            round.deadline = now.instant + configuration.repair.settling * 3
            fences.rounds[partition] = round
            return
        }
        fences.rounds[partition] = nil
        metrics.fences.settled += 1
        let body = RoundMessage(partition, round.limit).encoded()
        for owner in roundOwners(of: partition) ?? [] where owner != id {
            _ = send(.settled, nextID(), body, to: owner, deadline: nil, now: now)
        }
        settle(partition, upTo: round.limit)
        startRounds(now: now)
    }

    /// The time of a question, or of a pause, is over.
    mutating func sweepRounds(now: Moment) {
        guard fences.underWay > 0 else { return }
        let due = fences.rounds.filter { $0.value.deadline <= now.instant }.keys
        for partition in due.sorted(by: { $0.number < $1.number }) {
            guard let round = fences.rounds[partition], !round.isAsking, round.triesLeft > 0,
                roundOwners(of: partition)?.allSatisfy({ isReachable($0) }) == true
            else {
                abandon(partition)
                continue
            }
            fences.rounds[partition]?.triesLeft -= 1
            prepare(partition, now: now)
        }
        startRounds(now: now)
    }

    /// Fences stay where they are, which does no harm. The next round raises them further.
    private mutating func abandon(_ partition: Partition) {
        guard fences.rounds.removeValue(forKey: partition) != nil else { return }
        metrics.fences.abandoned += 1
    }

    /// All owners hold the same up to `limit`, so what is deleted there may go.
    mutating func settle(_ partition: Partition, upTo limit: HybridClock) {
        guard isOwner(of: partition), fences.table.settle(partition, upTo: limit) else { return }
        metrics.fences.purged += UInt64(store.purge(partition, behind: limit))
    }
}

/// What owners tell one another of their fences whenever records move between them.
extension Node {
    mutating func learn(_ marks: MarkList, now: Moment) {
        for (partition, mark) in marks.marks { learn(mark, of: partition, now: now) }
    }

    /// Where another owner stands. Fences go up together. A stable point that this node knows
    /// nothing of means that it lost its memory since: what it holds up to there may be deleted
    /// elsewhere, so it forgets that and takes over what others hold.
    ///
    /// True when it forgot something.
    @discardableResult
    mutating func learn(_ mark: FenceMark, of partition: Partition, now: Moment) -> Bool {
        guard isOwner(of: partition), clock.observe(mark.fence, at: now.wall) else { return false }
        fences.table.raise(partition, to: mark.fence)
        guard mark.stable > fences.table[partition].stable else { return false }
        if fences.table.settle(partition, upTo: mark.stable) {
            metrics.fences.purged += UInt64(store.purge(partition, behind: mark.stable))
            return false
        }
        fences.table.begin(partition, above: mark.stable)
        guard store.forget(partition, upTo: mark.stable) > 0 else { return false }
        store.forgetEvictions(of: partition)
        recovery?.forget(partition)
        sync.restart(partition)
        continueRecovery(now: now)
        return true
    }

    /// A fault on purpose: by age alone.
    mutating func purgeByAge(now: Moment) {
        let limit = HybridClock(now.wall + .seconds(-1))
        for partition in topology?.partitions(ownedBy: id) ?? [] {
            _ = store.purge(partition, behind: limit)
        }
    }
}
