import GrepvineDistCore

/// A read that waits for owners.
struct PendingRead {
    /// What follows when the level is reached or cannot be.
    enum Purpose {
        case get(RequestID)
        /// A tombstone is written when there is something to delete.
        case delete(RequestID, Consistency, retrying: Version?)
        /// The value is written again under another expiry, unless someone else writes.
        case expire(ExpiryChange)
        /// A set that keeps the expiry of what it replaces.
        case set(RequestID, Mutation, level: Consistency)
    }

    let key: Key
    let partition: Partition
    var coordinator: ReadCoordinator
    let purpose: Purpose
    let deadline: Instant
    /// When it began; nil once more questions were sent, because then nobody knows which of them an
    /// answer answers.
    var began: Instant?
    /// Questions that were sent and not answered.
    var asked: [ReadCoordinator.Ask] = []
    var isAnswered = false
    /// Bytes of the values that came so far.
    var bytes = 0
}

/// A change of expiry: a value is read and written again over the version that was read, and both
/// are tried again when somebody else wrote.
struct ExpiryChange {
    let request: RequestID
    let expiration: Expiration
    let level: Consistency
    var triesLeft = 8
    /// An attempt that ended in a conflict may have been taken by an owner, so whatever follows,
    /// it is no longer certain that nothing was written (W4).
    var mayHaveLanded = false
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
    /// The version of an earlier attempt that may have happened (W4); nil for a new one.
    var retrying: Version?
}
