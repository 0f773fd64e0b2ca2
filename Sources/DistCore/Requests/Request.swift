/// What a client may ask of any node. A level of nil means the node's own default.
public enum Request: Hashable, Sendable {
    /// With `atLeast` nothing older than this version, which the reader has seen (R4).
    case get(Key, Consistency?, atLeast: Version? = nil)
    /// With `retrying` once more under the version of an attempt that may have happened (W4): it
    /// holds only while nothing newer is stored, and never for `.keep`.
    case set(
        Key, value: [UInt8], ContentType, Expiration, Consistency?, retrying: Version? = nil)
    case delete(Key, Consistency?, retrying: Version? = nil)
    /// Changes when a key expires and nothing else.
    case expire(Key, Expiration, Consistency?)
    /// Opens a stream of hits; the response is its first batch.
    case grep(GrepQuery)
    /// The next batch of a stream that this connection opened.
    case grepNext(stream: UInt64)
    /// Stops a stream everywhere.
    case grepCancel(stream: UInt64)
    case topology
    case members
    case explain(Key)
    /// Every setting of the running node with its origin.
    case settings
    /// The gossip keys of the cluster.
    case keyring(KeyringRequest)
    /// How the asked node's replicas compare with those of others.
    case repair(RepairRequest)
    /// Faults on purpose in the asked node's traffic with its peers.
    case chaos(ChaosRequest)
}

/// When a written record expires.
public enum Expiration: Hashable, Sendable {
    case never
    /// As the record that it replaces.
    case keep
    case at(WallTime)
}

/// What a node answers. Each request has one success case; anything may fail.
public enum Response: Hashable, Sendable {
    case entry(Entry?)
    case written(WriteReceipt)
    case hits(GrepBatch)
    case topology(Topology)
    case members([MemberStatus])
    case explanation(Explanation)
    case settings([SettingValue])
    case keyring(KeyringReport)
    case repair(RepairReport)
    case chaos(ChaosReport)
    case failure(Failure)
}

/// A live value as a reader sees it.
public struct Entry: Hashable, Sendable {
    public var value: [UInt8]
    public var contentType: ContentType
    public var version: Version
    public var expiry: WallTime?
    /// The level was ONE, so a newer version may exist (R4).
    public var mayBeStale: Bool

    public init(
        value: [UInt8], contentType: ContentType, version: Version, expiry: WallTime?,
        mayBeStale: Bool
    ) {
        self.value = value
        self.contentType = contentType
        self.version = version
        self.expiry = expiry
        self.mayBeStale = mayBeStale
    }
}

/// Proof of a write that reached its level.
public struct WriteReceipt: Hashable, Sendable {
    public var version: Version
    /// Owners that hold the version for certain, of `owners` in all (W1).
    public var acks: Int
    public var owners: Int
    /// A live value was there before: what DEL and EXPIRE answer. Always true for a set.
    public var existed: Bool

    public init(version: Version, acks: Int, owners: Int, existed: Bool = true) {
        self.version = version
        self.acks = acks
        self.owners = owners
        self.existed = existed
    }
}

/// Part of a stream of hits.
public struct GrepBatch: Hashable, Sendable {
    public var stream: UInt64
    public var hits: [DocumentHit]
    /// Set in the last batch and only there.
    public var summary: GrepSummary?

    public init(stream: UInt64, hits: [DocumentHit], summary: GrepSummary? = nil) {
        self.stream = stream
        self.hits = hits
        self.summary = summary
    }
}

/// What one node believes about one member.
public struct MemberStatus: Hashable, Sendable {
    public enum Liveness: String, Sendable {
        case alive, suspect, dead, left
    }

    public var id: NodeID
    public var name: String
    public var address: Address
    public var respPort: UInt16
    public var httpPort: UInt16
    public var zone: String
    public var liveness: Liveness
    public var incarnation: UInt64
    public var bootEpoch: UInt64
    /// Partitions that it owns, and of those how many it is still recovering (R5).
    public var partitions: Int
    public var recovering: Int
    /// Nodes that failed to reach it, 0 unless suspect.
    public var accusers = 0
    /// Smoothed times from a ping to its ack, and from a data call to its answer, in whole
    /// microseconds; nil before the first.
    public var roundTrip: Duration?
    public var callTime: Duration?
    /// The asked node sends its calls elsewhere while it can, because too many went unanswered.
    public var isAvoided = false
    /// Versions of the protocol that it speaks.
    public var protocols: ClosedRange<UInt16> = 1...1

    public init(
        id: NodeID, name: String, address: Address, respPort: UInt16, httpPort: UInt16,
        zone: String, liveness: Liveness, incarnation: UInt64, bootEpoch: UInt64,
        partitions: Int, recovering: Int
    ) {
        self.id = id
        self.name = name
        self.address = address
        self.respPort = respPort
        self.httpPort = httpPort
        self.zone = zone
        self.liveness = liveness
        self.incarnation = incarnation
        self.bootEpoch = bootEpoch
        self.partitions = partitions
        self.recovering = recovering
    }
}

/// Where a key lives and how this node would serve it.
public struct Explanation: Hashable, Sendable {
    public var key: Key
    public var slot: Slot
    public var partition: Partition
    public var epoch: UInt64
    /// Owners in order of preference, with what the node believes about each.
    public var owners: [MemberStatus]
    /// In words: what the node does with a read and with a write of this key.
    public var route: String

    public init(
        key: Key, slot: Slot, partition: Partition, epoch: UInt64, owners: [MemberStatus],
        route: String
    ) {
        self.key = key
        self.slot = slot
        self.partition = partition
        self.epoch = epoch
        self.owners = owners
        self.route = route
    }
}

/// One setting of a running node.
public struct SettingValue: Hashable, Sendable {
    public var name: String
    public var value: String
    /// `default`, `file PATH`, `environment NAME` or `flag --name`.
    public var origin: String

    public init(name: String, value: String, origin: String) {
        self.name = name
        self.value = value
        self.origin = origin
    }
}
