/// One member of the cluster as the topology names it. Liveness is not here (P2).
public struct Member: Hashable, Sendable {
    public enum State: UInt8, Sendable {
        case joining = 0
        case active = 1
        case leaving = 2
    }

    public var id: NodeID
    public var name: String
    /// RPC on TCP and gossip on UDP.
    public var address: Address
    public var respPort: UInt16
    public var httpPort: UInt16
    /// Raised by every start of the node.
    public var bootEpoch: UInt64
    public var zone: String
    /// Nodes with one host label share a machine.
    public var host: String
    /// Relative share of the data, 1 to 1000; 100 is ordinary.
    public var weight: UInt16
    public var state: State

    public init(
        id: NodeID, name: String, address: Address, respPort: UInt16 = 0, httpPort: UInt16 = 0,
        bootEpoch: UInt64 = 0, zone: String = "", host: String = "", weight: UInt16 = 100,
        state: State = .active
    ) {
        self.id = id
        self.name = name
        self.address = address
        self.respPort = respPort
        self.httpPort = httpPort
        self.bootEpoch = bootEpoch
        self.zone = zone
        self.host = host
        self.weight = weight
        self.state = state
    }
}
