package import GrepvineDistCore
package import GrepvineGossip
package import GrepvineStorage
import GrepvineTransport

/// One node of the cluster as a value: an event and the time go in, effects come out (section 1).
/// It never waits, reads a clock, rolls dice or opens anything; the server's runtime and the
/// simulator drive the very same value.
///
/// Effects gather in `effects` and frames in the outboxes of `peers`, until the runtime takes them.
package struct Node: ~Copyable {
    package let configuration: NodeConfiguration
    package let id: NodeID
    package internal(set) var bootEpoch: UInt64
    package internal(set) var topology: Topology?
    package internal(set) var store: RecordStore
    package internal(set) var gossip: Membership
    package internal(set) var peers = PeerTable()
    package var metrics = NodeMetrics()
    package var effects: [Effect] = []

    var clock: VersionClock
    /// Which partitions this node may answer reads of (R5).
    var recovery: RecoveryTracker?
    var writes = PendingWrites()
    var reads: [UInt64: PendingRead] = [:]
    /// Bytes of the values that they hold.
    var readBytes = 0
    /// Bytes of the values in `effects`.
    var replyBytes = 0
    var sync: SyncState
    /// Keeping the same as other owners (A1–A3).
    var repair: RepairState
    /// Writes that other owners missed (H1).
    var hints = HintState()
    /// Letting go of what all owners know to be deleted (T1–T4).
    var fences: FenceState
    var grep = GrepState()
    var indexing = Indexing()
    var keyQueries = KeyQueries()
    /// Which datagrams are listened to (S6).
    package internal(set) var gossipGuard: GossipGuard
    var keyring = KeyringState()
    var deadlines: Deadlines<Deadline>
    var hedging: Hedging
    var formation = Formation()
    /// Who floods this node with what it turns away does not flood its log.
    var refusals = LogLimiter<Refusal>()
    /// There is one member: this node answers everything by itself.
    var isSoleOwner = false
    /// For every peer whose frames are compressed: bodies are made one after the other.
    let compressor = BodyCompressor()
    var lastID: UInt64
    private var nextUpkeep = Instant.start

    /// - Parameters:
    ///   - state: what an earlier start left behind; the boot epoch in it is already raised.
    ///   - seed: all the randomness that the node will ever have.
    package init(
        configuration: NodeConfiguration, state: PersistentState, seed: UInt64, now: Moment
    ) {
        var generator = SeededGenerator(seed: seed)
        self.configuration = configuration
        id = state.id
        bootEpoch = state.bootEpoch
        clock = VersionClock(origin: Self.origin(state.id, state.bootEpoch))
        store = RecordStore(
            configuration: StoreConfiguration(
                memoryLimit: configuration.limits.memory,
                evicts: configuration.limits.eviction == .s3fifo,
                evictionsRemembered: configuration.limits.evictionsRemembered,
                seed: generator.next()))
        let timeouts = configuration.timeouts
        sync = SyncState(
            generator: SeededGenerator(seed: generator.next()),
            settled: now.instant + timeouts.operation + timeouts.retry)
        lastID = generator.next() >> 8
        repair = RepairState(
            generator: SeededGenerator(seed: lastID ^ 0x5eed), settings: configuration.repair,
            now: now.instant)
        fences = FenceState(now: now.instant)
        deadlines = Deadlines(startingAt: now.instant)
        hedging = Hedging(startingAt: now.instant)
        gossip = Membership(
            identity: Identity(id: state.id, bootEpoch: state.bootEpoch),
            name: configuration.name, address: configuration.address,
            cluster: configuration.cluster, metadata: Metadata(),
            configuration: configuration.gossip, seeds: configuration.seeds,
            seed: generator.next(), isSealed: configuration.gossipEncryption.seals)
        gossipGuard = GossipGuard(
            configuration.gossipEncryption, senders: configuration.gossip.maximumMembers)
        keyring.ring = configuration.keyring
        start(with: state.topology, now: now)
    }

    /// Hashes id and boot epoch: never the same again after a restart (V2).
    static func origin(_ id: NodeID, _ bootEpoch: UInt64) -> UInt64 {
        Mix.fold(
            Mix.fold(id.high ^ 0x9e37_79b9_7f4a_7c15, id.low), bootEpoch ^ 0xd1b5_4a32_d192_ed03)
    }

    /// The one entrance. What follows from the event lies in `effects` and the outboxes.
    package mutating func handle(_ event: Event, at now: Moment) {
        switch event {
        case .request(let request, let id, let deadline):
            receive(request, id, deadline: deadline, now: now)
        case .frame(let header, let body, let peer):
            receive(header, body, from: peer, now: now)
        case .datagram(let bytes, let address):
            receive(datagram: bytes, from: address, now: now)
        case .opened(let datagram, let address): receive(datagram, from: address, now: now)
        case .unopened(let datagram, let address): receive(datagram, from: address, now: now)
        case .keyring(let event): receive(event, now: now)
        case .linkUp(let peer): linkUp(peer, now: now)
        case .linkDown(let peer): linkDown(peer, now: now)
        case .searched(let report): receive(report, now: now)
        case .indexed(let report): receive(report)
        case .sessionClosed(let session): closeStreams(of: session, now: now)
        case .resolved(let name, let addresses):
            gossiped(now) { $0.resolved(name, to: addresses, now: now.instant, into: &$1) }
        case .dataPlane(let isHealthy):
            gossiped(now) { membership, _ in
                membership.update(isHealthy: isHealthy, now: now.instant)
            }
        case .leaving: gossiped(now) { $0.leave(now: now.instant, into: &$1) }
        case .wake: wake(now: now)
        }
        tellDecisions(now: now)
    }

    /// When to send `.wake`, unless something else happens before.
    package var nextWake: Instant {
        min(
            gossip.nextWake, deadlines.next ?? .distantFuture,
            hedging.due.next ?? .distantFuture, sync.nextRound, repair.nextDue, nextUpkeep)
    }

    private mutating func wake(now: Moment) {
        if gossip.nextWake <= now.instant { gossiped(now) { $0.wake(now: now.instant, into: &$1) } }
        for deadline in deadlines.take(until: now.instant) { pass(deadline, now: now) }
        for id in hedging.due.take(until: now.instant) { hedgeDue(id, now: now) }
        if sync.nextRound <= now.instant { retryRecovery(now: now) }
        if repair.nextDue <= now.instant { repairDue(now: now) }
        if nextUpkeep <= now.instant {
            nextUpkeep = now.instant + .milliseconds(100)
            _ = store.clean(budget: 1 << 20, now: now.wall)
            _ = store.expire(budget: 4096, now: now.wall)
            evict(now: now)
            lookForSegmentsToIndex()
            tendHints(now: now)
            sweepExchanges(now: now)
            sweepRounds(now: now)
            surveyDue(now: now)
            if configuration.plantedBug == .ageBasedPurge { purgeByAge(now: now) }
            scrub(now: now)
        }
    }

    private mutating func pass(_ deadline: Deadline, now: Moment) {
        switch deadline {
        case .write(let id): writeDue(id, now: now)
        case .read(let id): readDue(id, now: now)
        case .pull(let id): pullDue(id, now: now)
        case .fetch(let name): fetchDue(name, now: now)
        case .stream(let id): streamDue(id, now: now)
        case .search(let id): searchDue(id, now: now)
        case .keys(let id): keysDue(id, now: now)
        case .keyring(let id): keyringDue(id, now: now)
        case .formation: formationDue(now: now)
        case .recovery: continueRecovery(now: now)
        }
    }

    /// Names of requests, streams and searches. They begin anywhere, so that an answer to an
    /// earlier life of this node is not taken for one to this life.
    mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    mutating func log(
        _ level: LogEvent.Level, _ name: String, _ fields: KeyValuePairs<String, LogValue> = [:]
    ) {
        effects.append(.log(LogEvent(level, name, fields)))
    }
}

/// What may come due. The thing itself may be long gone by then.
enum Deadline {
    case write(UInt64)
    case read(UInt64)
    case pull(UInt64)
    case fetch(ExchangeName)
    case stream(UInt64)
    case search(UInt64)
    case keys(UInt64)
    case keyring(UInt64)
    case formation
    case recovery
}
