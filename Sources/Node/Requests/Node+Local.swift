package import GrepvineDistCore
package import GrepvineStorage

/// What this node can do alone and at once: the synchronous path of the two hottest operations.
extension Node {
    package enum LocalRead {
        case value(RecordView)
        case absent
        /// Other owners must be asked: start a request.
        case needsOthers
    }

    /// Reads when the level needs no other owner. The record is valid until the next mutation.
    package mutating func readLocally(
        _ key: UnsafeRawBufferPointer, _ partition: Partition, _ hash: KeyHash,
        level: Consistency?, now: Moment
    ) -> LocalRead {
        guard key.count > 0, key.count <= Key.longest,
            suffices(partition, level ?? configuration.readConsistency)
        else { return .needsOthers }
        metrics.requests += 1
        guard let record = store.read(key, hash), record.isLive(at: now.wall) else {
            metrics.misses += 1
            return .absent
        }
        metrics.hits += 1
        return .value(record)
    }

    /// This node's own answer is all that the level needs.
    private func suffices(_ partition: Partition, _ level: Consistency) -> Bool {
        if isSoleOwner { return true }
        return level == .one && isOwner(of: partition) && isInSync(partition)
    }

    package enum LocalWrite {
        case written
        case overloaded
        case needsOthers
    }

    /// Writes when this node is the only owner.
    package mutating func writeLocally(
        _ key: UnsafeRawBufferPointer, _ partition: Partition, _ hash: KeyHash,
        value: UnsafeRawBufferPointer, expiry: WallTime?, level: Consistency?, now: Moment
    ) -> LocalWrite {
        guard isSoleOwner, key.count > 0, key.count <= Key.longest,
            value.count <= configuration.limits.value
        else { return .needsOthers }
        metrics.requests += 1
        let outcome = store.merge(
            key: key, hash: hash, version: clock.next(at: now.wall), kind: .value, expiry: expiry,
            contentType: .bytes, value: value)
        switch outcome {
        case .accepted, .identical:
            metrics.writes += 1
            return .written
        case .overloaded:
            metrics.overloaded += 1
            return .overloaded
        // The stored version is from a clock ahead of ours: write above it the long way (W2).
        case .superseded, .evicted, .differing: return .needsOthers
        }
    }
}
