package import GrepvineDistCore

/// One node's part of SWIM as a value: datagrams and time in, datagrams and news out (design 11).
///
/// Differences from the paper: probes and gossip run on separate timers; a suspicion counts its
/// accusers; the dead are remembered and probed for ever, so that a healed partition merges by
/// itself (S3); every ping and ack carries a digest of the live members, and whoever sees a
/// different one pulls the other's table.
///
/// No timer handles: the owner calls `wake` at or after `nextWake`. Waking early or twice does
/// nothing; waking late is understood as a pause of this node and blamed on nobody else.
package struct Membership: Sendable {
    package let id: NodeID
    package let configuration: GossipConfiguration
    package internal(set) var statistics = GossipStatistics()
    /// When `wake` has something to do; `distantFuture` before `start`.
    package internal(set) var nextWake = Instant.distantFuture

    let envelope: GossipEnvelope
    var dice: SeededGenerator
    var table = MemberTable()
    var dissemination = Dissemination()
    var broadcasts = BroadcastQueue()
    /// Only ever looked up by key.
    var windows: [NodeID: BroadcastWindow] = [:]
    var broadcastCount: UInt64 = 0
    var probing = Probing()
    var seeds: SeedContacts
    var pulls: Pulls
    var nextGossip = Instant(nanoseconds: .min)
    /// When a suspicion ends, a dead member is probed or somebody is forgotten, as of one revision
    /// of the table.
    var due: (revision: UInt64, at: Instant)?
    /// Members of the topology, never forgotten (S3). Only ever looked up by key.
    var kept: Set<NodeID> = []
    /// Members to whom the owner holds a stream. Only ever looked up by key.
    var links: Set<NodeID> = []
    /// How well this node keeps up.
    package internal(set) var health: LocalHealth
    var hasStarted = false
    /// When the process started, and with which boot epoch, whatever it was raised to since.
    var started = Instant.distantFuture
    let firstBootEpoch: UInt64
    /// The last question to whoever else has this node's id.
    var challenged: (nonce: UInt64, at: Instant)?
    /// Boot epochs above this are taken for mistakes: they are start times, and no clock is that
    /// wrong. The owner moves it along with its own clock.
    package var latestBootEpoch = GossipLimit.counter / 2
    /// Says in every ack whether the data plane works (S4).
    var isHealthy = true

    /// `name`, `cluster` and the address's host are at most 64, 64 and 253 bytes. The node's own
    /// address among the seeds is ignored. `seed` decides all of the node's randomness. With
    /// `isSealed` the datagrams of `GossipEffect.send` are to be sealed at the edge.
    package init(
        identity: Identity, name: String, address: Address, cluster: String, metadata: Metadata,
        configuration: GossipConfiguration, seeds: [Address], seed: UInt64, isSealed: Bool = false
    ) {
        precondition(name.utf8.count <= GossipLimit.memberName, "name of \(name.utf8.count) bytes")
        precondition(cluster.utf8.count <= GossipLimit.clusterName, "long cluster name \(cluster)")
        precondition(address.host.utf8.count <= GossipLimit.host, "long host \(address.host)")
        precondition(identity.bootEpoch < GossipLimit.counter, "boot epoch \(identity.bootEpoch)")
        id = identity.id
        firstBootEpoch = identity.bootEpoch
        self.configuration = configuration
        envelope = GossipEnvelope(cluster: cluster, isSealed: isSealed)
        health = LocalHealth(limit: configuration.localHealthLimit)
        dice = SeededGenerator(seed: seed)
        self.seeds = SeedContacts(
            seeds.filter { $0 != address }, first: configuration.seedRetryMinimum)
        pulls = Pulls(first: configuration.probeInterval)
        let claim = Claim(
            id: id, name: name, address: address,
            standing: Standing(bootEpoch: identity.bootEpoch, incarnation: 0, liveness: .alive),
            profile: Profile(version: 1, metadata: metadata))
        table.insert(Peer(claim, now: .start, retry: Backoff(first: .start, delay: .zero)))
    }

    /// Contacts the seeds and begins to probe.
    package mutating func start(now: Instant, into effects: inout [GossipEffect]) {
        precondition(!hasStarted, "started twice")
        hasStarted = true
        started = now
        let phase = Double.random(in: 0..<1, using: &dice)
        probing.next = now + configuration.probeInterval * phase
        nextGossip = now
        updateSelf { $0.since = now }
        dissemination.enqueue(id, .profile)
        contactSeeds(now: now, into: &effects)
        schedule(now: now)
    }

    package mutating func wake(now: Instant, into effects: inout [GossipEffect]) {
        guard hasStarted, now >= nextWake else { return }
        forgivePause(now: now)
        if !hasLeft {
            concludeProbes(now: now, into: &effects)
            contactSeeds(now: now, into: &effects)
            probeNext(now: now, into: &effects)
        }
        if unsettledDue <= now { attend(now: now, into: &effects) }
        gossip(now: now, into: &effects)
        schedule(now: now)
    }

    /// Replaces this node's metadata and tells everybody; equal metadata says nothing.
    package mutating func update(metadata: Metadata, now: Instant) {
        guard metadata != own.profile.metadata else { return }
        updateSelf { $0.profile = Profile(version: $0.profile.version + 1, metadata: metadata) }
        spread(id, .profile)
        schedule(now: now)
    }

    /// Says whether the data plane works. While it does not, acks say so and this node does not
    /// defend itself against suspicion (S4).
    package mutating func update(isHealthy: Bool, now: Instant) {
        guard isHealthy != self.isHealthy else { return }
        self.isHealthy = isHealthy
        if isHealthy && !hasLeft { refute(own.standing.incarnation) }
        schedule(now: now)
    }

    /// Declares that this node goes for good. Gossip goes on until `isDrained`.
    package mutating func leave(now: Instant, into effects: inout [GossipEffect]) {
        guard !hasLeft else { return }
        updateSelf {
            $0.standing.liveness = .left
            $0.since = now
        }
        spread(id, .standing)
        nextGossip = now
        gossip(now: now, into: &effects)
        schedule(now: now)
    }

    /// Local evidence against a member, such as a refused connection or a failed data call: it is
    /// probed at once, directly and through others together, and suspected when that fails (S4).
    package mutating func suspect(
        _ suspect: NodeID, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard hasStarted, !hasLeft else { return }
        probeUrgently(suspect, now: now, into: &effects)
        schedule(now: now)
    }

    /// These members, and no others, are never forgotten: those of the topology (S3).
    package mutating func keep(_ ids: [NodeID]) {
        kept = Set(ids)
        for index in table.peers.indices {
            let isKept = kept.contains(table.peers[index].id)
            table.update(index) { $0.isKept = isKept }
        }
    }

    /// Tells of members that this node knew before it started, such as those of a stored topology.
    /// Standings of boot epoch 0 stand for "not heard of in this life": whoever they belong to is
    /// looked for at once, and any word of it replaces them. Nothing is announced or passed on.
    package mutating func remember(_ claims: [Claim], now: Instant) {
        for (place, claim) in claims.enumerated()
        where claim.id != id && table.index(of: claim.id) == nil {
            guard table.peers.count < configuration.maximumMembers else { return }
            // Fifty a second: by then most of a large cluster has been heard of by gossip.
            let first = now + .milliseconds(20) * place
            let retry = Backoff(first: first, delay: configuration.deadProbeMinimum)
            insert(Peer(claim, now: now, retry: retry))
            if claim.standing.liveness.isLive { probing.add(claim.id, &dice) }
        }
        schedule(now: now)
    }

    /// Starts a new life above what peers remember, after `GossipEffect.bootEpochBehind`.
    package mutating func adopt(bootEpoch: UInt64, now: Instant) {
        precondition(
            bootEpoch > own.standing.bootEpoch && bootEpoch < GossipLimit.counter,
            "boot epoch \(bootEpoch) after \(own.standing.bootEpoch)")
        updateSelf {
            $0.standing = Standing(bootEpoch: bootEpoch, incarnation: 0, liveness: .alive)
            $0.profile.version = 1
            $0.since = now
        }
        broadcastCount = 0
        spread(id, .standing)
        spread(id, .profile)
        schedule(now: now)
    }

    /// Hands a payload of at most `GossipLimit.broadcast` bytes to all live members, best effort.
    /// It replaces what this node said before about the same kind of thing, wherever that still
    /// waits to be told.
    package mutating func broadcast(_ kind: BroadcastKind, _ payload: [UInt8], now: Instant) {
        precondition(payload.count <= GossipLimit.broadcast, "\(payload.count) bytes to broadcast")
        broadcastCount += 1
        broadcasts.enqueue(
            GossipBroadcast(
                origin: identity, kind: kind, sequence: broadcastCount, payload: payload))
        schedule(now: now)
    }

    mutating func insert(_ peer: Peer) {
        var peer = peer
        peer.isKept = kept.contains(peer.id)
        table.insert(peer)
    }

    /// What became due long ago by what was just learned is due now: `nextWake` never lies before
    /// the call that set it, so a late wake always means that the owner was late.
    mutating func schedule(now: Instant) {
        guard hasStarted else { return }
        forgivePause(now: now)
        nextWake = max(now, earliestWake())
    }
}
