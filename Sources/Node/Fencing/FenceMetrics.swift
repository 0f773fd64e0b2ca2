/// What the stability fence did since the node started.
package struct FenceMetrics: Sendable {
    /// Rounds that this node led to their end, or gave up.
    package var settled: UInt64 = 0
    package var abandoned: UInt64 = 0
    /// Tombstones and expired values that went behind a fence.
    package var purged: UInt64 = 0
    /// Writes and copies that a fence stopped.
    package var fencedWrites: UInt64 = 0
    package var fencedCopies: UInt64 = 0

    package init() {}
}
