public import GrepvineDistCore
package import GrepvineGossip

/// Everything that a node is told before it starts. Cluster-wide values (`cluster`, `replicas`)
/// must agree on all nodes; the rest may differ.
public struct NodeConfiguration: Sendable {
    public var cluster = "grepvine"
    public var name = "node"
    /// Where peers reach this node: RPC on TCP and gossip on UDP, same number.
    public var address = Address(host: "127.0.0.1", port: 7946)
    public var respPort: UInt16 = 0
    public var httpPort: UInt16 = 0
    public var seeds: [Address] = []
    /// How many nodes must see one another before a new cluster forms (P5); nil joins only.
    public var expected: Int?
    public var replicas = 3
    public var readConsistency = Consistency.quorum
    public var writeConsistency = Consistency.quorum
    public var zone = ""
    public var host = ""
    public var weight: UInt16 = 100
    public var respMode = RESPMode.proxy
    public var compression = Compression.zones
    /// Quiet segments get an index, so that a grep need not read all of them.
    public var indexesForGrep = true
    /// Bytes of text that an index tells apart.
    package var indexUnitSize = 8 << 10
    public var limits = NodeLimits()
    public var timeouts = NodeTimeouts()
    public var hints = HintSettings()
    public var repair = RepairSettings()
    package var gossip = GossipConfiguration.lan
    public var gossipEncryption = GossipEncryption.off
    /// Names of the gossip keys that the node starts with; nil without any.
    package var keyring: Keyring?
    /// Whether clients may have the runtime disturb the traffic with peers.
    public var allowsChaos = false
    /// A fault on purpose, so that the simulator can show that it would find it.
    package var plantedBug: PlantedBug?
    /// What `config show` prints for a running node, in order.
    public var settings: [SettingValue] = []

    public init() {}

    /// Sets the pace of failure detection: `local`, `lan` or `wan`; others change nothing.
    public mutating func use(gossipPreset name: String) {
        switch name {
        case "local": gossip = .local
        case "wan": gossip = .wan
        default: gossip = .lan
        }
    }

    package enum PlantedBug: String, Sendable, CaseIterable {
        /// A replica that refused a write as older counts as one that took it (against W1).
        case countSupersededAsAck
        /// A coordinator keeps other bytes than it sends to the other owners (against V2).
        case equalVersionDifferentBytes
        /// Tombstones go when they are a second old, whoever has not seen them (against T1).
        case ageBasedPurge
        /// A write that comes late is taken though its fence has passed, as a hint would be that is
        /// replayed after the purge (against T2).
        case replayAfterPurge
        /// An owner does not tell readers what it let go of for room (against E1).
        case forgottenEvictions
        /// What another owner lacks is taken for deleted (against section 5).
        case absenceDeletes
    }

    /// Which frames to peers have bodies above a kilobyte compressed.
    public enum Compression: String, Sendable, CaseIterable {
        case none
        /// To peers in another zone, where bytes cost more than time.
        case zones
        case all
    }

    /// How a node answers a Redis client for a key that it does not own.
    public enum RESPMode: String, Sendable, CaseIterable {
        /// Any node serves any key.
        case proxy
        /// MOVED to the owner, as Redis Cluster does.
        case cluster
    }
}

/// Bounds: past each of them the answer is `overloaded` or an error, never growth (W6).
public struct NodeLimits: Sendable {
    /// Bytes of a value.
    public var value = 8 << 20
    /// Bytes of records and index in memory; nil for no limit.
    public var memory: Int?
    public var eviction = Eviction.noeviction
    /// Evictions that are remembered for each partition; nil for as many as the memory allows.
    package var evictionsRemembered: Int?
    /// Operations that wait for other owners, and the bytes of their records.
    public var pendingOperations = 65_536
    public var pendingBytes = 256 << 20
    /// Bytes that wait to be sent to one peer.
    public var outboxBytes = 64 << 20
    /// Bytes that wait to be read by one client before it is cut off.
    public var outputBytes = 64 << 20
    /// Streams of hits that clients have open on one node.
    public var grepStreams = 64
    /// Searches of its own replicas that a node runs or keeps waiting.
    public var searches = 64
    /// Bytes that one search may look at; nil for all.
    public var searchBytes: Int?

    public init() {}
}

/// What happens when memory is full (E1).
public enum Eviction: String, Sendable, CaseIterable {
    /// Writes are refused as overloaded.
    case noeviction
    /// What nobody read for a while goes.
    case s3fifo
}

/// How long things may take.
public struct NodeTimeouts: Sendable {
    /// A data operation, unless the client's deadline is shorter.
    public var operation = Duration.seconds(5)
    /// An owner that did not answer is asked again after this long.
    public var retry = Duration.milliseconds(500)
    /// A grep, unless the client's deadline is shorter.
    public var grep = Duration.seconds(30)
    /// An owner that lets a search wait for so long gets competition, unless all take long.
    public var hedge = Duration.seconds(1)
    /// A stream of hits that nobody reads is closed.
    public var idleStream = Duration.seconds(60)

    public init() {}
}
