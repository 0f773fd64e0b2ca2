package import GrepvineDistCore

/// What keeps greps within their bounds.
package struct GrepMetrics: Sendable {
    /// Answers that lack something, by reason.
    package var incomplete = [UInt64](repeating: 0, count: GrepSummary.Reason.allCases.count)
    package var hedges: UInt64 = 0
    package var hedgesWon: UInt64 = 0
    package var hedgesDenied: UInt64 = 0
    package var searchesShared: UInt64 = 0
    package var searchesRefused: UInt64 = 0
    package var searchesCancelled: UInt64 = 0
    package var searchesOutOfBytes: UInt64 = 0
}

/// What a node counts about itself since it started. Gauges are read from the state instead.
package struct NodeMetrics: Sendable {
    package var requests: UInt64 = 0
    package var hits: UInt64 = 0
    package var misses: UInt64 = 0
    package var writes: UInt64 = 0
    package var writeFailures: UInt64 = 0
    package var readFailures: UInt64 = 0
    package var restamps: UInt64 = 0
    package var versionsReused: UInt64 = 0
    package var readRepairs: UInt64 = 0
    package var readHedges: UInt64 = 0
    package var readHedgesSpared: UInt64 = 0
    package var overloaded: UInt64 = 0
    package var frames: UInt64 = 0
    package var invalidFrames: UInt64 = 0
    package var gossipRefused: UInt64 = 0
    package var routesAvoided: UInt64 = 0
    /// Copies of other owners of what this one knows to be let go of.
    package var evictedCopies: UInt64 = 0
    package var recordsSynced: UInt64 = 0
    package var syncBytes: UInt64 = 0
    package var repair = RepairMetrics()
    package var fences = FenceMetrics()
    package var greps: UInt64 = 0
    package var grepReplans: UInt64 = 0
    package var grepRepliesCut: UInt64 = 0
    package var grep = GrepMetrics()
    package var httpRequests: UInt64 = 0
    package var searches: UInt64 = 0
    package var searchedDocuments: UInt64 = 0
    package var searchedBytes: UInt64 = 0
    /// Of the state file, and syncs of it and of its directory.
    package var stateWrites: UInt64 = 0
    package var stateSyncs: UInt64 = 0
    package var skippedBytes: UInt64 = 0
    package var indexesBuilt: UInt64 = 0
    package var indexedBytes: UInt64 = 0
    package var indexesDiscarded: UInt64 = 0
    /// Nil when the node cannot be told to disturb its traffic.
    package var chaos: ChaosCounts?
    package var connections: UInt64 = 0
    package var openConnections = 0
    package var connectionsRefused: UInt64 = 0
    package var connectionsCutOff: UInt64 = 0
    package var handshakesRefused: UInt64 = 0

    package init() {}

    mutating func count(write outcome: WriteCoordinator.Outcome) {
        if case .written = outcome { writes += 1 } else { writeFailures += 1 }
    }
}
