package import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Hinted handoff (H1, H2): the coordinator of a write keeps it for the owners that missed it, and
/// sends it once they are back.
extension Node {
    /// The write is answered, and these owners may still lack it.
    mutating func keepHints(of write: PendingWrite, for owners: [NodeID], now: Moment) {
        let hint = Hint(
            key: write.key, version: write.coordinator.version, partition: write.partition,
            record: write.record, began: now.instant)
        for owner in owners { keep(hint, for: owner) }
    }

    /// A client that coordinated a write says that an owner missed it. False for what says nothing.
    /// The record is this node's own; when that is newer, whoever wrote it cares for it.
    package mutating func keepHint(
        ofClient body: UnsafeRawBufferPointer, now: Moment
    ) -> Bool {
        guard let missed = MissedMessage(decoding: body) else { return false }
        let partition = Partition(of: missed.key)
        guard missed.owner != id, isOwner(of: partition),
            topology?.isOwner(missed.owner, of: partition) == true
        else { return true }
        missed.key.bytes.withUnsafeBytes { bytes in
            let hash = store.hash(of: bytes, partition: partition)
            guard let record = store.find(bytes, hash), record.version == missed.version
            else { return }
            let hint = Hint(
                key: missed.key, version: missed.version, partition: partition,
                record: Array(record.encoded), began: now.instant)
            keep(hint, for: missed.owner)
        }
        return true
    }

    private mutating func keep(_ hint: Hint, for owner: NodeID) {
        for dropped in hints.add(hint, for: owner, configuration.hints) {
            markDirty(dropped.partition, at: dropped.owner)
        }
    }

    /// A connection to the owner is there.
    mutating func welcomeToHints(_ owner: NodeID, now: Moment) {
        guard hints.targets[owner] != nil else { return }
        hints.update(owner) { $0.welcome() }
        replayHints(to: owner, now: now)
    }

    /// Sends as much as the owner may have to answer at a time.
    private mutating func replayHints(to owner: NodeID, now: Moment) {
        guard isReachable(owner), !hints.isEmpty(for: owner) else { return }
        while let hint = hints.update(owner, { $0.takeNext(now: now.instant) }) {
            let number = nextID()
            let deadline = now.instant + configuration.timeouts.operation
            hints.update(owner) { $0.sending(hint, number, deadline: deadline) }
            let body = WriteMessage(expected: nil).encoded(with: hint.record)
            guard send(.write, number, body, to: owner, deadline: deadline, now: now) else {
                return hints.update(owner) { target in
                    target.putBack(number)
                    target.backOff(now: now.instant)
                }
            }
        }
    }

    /// An owner's answer to a write that nobody waits for any more: to a hint, if it is one.
    mutating func receiveHintReply(
        _ reply: WriteCoordinator.Reply, of number: UInt64, from owner: NodeID, now: Moment
    ) {
        guard let hint = hints.targets[owner]?.sent[number]?.hint else { return }
        // It came too late, and what owners took of it is theirs to reconcile (T3).
        if case .fenced = reply { markDirty(hint.partition, at: owner) }
        hints.update(owner) { target in
            switch reply {
            case .accepted, .held, .superseded, .fenced, .notOwner: target.finish(number)
            case .overloaded, .refused, .unreachable, .lost:
                target.putBack(number)
                target.backOff(now: now.instant)
            }
        }
        replayHints(to: owner, now: now)
    }

    /// The connection broke: nothing that was sent counts.
    mutating func interruptHints(to owner: NodeID) {
        guard let target = hints.targets[owner], !target.sent.isEmpty else { return }
        for number in target.sent.keys.sorted() { hints.update(owner) { $0.putBack(number) } }
    }

    /// Goes on where an owner did not answer or was left in peace, and ends what is too old.
    mutating func tendHints(now: Moment) {
        for owner in hints.waiting {
            let oldest = now.instant - configuration.hints.age
            let expired = hints.update(owner) { target in
                let overdue = target.overdue(at: now.instant)
                for number in overdue { target.putBack(number) }
                if !overdue.isEmpty { target.backOff(now: now.instant) }
                return target.expire(before: oldest)
            }
            for partition in expired { markDirty(partition, at: owner) }
            replayHints(to: owner, now: now)
        }
    }
}
