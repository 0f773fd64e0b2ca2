/// What repair has done since the node started.
package struct RepairMetrics: Sendable {
    /// Comparisons that this node began, and their bytes both ways.
    package var rounds: UInt64 = 0
    package var comparedBytes: UInt64 = 0
    /// Exchanges that it began, the bytes of sketches, lists and names, and differences found.
    package var exchanges: UInt64 = 0
    package var sketchedBytes: UInt64 = 0
    package var differences: UInt64 = 0
    /// Records taken over, and bytes of records sent and received.
    package var applied: UInt64 = 0
    package var sentBytes: UInt64 = 0
    package var receivedBytes: UInt64 = 0
    package var scrubbed: UInt64 = 0
    package var miscounted: UInt64 = 0
    package var damaged: UInt64 = 0

    package init() {}
}
