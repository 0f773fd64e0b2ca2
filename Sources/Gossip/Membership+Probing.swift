import GrepvineDistCore

extension Membership {
    /// The regular probe: one member per interval.
    mutating func probeNext(now: Instant, into effects: inout [GossipEffect]) {
        guard probing.next <= now else { return }
        probing.next = now + configuration.probeInterval
        let candidates = table.peers.filter { $0.liveness.isLive && $0.id != id }.map(\.id)
        guard let target = probing.takeNext(among: candidates, &dice),
            !probing.isOpen(for: target)
        else { return }
        begin(
            target, now: now, indirectAfter: configuration.probeTimeout,
            deadlineAfter: configuration.probeInterval, into: &effects)
    }

    /// Directly and through others at the same time, since there is evidence already.
    mutating func probeUrgently(
        _ target: NodeID, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard target != id, let peer = table[target], peer.liveness.isLive,
            !probing.isOpen(for: target)
        else { return }
        begin(
            target, now: now, indirectAfter: .zero, deadlineAfter: configuration.probeTimeout,
            into: &effects)
        askOthers(now: now, into: &effects)
    }

    /// Somebody's first accusation makes a few others look for themselves, everybody when the
    /// cluster is small: a crash is confirmed at once and a mistake soon stands alone.
    mutating func corroborate(
        _ suspect: NodeID, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard let peer = table[suspect], peer.suspicion?.accusers.contains(id) == false,
            Int.random(in: 0..<max(1, table.aliveCount), using: &dice) < GossipLimit.accusers
        else { return }
        probeUrgently(suspect, now: now, into: &effects)
    }

    private mutating func begin(
        _ target: NodeID, now: Instant, indirectAfter: Duration, deadlineAfter: Duration,
        into effects: inout [GossipEffect]
    ) {
        let probe = Probe(
            target: target, nonce: dice.next(), indirectAt: now + indirectAfter,
            deadline: now + deadlineAfter)
        guard let peer = table[target], probing.begin(probe) else { return }
        statistics.probes += 1
        ping(peer, nonce: probe.nonce, into: &effects)
    }

    func pingMessage(_ nonce: UInt64, _ target: NodeID) -> GossipMessage {
        .ping(nonce: nonce, target: target, digest: table.digest)
    }

    private mutating func ping(
        _ peer: Peer, nonce: UInt64, into effects: inout [GossipEffect]
    ) {
        send(
            pingMessage(nonce, peer.id), to: peer.address, about: peer.id,
            limit: configuration.packetLimit, into: &effects)
    }

    private mutating func askOthers(now: Instant, into effects: inout [GossipEffect]) {
        for probe in probing.takeSilent(by: now) {
            let helpers = randomPeers(configuration.indirectProbes) {
                $0.liveness == .alive && $0.id != probe.target
            }
            for helper in helpers {
                send(
                    .pingRequest(nonce: probe.nonce, target: probe.target), to: helper.address,
                    about: helper.id, limit: configuration.packetLimit, into: &effects)
            }
        }
    }

    /// Asks others for help where the direct ping was silent; accuses where that was silent too.
    mutating func concludeProbes(now: Instant, into effects: inout [GossipEffect]) {
        askOthers(now: now, into: &effects)
        for probe in probing.takeFailed(by: now) {
            statistics.failedProbes += 1
            accuse(probe.target, now: now, into: &effects)
        }
    }

    private mutating func accuse(
        _ target: NodeID, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard let index = table.index(of: target), table.peers[index].liveness.isLive
        else { return }
        var claim = table.peers[index].claim(withProfile: false)
        claim.standing.liveness = .suspect
        claim.accusers = [id]
        merge(claim, at: index, now: now, into: &effects)
    }

    /// Alive members, besides this node and a suspect, that could still vouch for it.
    var witnesses: Int { table.aliveCount - (own.liveness == .alive ? 1 : 0) }

    mutating func concludeSuspicions(now: Instant, into effects: inout [GossipEffect]) {
        let witnesses = witnesses
        for index in table.peers.indices {
            guard let suspicion = table.peers[index].suspicion,
                suspicion.deadline(witnesses: witnesses) <= now
            else { continue }
            var claim = table.peers[index].claim(withProfile: false)
            claim.standing.liveness = .dead
            merge(claim, at: index, now: now, into: &effects)
        }
    }

    /// The dead hear that they are held dead; one that lives refutes it (S3).
    mutating func probeDead(now: Instant, into effects: inout [GossipEffect]) {
        for index in table.peers.indices {
            let peer = table.peers[index]
            guard peer.liveness == .dead, peer.retry.next <= now else { continue }
            var retry = peer.retry
            retry.advance(from: now, upTo: configuration.deadProbeMaximum, &dice)
            table.update(index) { $0.retry = retry }
            ping(peer, nonce: dice.next(), into: &effects)
        }
    }
}

extension Membership {
    mutating func answerPing(
        _ nonce: UInt64, _ target: NodeID, _ digest: UInt64, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard target == id else { return }
        send(
            .ack(nonce: nonce, digest: table.digest, healthy: isHealthy), to: origin.address,
            about: origin.id, limit: limit(for: origin), into: &effects)
        if isVerified(origin) { compare(digest, with: origin, now: now, into: &effects) }
    }

    mutating func takeAck(
        _ nonce: UInt64, _ digest: UInt64, _ healthy: Bool, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        if let relay = probing.takeRelay(nonce) {
            post(
                bare(.relayedAck(nonce: relay.originNonce, healthy: healthy)), to: relay.origin,
                limit: configuration.packetLimit, into: &effects)
        }
        guard probing.target(of: nonce) == origin.id, let index = table.index(of: origin.id)
        else { return }
        table.update(index) {
            $0.lastSeen = now
            $0.path = origin.address
        }
        // An unhealthy answer is none: the probe runs into its deadline (S4).
        if healthy { probing.close(nonce) }
        compare(digest, with: origin, now: now, into: &effects)
    }

    /// Only members may ask, only about members, and the ping is no longer than the request.
    mutating func relayPing(
        _ nonce: UInt64, _ target: NodeID, _ origin: Origin, into effects: inout [GossipEffect]
    ) {
        guard table[origin.id]?.liveness.isLive == true, target != id, let peer = table[target]
        else { return }
        let relay = Probing.Relay(
            nonce: dice.next(), origin: origin.address, originNonce: nonce)
        probing.relay(relay)
        send(
            pingMessage(relay.nonce, target), to: peer.address, about: target,
            limit: isVerified(origin) ? configuration.packetLimit : origin.size, into: &effects)
    }
}
