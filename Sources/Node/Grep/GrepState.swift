import GrepvineDistCore

/// All grep that a node is part of: streams that it coordinates for clients, and searches of its
/// own replicas that it runs for itself and for others.
struct GrepState {
    /// A search of this node's own replicas.
    struct OwnSearch {
        /// The coordinator, which may be this node, and its name for the search.
        let peer: NodeID
        let request: UInt64
        /// Told with the first batch.
        var refused: PartitionSet
        /// Batches that were sent.
        var delivered: UInt64 = 0
        /// A batch was asked for and has not come.
        var isOwed = true
        var lastUse: Instant
    }

    var streams: [UInt64: GrepStream] = [:]
    /// Request id of an opened search at an owner → the stream it belongs to.
    var streamOfSearch: [UInt64: UInt64] = [:]
    var own: [UInt64: OwnSearch] = [:]
    var hedging = GrepHedging()

    /// At most one matches: a second search of the same name is not opened.
    func ownSearch(of peer: NodeID, request: UInt64) -> UInt64? {
        own.first { $0.value.peer == peer && $0.value.request == request }?.key
    }
}
