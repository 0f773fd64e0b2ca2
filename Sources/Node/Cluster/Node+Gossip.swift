import GrepvineDistCore
import GrepvineGossip
import GrepvineTransport

/// What gossip learns, and what of it matters to the rest of the node.
extension Node {
    /// Runs one step of the membership machine and carries out what it wants.
    mutating func gossiped(
        _ now: Moment, _ step: (inout Membership, inout [GossipEffect]) -> Void
    ) {
        var effects: [GossipEffect] = []
        gossip.latestBootEpoch = Self.latestBootEpoch(at: now)
        step(&gossip, &effects)
        var changed = false
        for effect in effects {
            switch effect {
            case .send(let bytes, let address): self.effects.append(.datagram(bytes, to: address))
            case .changed(let event):
                changed = true
                note(event, now: now)
            case .refused(let refusal): refused(refusal, now: now)
            case .bootEpochBehind(let known): raiseBootEpoch(above: known, now: now)
            case .stream(let bytes, let peer):
                _ = send(.membership, nextID(), bytes, to: peer, deadline: nil, now: now)
            case .broadcast(let broadcast): heard(broadcast, now: now)
            case .resolve(let name): self.effects.append(.resolve(name))
            case .displaced(let address): giveWay(to: address)
            }
        }
        if changed { membersChanged(now: now) }
    }

    /// False for what is no message.
    mutating func receiveMembership(
        _ body: UnsafeRawBufferPointer, from peer: NodeID, now: Moment
    ) -> Bool {
        var isMessage = false
        gossiped(now) {
            isMessage = $0.receive(
                stream: Array(body)[...], from: peer, now: now.instant, into: &$1)
        }
        return isMessage
    }

    /// Boot epochs are start times: one that is a day ahead is a mistake or a lie.
    private static func latestBootEpoch(at now: Moment) -> UInt64 {
        UInt64(max(0, now.wall.milliseconds)) + 86_400_000
    }

    /// Another process runs under this node's id, and was there first (S1).
    private mutating func giveWay(to address: Address) {
        let reason =
            "another process at \(address) runs under the id of this node, \(id), and was there"
            + " first; give each node its own --name or --data directory"
        log(.error, "duplicate-id", ["reason": .text(reason)])
        effects.append(.halt(reason))
    }

    /// Peers remember a later start of this node than it does itself (S1).
    private mutating func raiseBootEpoch(above known: UInt64, now: Moment) {
        guard known >= bootEpoch else { return }
        bootEpoch = known + 1
        clock.rename(origin: Self.origin(id, bootEpoch))
        persist()
        log(.warning, "boot-epoch-raised", ["bootEpoch": .count(Int(clamping: bootEpoch))])
        gossip.adopt(bootEpoch: bootEpoch, now: now.instant)
        if topology != nil { startRecovery(now: now) }
    }

    private mutating func note(_ event: MemberEvent, now: Moment) {
        let fields: KeyValuePairs<String, LogValue> = [
            "member": .text(event.member.name), "id": .of(event.member.id),
            "address": .of(event.member.address),
        ]
        switch event.kind {
        case .joined: log(.info, "member-joined", fields)
        case .suspected: log(.warning, "member-suspected", fields)
        case .recovered: log(.info, "member-recovered", fields)
        case .died: log(.warning, "member-died", fields)
        case .left: log(.info, "member-left", fields)
        case .restarted: log(.info, "member-restarted", fields)
        case .metadataChanged: break
        }
    }

    private mutating func refused(_ refusal: Refusal, now: Moment) {
        metrics.gossipRefused += 1
        guard refusals.admit(refusal, now: now.instant) != nil else { return }
        let isDuplicate = if case .duplicateID = refusal { true } else { false }
        log(
            isDuplicate ? .error : .warning, "gossip-refused",
            ["reason": .text(Self.words(refusal))])
    }

    private static func words(_ refusal: Refusal) -> String {
        switch refusal {
        case .wrongCluster(let mine, let theirs, let address):
            "this node belongs to cluster \"\(mine)\", \(address) belongs to \"\(theirs)\""
        case .duplicateID(let id, let address):
            "\(address) runs under the id of this node, \(id); give each node its own name or"
                + " data directory"
        case .otherFormat(let format, let address):
            "\(address) speaks gossip format \(format)"
        case .undecodable(let address): "undecodable datagram from \(address)"
        case .implausible(let id, let incarnation, let address):
            "\(address) claims incarnation \(incarnation) of \(id)"
        case .tableFull(let id, let address): "no room for \(id) at \(address)"
        }
    }

    /// Liveness moved, or metadata: peers, formation and topology follow.
    private mutating func membersChanged(now: Moment) {
        let away = peers.all.filter { $0.isLinked && !$0.isReachable }.map(\.id)
        updatePeers(now: now)
        for peer in away where isReachable(peer) { peerReturned(peer, now: now) }
        considerForming(now: now)
        followTopology(now: now)
    }

    /// Takes addresses and liveness from gossip, and keeps a connection to every member of the
    /// topology and, before there is one, to every node in sight.
    mutating func updatePeers(now: Moment) {
        var wanted: [NodeID: (name: String, address: Address)] = [:]
        for member in topology?.members ?? [] where member.id != id {
            wanted[member.id] = (member.name, member.address)
        }
        for member in gossip.members where member.id != id && member.bootEpoch > 0 {
            let isKnown = wanted[member.id] != nil
            if isKnown || (member.liveness != .dead && member.liveness != .left) {
                wanted[member.id] = (member.name, member.address)
            }
        }
        let ids = wanted.keys.sorted()
        let before = peers.all.map { Peer(id: $0.id, address: $0.address) }
        peers.all = ids.map { id in
            var peer =
                peers[id]
                ?? PeerState(
                    id: id, outbox: Outbox(limit: configuration.limits.outboxBytes))
            peer.name = wanted[id]!.name
            peer.address = wanted[id]!.address
            // One that was not heard of in this life is as good as its connection.
            if let seen = gossip.member(id), seen.bootEpoch > 0 { peer.liveness = seen.liveness }
            peer.outbox.compressor = compresses(to: id) ? compressor : nil
            return peer
        }
        let after = peers.all.map { Peer(id: $0.id, address: $0.address) }
        if before != after { effects.append(.peers(after)) }
    }

    private func compresses(to peer: NodeID) -> Bool {
        switch configuration.compression {
        case .none: return false
        case .all: return true
        case .zones:
            let zone = gossip.member(peer)?.metadata.zone ?? topology?.member(peer)?.zone ?? ""
            return !zone.isEmpty && !configuration.zone.isEmpty && zone != configuration.zone
        }
    }

    /// What others must know of this node, for gossip to carry.
    mutating func updateMetadata(now: Moment) {
        var metadata = gossip.metadata
        metadata.respPort = configuration.respPort
        metadata.httpPort = configuration.httpPort
        metadata.zone = configuration.zone
        metadata.host = configuration.host
        metadata.weight = configuration.weight
        metadata.protocolMinimum = ProtocolVersion.supported.lowerBound
        metadata.protocolMaximum = ProtocolVersion.supported.upperBound
        metadata.clusterID = topology?.clusterID ?? NodeID.none
        metadata.topologyEpoch = topology?.epoch ?? 0
        metadata.topologyDigest = topology?.digest ?? 0
        metadata.viewDigest = formation.view
        metadata.recovering = UInt16(unsynced)
        guard metadata != gossip.metadata else { return }
        gossip.update(metadata: metadata, now: now.instant)
    }
}
