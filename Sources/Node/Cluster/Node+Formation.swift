import GrepvineDistCore
import GrepvineGossip
import GrepvineTransport

/// What a node without a topology is waiting for.
struct Formation {
    /// Hash of the ids of all nodes without a topology that this node sees, once they are enough;
    /// 0 before. Nodes that gossip the same view see one another.
    var view: UInt64 = 0
    /// Peers that were asked for their topology, and when.
    var asked: [NodeID: Instant] = [:]
    var saidWaiting = false
}

/// How a cluster begins and how a node finds its own again (P5).
extension Node {
    /// With a stored topology the node comes back as itself; without seeds it forms a cluster of
    /// one; otherwise it looks for others.
    mutating func start(with topology: Topology?, now: Moment) {
        if let topology {
            adopt(topology, now: now)
        } else if configuration.seeds.isEmpty {
            form([member(of: nil)], now: now)
        }
        if self.topology == nil { deadlines.add(.formation, due: now.instant) }
        updateMetadata(now: now)
        gossiped(now) { $0.start(now: now.instant, into: &$1) }
        persist()
    }

    /// Forms the cluster when enough nodes see one another and this one has the lowest id. A node
    /// that sees a cluster joins it instead.
    mutating func considerForming(now: Moment) {
        guard topology == nil, let expected = configuration.expected else { return }
        let others = gossip.members.filter { $0.id != id && $0.liveness == .alive }
        guard others.allSatisfy({ $0.metadata.clusterID == NodeID.none }) else { return }
        let ids = (others.map(\.id) + [id]).sorted()
        formation.view = ids.count >= expected ? Self.view(of: ids) : 0
        updateMetadata(now: now)
        guard formation.view != 0, ids.first == id,
            others.allSatisfy({ $0.metadata.viewDigest == formation.view })
        else { return }
        form(([member(of: nil)] + others.map { member(of: $0) }).sorted { $0.id < $1.id }, now: now)
    }

    /// Never 0.
    private static func view(of ids: [NodeID]) -> UInt64 {
        ids.reduce(0x51) { Mix.fold($0 ^ $1.high, $1.low ^ 0xe703_7ed1_a0b4_28db) } | 1
    }

    private mutating func form(_ members: [Member], now: Moment) {
        let clusterID = NodeID(high: sync.generator.next(), low: sync.generator.next())
        let topology = Topology.forming(
            cluster: configuration.cluster, clusterID: clusterID, members: members,
            replicas: configuration.replicas)
        log(
            .info, "cluster-formed",
            [
                "cluster": .text(configuration.cluster), "id": .text("\(clusterID)"),
                "members": .count(members.count),
            ])
        adopt(topology, now: now)
    }

    /// While there is no topology, looks again every retry interval.
    mutating func formationDue(now: Moment) {
        guard topology == nil else { return }
        considerForming(now: now)
        followTopology(now: now)
        deadlines.add(.formation, due: now.instant + configuration.timeouts.retry)
    }

    /// What the topology says of a member: of this node for nil.
    private func member(of view: MemberView?) -> Member {
        guard let view else {
            return Member(
                id: id, name: configuration.name, address: configuration.address,
                respPort: configuration.respPort, httpPort: configuration.httpPort,
                bootEpoch: bootEpoch, zone: configuration.zone, host: configuration.host,
                weight: configuration.weight)
        }
        return Member(
            id: view.id, name: view.name, address: view.address,
            respPort: view.metadata.respPort, httpPort: view.metadata.httpPort,
            bootEpoch: view.bootEpoch, zone: view.metadata.zone, host: view.metadata.host,
            weight: view.metadata.weight)
    }

    /// Replaces the topology by a newer one of the same cluster.
    mutating func adopt(_ new: Topology, now: Moment) {
        if let current = topology {
            guard new.clusterID == current.clusterID else {
                return log(
                    .error, "foreign-cluster",
                    ["mine": .text("\(current.clusterID)"), "theirs": .text("\(new.clusterID)")]
                )
            }
            guard new.epoch > current.epoch else { return }
        }
        guard new.cluster == configuration.cluster, let position = new.position(of: id) else {
            return sayNotMember(of: new)
        }
        topology = new
        isSoleOwner = new.members.count == 1
        formation = Formation()
        persist()
        log(
            .info, "topology-adopted",
            ["epoch": .count(Int(clamping: new.epoch)), "members": .count(new.members.count)])
        gossip.keep(new.members.map(\.id))
        gossip.remember(new.members.map(Self.unheard), now: now.instant)
        if new.epoch > gossip.members.map(\.metadata.topologyEpoch).max() ?? 0 {
            broadcast(.topology, TopologyNews(new).encoded, now: now)
        }
        updatePeers(now: now)
        if recovery == nil {
            recovery = RecoveryTracker(node: id, topology: new, isRecovering: false)
            // The cluster knew another life of this node, whose memory is gone (R5). Its boot epoch
            // may have been higher, when the wall clock was set back in between.
            if new.members[position].bootEpoch != bootEpoch { startRecovery(now: now) }
        } else {
            recovery?.adopt(new)
            continueRecovery(now: now)
        }
        updateMetadata(now: now)
        for peer in peers.all where peer.isLinked {
            sendTopology(to: peer.id, now: now)
            startRepairing(with: peer.id, now: now)
        }
    }

    /// A member of the topology before this node has heard of it: looked for at its last address,
    /// so that halves of a cluster that started apart find each other (S3).
    private static func unheard(_ member: Member) -> Claim {
        Claim(
            id: member.id, name: member.name, address: member.address,
            standing: Standing(bootEpoch: 0, incarnation: 0, liveness: .dead))
    }

    private mutating func sayNotMember(of new: Topology) {
        guard !formation.saidWaiting else { return }
        formation.saidWaiting = true
        log(
            .warning, "not-a-member",
            [
                "cluster": .text(new.cluster), "epoch": .count(Int(clamping: new.epoch)),
                "hint": .text(
                    "a formed cluster takes no new members yet; start this node with"
                        + " the name and --data of the member that it replaces"),
            ])
    }

    /// Asks a member that gossips a newer topology for it.
    mutating func followTopology(now: Moment) {
        for member in gossip.members where member.id != id && member.liveness == .alive {
            let theirs = member.metadata.clusterID
            guard theirs != NodeID.none else { continue }
            if let topology {
                guard theirs == topology.clusterID, member.metadata.topologyEpoch > topology.epoch
                else { continue }
            }
            pullTopology(from: member.id, now: now)
        }
    }

    mutating func pullTopology(from peer: NodeID, now: Moment) {
        let earlier = formation.asked[peer] ?? .start
        guard peers[peer]?.isLinked == true,
            now.instant >= earlier + configuration.timeouts.retry
        else { return }
        formation.asked[peer] = now.instant
        _ = send(.topologyPull, nextID(), [], to: peer, deadline: nil, now: now)
    }

    mutating func sendTopology(to peer: NodeID, now: Moment) {
        guard let topology else { return }
        let body = Response.topology(topology).encoded()
        _ = send(.topology, nextID(), body, to: peer, deadline: nil, now: now)
    }

    mutating func persist() {
        effects.append(
            .persist(PersistentState(id: id, bootEpoch: bootEpoch, topology: topology)))
    }
}
