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
    /// Bytes that it may look at (G3); nil for all.
    package var mostBytes: Int?

    /// Both look at the same records.
    func seesTheSame(as other: SearchTask) -> Bool {
        snapshot.count == other.snapshot.count
            && zip(snapshot, other.snapshot).allSatisfy { $0.holdsTheSame(as: $1) }
    }
}

/// Whether more of a search follows and, if not, why.
package enum SearchState: UInt8, Sendable {
    case goesOn = 0
    /// Everything was searched.
    case whole = 1
    /// Time was over before.
    case deadline = 2
    /// As many bytes were looked at as may be.
    case bytes = 3
    /// Nothing was searched, the owner knows no such search: ask another.
    case unknown = 4
    /// Nothing was searched, the owner takes no more searches now: ask another.
    case overloaded = 5

    var isLast: Bool { self != .goesOn }
    var isRefusal: Bool { self == .unknown || self == .overloaded }

    /// What an answer lacks because of it.
    var reason: GrepSummary.Reason? {
        switch self {
        case .goesOn, .whole: nil
        case .deadline: .deadline
        case .bytes: .bytes
        case .unknown: .unreachable
        case .overloaded: .overloaded
        }
    }
}

/// One batch of a search, in key order.
package struct SearchReport: Sendable {
    package var id: UInt64
    package var hits: [DocumentHit]
    package var state: SearchState
    /// Told with the last one.
    package var work = SearchWork()
    /// Another search did most of that work.
    package var isShared = false
    /// Nobody wants it any more; this is what was done until then.
    package var isCancelled = false

    /// A search that could not even begin.
    package static func refusal(_ id: UInt64, _ state: SearchState = .overloaded) -> SearchReport {
        SearchReport(id: id, state: state)
    }

    package init(id: UInt64, hits: [DocumentHit] = [], state: SearchState) {
        self.id = id
        self.hits = hits
        self.state = state
    }
}
