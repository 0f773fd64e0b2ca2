import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

/// What stays when a node is killed: its place in the network, its clock, its disk.
final class Machine {
    let index: Int
    let configuration: NodeConfiguration
    /// Of a node without a disk: the same after every start (S1).
    let id: NodeID
    let hasDisk: Bool
    var disk: PersistentState?
    /// How far the wall clock is ahead of true time.
    var skew: Duration
    /// The node that runs; nil while it is down.
    var process: Process?
    /// How often it was started.
    var life = 0
    /// Stopped as by SIGSTOP: time goes on, what arrives waits in `backlog`.
    var isPaused = false
    var backlog: [Occurrence] = []

    init(
        index: Int, configuration: NodeConfiguration, id: NodeID, hasDisk: Bool, skew: Duration
    ) {
        self.index = index
        self.configuration = configuration
        self.id = id
        self.hasDisk = hasDisk
        self.skew = skew
    }

    var name: String { configuration.name }

    /// Up with everything that it ever acknowledged.
    var isWhole: Bool {
        guard let process else { return false }
        return process.node.topology != nil && process.node.unsynced == 0
    }
}

/// One life of a node with what its runtime keeps for it.
final class Process {
    var node: Node
    /// The gossip keys; nil without encryption.
    let vault: KeyVault?
    /// Connections to peers that the node wants.
    var links: [NodeID: Link] = [:]
    /// What its search thread has under way.
    var searches = SearchRuns()
    /// The earliest wake that is scheduled.
    var wakeTime: Int64?

    struct Link {
        let address: Address
        var connection: SimulatedConnection?
        var failures = 0
        var isTrying = false
    }

    init(
        configuration: NodeConfiguration, state: PersistentState, vault: KeyVault?, seed: UInt64,
        now: Moment
    ) {
        self.vault = vault
        node = Node(configuration: configuration, state: state, seed: seed, now: now)
    }
}

/// A stream of frames from one node to another, with the sessions that real connections have at
/// their ends.
final class SimulatedConnection {
    let caller: (machine: Int, life: Int, peer: NodeID)
    let callee: (machine: Int, life: Int)
    var link: LinkSession
    var rpc: RPCSession
    var input = IOBuffer()
    var answers = IOBuffer()
    var isCallerOpen = true
    var isCalleeOpen = true
    /// When the last frame arrives, either way.
    var lastArrival: Int64 = 0

    init(
        caller: (machine: Int, life: Int, peer: NodeID), callee: (machine: Int, life: Int),
        session: UInt64, address: Address
    ) {
        self.caller = caller
        self.callee = callee
        link = LinkSession(peer: caller.peer)
        rpc = RPCSession(id: session, address: "\(address)")
    }
}

/// Everything that can happen in a simulation.
enum Occurrence {
    case wake(machine: Int, life: Int)
    case datagram([UInt8], from: Int, to: Int)
    /// Whole frames on a connection, to the callee or back.
    case frames([UInt8], SimulatedConnection, toCallee: Bool)
    case connect(machine: Int, life: Int, peer: NodeID)
    /// The greeting must have come by now.
    case greetingDue(SimulatedConnection)
    /// The caller, or the callee, hears that the connection is over.
    case broken(SimulatedConnection)
    case hungUp(SimulatedConnection)
    case search(machine: Int, life: Int)
    case index(machine: Int, life: Int, IndexTask)
    /// A client's request, or its going away, reaches the node.
    case request(machine: Int, operation: Int)
    case departure(machine: Int, life: Int, session: UInt64)
    /// The node's answer reaches the client.
    case response(Int, Response)
    case client(Int)
    case patienceOver(Int)
    case fault(Int)

    /// The machine that must run for this to be taken in.
    var machine: Int? {
        switch self {
        case .request(let machine, _), .wake(let machine, _), .connect(let machine, _, _),
            .search(let machine, _), .index(let machine, _, _),
            .departure(let machine, _, _):
            machine
        case .datagram(_, _, let target): target
        case .frames(_, let connection, let toCallee):
            toCallee ? connection.callee.machine : connection.caller.machine
        case .greetingDue(let connection), .broken(let connection): connection.caller.machine
        case .hungUp(let connection): connection.callee.machine
        case .response, .client, .patienceOver, .fault: nil
        }
    }
}
