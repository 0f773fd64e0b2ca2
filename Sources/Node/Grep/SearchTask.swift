package import GrepvineDistCore
package import GrepvineStorage

/// A search of this node's own replicas, for the search thread: everything in it is immutable, so
/// no lock is needed.
package struct SearchTask: Sendable {
    package let id: UInt64
    package let query: GrepQuery
    package let partitions: PartitionSet
    /// Only keys above this one: where an owner that failed had got to.
    package internal(set) var after: Key?
    /// Only what comes behind this: earlier pages returned the rest.
    package var position: GrepPosition?
    /// What has expired by now does not match.
    package let time: WallTime
    package let snapshot: [SegmentSnapshot]
    /// Give up after this long.
    package let budget: Duration
}

/// One batch of a search, in key order.
package struct SearchReport: Sendable {
    package var id: UInt64
    package var hits: [DocumentHit]
    /// Nothing follows.
    package var isLast: Bool
    /// The budget ran out before everything was searched.
    package var isCutShort = false
    /// Told with the last one.
    package var work = SearchWork()

    /// A search that could not even begin.
    package static func refusal(_ id: UInt64) -> SearchReport {
        var report = SearchReport(id: id, hits: [], isLast: true)
        report.isCutShort = true
        return report
    }

    package init(id: UInt64, hits: [DocumentHit], isLast: Bool) {
        self.id = id
        self.hits = hits
        self.isLast = isLast
    }
}
