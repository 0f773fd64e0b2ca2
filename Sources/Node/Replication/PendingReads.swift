import GrepvineDistCore

/// A read that waits for owners.
struct PendingRead {
    /// What follows when the level is reached or cannot be.
    enum Purpose {
        case get(RequestID)
        /// A tombstone is written when there is something to delete.
        case delete(RequestID, Consistency)
        /// The value is written again under another expiry, unless someone else writes.
        case expire(RequestID, Expiration, level: Consistency, triesLeft: Int)
        /// A set that keeps the expiry of what it replaces.
        case set(RequestID, Mutation, level: Consistency)
    }

    let key: Key
    let partition: Partition
    var coordinator: ReadCoordinator
    let purpose: Purpose
    let deadline: Instant
    /// Questions that were sent and not answered.
    var asked: [ReadCoordinator.Ask] = []
    var isAnswered = false
    /// Bytes of the values that came so far.
    var bytes = 0
}

/// What a write changes, before it has a version.
struct Mutation {
    var key: Key
    var kind = RecordKind.value
    var expiry: WallTime?
    var contentType = ContentType.bytes
    var value: [UInt8] = []
    /// Write only over this version or an older one.
    var expected: Version?
}
