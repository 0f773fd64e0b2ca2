public import GrepvineDistCore
import GrepvineStorage
public import GrepvineTransport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a process adds to a node's own configuration.
public struct ServerConfiguration: Sendable {
    public var node = NodeConfiguration()
    /// The host to listen on; the node's address is what peers are told.
    public var listenHost = "127.0.0.1"
    /// RPC on TCP and gossip on UDP, same number; 0 lets the system choose.
    public var port: UInt16 = 7946
    /// nil for no Redis face, 0 lets the system choose.
    public var respPort: UInt16? = 7379
    public var httpPort: UInt16? = 8379
    /// The host that peers and clients are told; nil is the listening host.
    public var advertisedHost: String?
    /// Where the node keeps what it must remember; nil for nowhere.
    public var dataDirectory: String?
    public var fsync = FsyncPolicy.batch
    /// Gossip keys of a node that does not remember any: up to three, the first one seals.
    public var gossipKeys: [SecretKey] = []
    /// Nil requires it when there are keys, given or remembered.
    public var gossipEncryption: GossipEncryption?
    /// Clients at once; peers come on top, so that clients cannot part a cluster.
    public var maximumConnections = 10_000
    /// How long a client may take for what it began.
    public var patience = Duration.seconds(30)

    public init() {}
}

/// A node in this process: one thread that owns the node and everything it talks through.
///
/// ```swift
/// let server = try Server(ServerConfiguration())
/// let loop = server.start()
/// // …
/// server.stop()
/// loop.join()
/// ```
public final class Server: @unchecked Sendable {
    // Sendable: `run` owns all mutable state on its thread; other threads reach it only through
    // `stop`, which goes through a mailbox, and the addresses, which never change.

    /// The most that a value may be on this version's wire, in bytes.
    public static let largestValue = 16 << 20

    public let configuration: ServerConfiguration
    /// Where it really listens.
    public let address: Address
    public let respPort: UInt16
    public let httpPort: UInt16

    enum Command: Sendable {
        case stop
        case resolved(NodeID, Address, SocketAddress?)
        case resolvedSeed(Address, [Address])
    }

    // Passed down for a whole turn; the thread of `run` is its only user.
    @exclusivity(unchecked) var node: Node
    @exclusivity(unchecked) var poller: Poller
    var log: LogWriter
    let listeners: Listeners
    let datagrams: DatagramSocket
    let wakeup: Wakeup
    let commands: Mailbox<Command>
    let reports: Mailbox<SearchReport>
    let search: SearchThread
    let indexes: Mailbox<IndexReport>
    let indexThread: IndexThread
    let state: StateFile?
    /// The gossip keys; nil without encryption.
    let vault: KeyVault?
    let keyringFile: KeyringFile?
    @exclusivity(unchecked) var sessions: [UInt64: Session] = [:]
    var links: [NodeID: Link] = [:]
    /// Nil unless the node may be told to disturb its traffic with peers.
    var edge: FaultyEdge?
    var gossipAddresses: [Address: SocketAddress] = [:]
    @exclusivity(unchecked) var touched: [Session] = []
    /// Redis connections that were read in this turn, and the keys that they will touch.
    @exclusivity(unchecked) var filled: [Session] = []
    @exclusivity(unchecked) var prefetches: [RecordStore.Prefetch] = []
    var lastSession: UInt64 = 1 << 16
    /// Sessions of other nodes among `sessions`.
    var peerSessions = 0
    var nextSweep = Instant.start
    /// Listeners are not watched until then: there were no descriptors left.
    var acceptsAgain: Instant?
    var nextLinkTry = Instant.distantFuture
    /// When to end at the latest, once the end has been asked for.
    var stopDeadline: Instant?
    @exclusivity(unchecked) var now: Moment
    /// Why the loop ended, when nobody had asked it to.
    public internal(set) var failure: String?

    /// Binds everything and makes the node; nothing is sent before `run`. Logs to standard error.
    public convenience init(_ configuration: ServerConfiguration) throws {
        try self.init(configuration, log: LogWriter(node: configuration.node.name))
    }

    /// Binds everything and makes the node; nothing is sent before `run`.
    package init(_ configuration: ServerConfiguration, log: LogWriter) throws {
        now = SystemClock.now()
        poller = try Poller(capacity: 512)
        self.log = log
        let datagrams: DatagramSocket
        (listeners, datagrams) = try Listeners.bind(configuration)
        self.datagrams = datagrams
        let host = configuration.advertisedHost ?? configuration.listenHost
        address = Address(host: host, port: datagrams.local.port)
        respPort = listeners.resp?.local.port ?? 0
        httpPort = listeners.http?.local.port ?? 0
        wakeup = try Wakeup()
        commands = Mailbox(capacity: 1024, wakeup: wakeup)
        reports = Mailbox(
            capacity: configuration.node.limits.searches * 4, wakeup: wakeup)
        search = try SearchThread(
            reports: reports, capacity: configuration.node.limits.searches)
        indexes = Mailbox(capacity: IndexThread.capacity, wakeup: wakeup)
        indexThread = try IndexThread(reports: indexes)
        state = try configuration.dataDirectory.map {
            try StateFile(directory: $0, fsync: configuration.fsync)
        }
        keyringFile = configuration.dataDirectory.map {
            KeyringFile(directory: $0, fsync: configuration.fsync)
        }
        let keys = try Server.vault(configuration, keyringFile)
        vault = keys?.vault
        var configuration = configuration
        configuration.node.keyring = vault?.ring
        configuration.node.gossipEncryption =
            configuration.gossipEncryption ?? (vault == nil ? .off : .require)
        configuration.node.address = address
        configuration.node.respPort = respPort
        configuration.node.httpPort = httpPort
        self.configuration = configuration
        let remembered = try Server.remembered(state, configuration, now: now)
        try state?.write(remembered)
        node = Node(
            configuration: configuration.node, state: remembered,
            seed: NodeID.random().high, now: now)
        edge = Server.edge(configuration.node)
        countStateWrites()
        try watch()
        if let keys { noteKeys(keys.vault.ring, isFromFile: keys.isFromFile) }
    }

    /// Who the node was, or who it becomes; its boot epoch is above all earlier ones.
    private static func remembered(
        _ file: StateFile?, _ configuration: ServerConfiguration, now: Moment
    ) throws(StateError) -> PersistentState {
        let started = UInt64(max(1, now.wall.milliseconds))
        guard let file else {
            let id = NodeID.derived(
                cluster: configuration.node.cluster, name: configuration.node.name)
            return PersistentState(id: id, bootEpoch: started)
        }
        guard var state = try file.read() else {
            return PersistentState(id: .random(), bootEpoch: started)
        }
        state.bootEpoch = max(state.bootEpoch + 1, started)
        return state
    }

    private func watch() throws(SocketError) {
        try poller.add(wakeup.descriptor, token: Token.wakeup, interest: .read)
        try poller.add(datagrams.descriptor, token: Token.gossip, interest: .read)
        try poller.add(listeners.rpc.descriptor, token: Token.rpc, interest: .read)
        if let resp = listeners.resp {
            try poller.add(resp.descriptor, token: Token.resp, interest: .read)
        }
        if let http = listeners.http {
            try poller.add(http.descriptor, token: Token.http, interest: .read)
        }
    }

    /// What the poller's tokens below the sessions mean.
    enum Token {
        static let wakeup: UInt64 = 0
        static let gossip: UInt64 = 1
        static let rpc: UInt64 = 2
        static let resp: UInt64 = 3
        static let http: UInt64 = 4
    }

    /// Asks the loop to end; from any thread or signal-safe context of a thread.
    public func stop() { _ = commands.post(.stop) }

    /// Runs the loop on a thread of its own.
    public func start() -> WorkerThread {
        WorkerThread(configuration.node.name) { self.run() }
    }

    /// The loop. Returns after `stop`.
    public func run() {
        search.start(name: configuration.node.name)
        indexThread.start(name: configuration.node.name)
        note(
            LogEvent(
                .info, "listening",
                [
                    "address": .of(address), "resp": .count(respPort), "http": .count(httpPort),
                    "id": .of(node.id),
                ]))
        if edge != nil { note(LogEvent(.warning, "chaos-enabled")) }
        while !isOver { turn() }
        close()
    }

    /// No more connections are taken and gossip hears that the node goes; requests under way may
    /// finish.
    private func beginStopping() {
        guard stopDeadline == nil else { return }
        stopDeadline = now.instant + .seconds(2)
        watchListeners([])
        node.handle(.leaving, at: now)
    }

    private var isOver: Bool {
        guard let stopDeadline else { return false }
        return stopDeadline <= now.instant || !node.isAnswering
    }

    /// One round: wait, take what came, let time pass, send what follows.
    private func turn() {
        let wait = max(
            .zero,
            min(
                node.nextWake, nextSweep, nextLinkTry, stopDeadline ?? .distantFuture,
                edge?.nextDue ?? .distantFuture)
                - now.instant)
        let count = (try? poller.wait(timeout: wait)) ?? 0
        now = SystemClock.now()
        if edge != nil { letOn() }
        for index in 0..<count { ready(poller[index]) }
        executeFilled()
        if node.nextWake <= now.instant { node.handle(.wake, at: now) }
        if nextSweep <= now.instant { sweep() }
        if nextLinkTry <= now.instant { connectLinks() }
        settle()
    }

    private func ready(_ readiness: Readiness) {
        switch readiness.token {
        case Token.wakeup: takeMessages()
        case Token.gossip: takeDatagrams()
        case Token.rpc: accept(listeners.rpc) { self.rpcSession($0) }
        case Token.resp: accept(listeners.resp!) { self.respSession($0) }
        case Token.http: accept(listeners.http!) { self.httpSession($0) }
        default:
            if let session = sessions[readiness.token] { ready(session, readiness) }
        }
    }

    private func takeMessages() {
        wakeup.clear()
        var batch: [Command] = []
        commands.drain(into: &batch)
        for command in batch {
            switch command {
            case .stop: beginStopping()
            case .resolved(let peer, let address, let found): resolved(peer, address, found)
            case .resolvedSeed(let name, let found):
                node.handle(.resolved(name, found), at: now)
            }
        }
        var found: [SearchReport] = []
        reports.drain(into: &found)
        for report in found { node.handle(.searched(report), at: now) }
        var made: [IndexReport] = []
        indexes.drain(into: &made)
        for report in made { node.handle(.indexed(report), at: now) }
    }

    func note(_ event: LogEvent) { log.write(event, at: now.wall) }

    private func close() {
        search.stop()
        indexThread.stop()
        for session in sessions.values { session.connection.close() }
        sessions = [:]
        note(LogEvent(.info, "stopped"))
    }
}
