import GrepvineDistCore

extension NodeID {
    /// What gossip carries for the cluster id of a node without a cluster.
    static let none = NodeID(high: 0, low: 0)
}
