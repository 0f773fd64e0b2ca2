package import GrepvineDistCore

/// What a node knows about keyrings: its own, those of its peers, and what operators wait for.
struct KeyringState {
    /// What a peer said last.
    enum Heard {
        case ring(Keyring)
        case keyless

        var ring: Keyring? {
            if case .ring(let ring) = self { return ring }
            return nil
        }
    }

    /// An operator's question or change, while peers are asked.
    struct Query {
        let request: RequestID
        /// To be made once it is known who holds what; nil for a question.
        var change: KeyringChange?
        /// Peers that have not said enough yet.
        var waiting: [NodeID]
    }

    /// Changes come from people: more at once than this are refused (W6).
    static let mostQueries = 16

    var ring: Keyring?
    /// Only ever looked up by key.
    var heard: [NodeID: Heard] = [:]
    var queries: [UInt64: Query] = [:]
}

/// What the edge, which holds the keys, has done for the node.
package enum KeyringEvent {
    /// An operator's letter; nil when no key of this node opens it.
    case order(KeyringChange?, RequestID)
    /// A peer's letter; its keys are at hand. Nil when none opens it.
    case offered(Keyring?, from: NodeID, request: UInt64)
    /// This node's ring in a letter for a peer.
    case sealed([UInt8], to: NodeID, request: UInt64)
}

/// What the node wants of the keys, which only the edge holds.
package enum KeyringEffect {
    case openOrder([UInt8], RequestID)
    case openOffer([UInt8], from: NodeID, request: UInt64)
    /// Put the present ring with its keys into a letter.
    case seal(under: KeyID, to: NodeID, request: UInt64)
    /// From now on hold exactly these keys, on disk, too.
    case become(Keyring)
}
