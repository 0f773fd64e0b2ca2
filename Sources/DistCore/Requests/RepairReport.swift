/// How is repair going, and shall the node compare now?
public struct RepairRequest: Hashable, Sendable {
    /// Only about this one; nil for everything that the node owns.
    public var partition: Partition?
    /// Compare with every other owner at once.
    public var starts: Bool

    public init(partition: Partition? = nil, starts: Bool = false) {
        self.partition = partition
        self.starts = starts
    }
}

/// How one node's replicas compare with those of other owners, and what was done about it. Counts
/// of work are since the node started, and not of one partition alone.
public struct RepairReport: Hashable, Sendable {
    /// Partitions that the node shares with others, of those asked about.
    public var partitions = 0
    /// Of those, with another owner that cannot be reached now.
    public var unreachable = 0
    /// Believed to differ, and found to differ when last looked at.
    public var dirty = 0
    public var differing = 0
    /// Still being recovered after a start without memory (R5).
    public var recovering = 0
    /// The longest time, in whole milliseconds, since one of them was seen to be the same on all
    /// owners that can be reached; nil when one never was.
    public var oldestClean: Duration?
    /// The longest time, in whole milliseconds, since everything that an owner of one of them held
    /// was known to be on all of its owners; nil when that never was.
    public var oldestProof: Duration?
    /// Writes kept for owners that missed them (H1).
    public var hints = 0
    public var running = 0
    public var rounds: UInt64 = 0
    public var exchanges: UInt64 = 0
    public var differences: UInt64 = 0
    public var applied: UInt64 = 0
    /// Bytes of records sent and received.
    public var sentBytes: UInt64 = 0
    public var receivedBytes: UInt64 = 0

    public init() {}
}
