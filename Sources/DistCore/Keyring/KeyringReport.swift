/// What a client asks about the keyring of the cluster.
public enum KeyringRequest: Hashable, Sendable {
    /// Which keys each node holds.
    case list
    /// A `KeyringChange`, sealed with a key that the cluster holds: whoever has none changes
    /// nothing, and a new key never crosses the wire in clear.
    case change([UInt8])
}

/// The keyring of every node, as far as the node that was asked could find out.
public struct KeyringReport: Hashable, Sendable {
    /// How a node's ring compares with that of the node that was asked.
    public enum Standing: String, CaseIterable, Sendable {
        case current
        /// It answered, but holds another version; it is offered the newer one.
        case behind
        /// It did not answer in time.
        case silent
        /// There is no connection to it now; it catches up when it returns.
        case unreachable
        /// It shares no key with the ring, so nothing can be told to it.
        case locked
        /// It has no gossip key at all.
        case keyless
    }

    public struct Node: Hashable, Sendable {
        public var id: NodeID
        public var name: String
        public var standing: Standing
        /// What it said last; nil when it said nothing yet or has no ring.
        public var ring: Keyring?

        public init(id: NodeID, name: String, standing: Standing, ring: Keyring?) {
            self.id = id
            self.name = name
            self.standing = standing
            self.ring = ring
        }
    }

    /// The ring of the node that was asked.
    public var ring: Keyring
    /// Every node, that one first.
    public var nodes: [Node]

    public init(ring: Keyring, nodes: [Node]) {
        self.ring = ring
        self.nodes = nodes
    }
}
