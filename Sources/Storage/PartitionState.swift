import GrepvineDistCore

/// What the store counts for each partition as records come and go.
struct PartitionState {
    var digest = PartitionDigest.empty
    var values = 0
    var tombstones = 0
    var expiring = 0
    /// No value of the partition expires before this; lower than the truth until the next walk.
    var earliestExpiry = Int64.max
    /// No tombstone of it may go behind an earlier fence; lower than the truth until a purge.
    var earliestPurge = UInt64.max

    mutating func add(_ isTombstone: Bool, _ expiry: Int64, _ clock: HybridClock) {
        if isTombstone {
            tombstones += 1
            earliestPurge = min(earliestPurge, HybridClock.purging(clock, expiry).rawValue)
        } else {
            values += 1
            guard expiry != 0 else { return }
            expiring += 1
            earliestExpiry = min(earliestExpiry, expiry)
        }
    }

    mutating func remove(_ isTombstone: Bool, _ expiry: Int64) {
        if isTombstone {
            tombstones -= 1
        } else {
            values -= 1
            if expiry != 0 { expiring -= 1 }
        }
    }
}
