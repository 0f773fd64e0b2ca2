package import GrepvineDistCore
package import GrepvineTransport

/// All that can happen to a node.
package enum Event {
    /// A client asks, through a front end that cannot answer by itself.
    case request(Request, RequestID, deadline: Duration?)
    /// A frame of a peer, decoded down to header and body.
    case frame(FrameHeader, body: UnsafeRawBufferPointer, from: NodeID)
    /// A datagram that no key of this node is needed for.
    case datagram([UInt8], from: Address)
    case opened(OpenedDatagram, from: Address)
    case unopened(UnopenedDatagram, from: Address)
    case keyring(KeyringEvent)
    /// The connection to a peer can carry frames, or no longer can.
    case linkUp(NodeID)
    case linkDown(NodeID)
    /// What the search thread found.
    case searched(SearchReport)
    /// What became of an `.index`.
    case indexed(IndexReport)
    /// A client went away: its streams and waiting requests are dropped.
    case sessionClosed(UInt64)
    /// What a name stands for now, after `Effect.resolve`; empty when nobody knows.
    case resolved(Address, [Address])
    /// The runtime can, or cannot, take connections and serve them (S4).
    case dataPlane(isHealthy: Bool)
    /// The node is about to stop: the others should not take it for a crash.
    case leaving
    /// `Node.nextWake` has come. Late and duplicate wakes are harmless.
    case wake
}

/// Who asked: the connection, and the request's place on it.
package struct RequestID: Hashable, Sendable {
    package let session: UInt64
    package let number: UInt64

    package init(session: UInt64, number: UInt64) {
        self.session = session
        self.number = number
    }
}

/// All that a node can want from the world. Frames to peers are not here: they lie ready in the
/// node's outboxes, one byte buffer a peer.
package enum Effect {
    case reply(Response, RequestID)
    case keys(KeysPage, RequestID)
    /// What has the format of sealed datagrams is to be sealed under the primary key.
    case datagram([UInt8], to: Address)
    case keyring(KeyringEffect)
    /// Keep a connection to each of these peers and to no other.
    case peers([Peer])
    case search(SearchTask)
    /// More of a search, or no more of it.
    case searchNext(UInt64)
    case searchCancel(UInt64)
    /// Make the index of a segment; at most one at a time is wanted.
    case index(IndexTask)
    /// Write to stable storage, when there is any, before anything is sent.
    case persist(PersistentState)
    case log(LogEvent)
    /// Find out what a name stands for, away from the node's thread.
    case resolve(Address)
    /// Disturb the traffic with peers as a client wants it, and answer the client.
    case chaos(ChaosRequest, RequestID)
    /// Stop at once, for this reason.
    case halt(String)
}

/// A member that frames may be sent to.
package struct Peer: Hashable, Sendable {
    package let id: NodeID
    package let address: Address
}

/// What a node remembers of itself between starts.
package struct PersistentState: Hashable, Sendable {
    package var id: NodeID
    package var bootEpoch: UInt64
    package var topology: Topology?

    package init(id: NodeID, bootEpoch: UInt64, topology: Topology? = nil) {
        self.id = id
        self.bootEpoch = bootEpoch
        self.topology = topology
    }
}
