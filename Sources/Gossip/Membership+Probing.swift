import GrepvineDistCore

extension Membership {
    /// The regular probe: one member per interval, more rarely while this node is in trouble.
    mutating func probeNext(now: Instant, into effects: inout [GossipEffect]) {
        guard probing.next <= now else { return }
        let interval = health.stretched(configuration.probeInterval)
        probing.next = now + interval
        guard let target = probing.takeNext(of: table, except: id, &dice),
            !probing.isOpen(for: target)
        else { return }
        begin(
            target, now: now, indirectAfter: health.stretched(configuration.probeTimeout),
            deadlineAfter: interval, into: &effects)
    }

    /// Directly and through others at the same time, since there is evidence already.
    mutating func probeUrgently(
        _ target: NodeID, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard target != id, let peer = table[target], peer.liveness.isLive,
            !probing.isOpen(for: target)
        else { return }
        begin(
            target, now: now, indirectAfter: .zero,
            deadlineAfter: health.stretched(configuration.probeTimeout), into: &effects)
        askOthers(now: now, into: &effects)
    }

    /// Somebody's first accusation makes a few others look for themselves, everybody when the
    /// cluster is small: a crash is confirmed at once and a mistake soon stands alone.
    mutating func corroborate(
        _ suspect: NodeID, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard configuration.lifeguard.contains(.suspicion), let peer = table[suspect],
            peer.suspicion?.accusers.contains(id) == false,
            Int.random(in: 0..<max(1, table.aliveCount), using: &dice) < GossipLimit.accusers
        else { return }
        probeUrgently(suspect, now: now, into: &effects)
    }

    private mutating func begin(
        _ target: NodeID, now: Instant, indirectAfter: Duration, deadlineAfter: Duration,
        into effects: inout [GossipEffect]
    ) {
        let probe = Probe(
            target: target, nonce: dice.next(), sent: now, indirectAt: now + indirectAfter,
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

    /// A few others by datagram, and the target itself by stream: either way a good answer counts.
    private mutating func askOthers(now: Instant, into effects: inout [GossipEffect]) {
        for probe in probing.takeSilent(by: now) {
            let helpers = randomPeers(configuration.indirectProbes) {
                $0.liveness == .alive && $0.id != probe.target
            }
            for helper in helpers {
                send(
                    .pingRequest(nonce: probe.nonce, target: probe.target), to: helper.address,
                    about: helper.id, limit: configuration.packetLimit,
                    atLeast: GossipLimit.pingRequest, into: &effects)
            }
            probing.helped(probe.nonce, by: helpers.count)
            if links.contains(probe.target) {
                statistics.streamProbes += 1
                stream(.probe(nonce: probe.nonce), to: probe.target, into: &effects)
            }
        }
    }

    /// Asks others for help where the direct ping was silent; accuses where that was silent too.
    mutating func concludeProbes(now: Instant, into effects: inout [GossipEffect]) {
        askOthers(now: now, into: &effects)
        for relay in probing.takeUnanswered(by: now) {
            post(
                bare(.nack(nonce: relay.originNonce)), .nack(nonce: 0), to: relay.origin,
                limit: relay.limit, into: &effects)
        }
        for probe in probing.takeFailed(by: now) {
            statistics.failedProbes += 1
            noteHealth(probe.blame)
            accuse(probe.target, now: now, into: &effects)
        }
    }

    mutating func noteHealth(_ change: Int) {
        if configuration.lifeguard.contains(.probe) { health.note(change) }
    }

    /// An answer of whatever kind. One that says that the data plane is down is none: the probe
    /// runs into its deadline (S4).
    mutating func answered(_ nonce: UInt64, isHealthy: Bool) {
        guard isHealthy, probing.close(nonce) else { return }
        noteHealth(-1)
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

    mutating func concludeSuspicion(
        at index: Int, now: Instant, into effects: inout [GossipEffect]
    ) {
        var claim = table.peers[index].claim(withProfile: false)
        claim.standing.liveness = .dead
        statistics.deaths += 1
        merge(claim, at: index, now: now, into: &effects)
    }

    /// The dead hear that they are held dead; one that lives refutes it (S3).
    mutating func probeDead(at index: Int, now: Instant, into effects: inout [GossipEffect]) {
        var retry = table.peers[index].retry
        retry.advance(from: now, upTo: configuration.deadProbeMaximum, &dice)
        table.update(index) { $0.retry = retry }
        seek(table.peers[index], into: &effects)
    }
}

extension Membership {
    /// One that was not heard of in this life has nothing to refute: both sides introduce
    /// themselves instead, by a pull that begins with the member's own claim.
    private mutating func seek(_ peer: Peer, into effects: inout [GossipEffect]) {
        guard peer.standing.bootEpoch == 0 else {
            return ping(peer, nonce: dice.next(), into: &effects)
        }
        pull(
            after: peer.id.predecessor, seed: nil, isIntroduction: true, from: peer.address,
            into: &effects)
    }

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

    /// Passes an ack on to whoever had this node ask.
    mutating func relayAck(
        _ nonce: UInt64, isHealthy: Bool, into effects: inout [GossipEffect]
    ) {
        guard let relay = probing.takeRelay(nonce) else { return }
        let answer = GossipMessage.relayedAck(nonce: relay.originNonce, healthy: isHealthy)
        post(bare(answer), answer, to: relay.origin, limit: relay.limit, into: &effects)
    }

    mutating func takeAck(
        _ nonce: UInt64, _ digest: UInt64, _ healthy: Bool, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        relayAck(nonce, isHealthy: healthy, into: &effects)
        guard let probe = probing.probe(nonce), probe.target == origin.id,
            let index = table.index(of: origin.id)
        else { return }
        table.update(index) {
            $0.lastSeen = now
            $0.path = origin.address
            $0.took(now - probe.sent)
        }
        answered(nonce, isHealthy: healthy)
        compare(digest, with: origin, now: now, into: &effects)
    }

    /// Only members may ask, and only about members. For a source that is not verified yet, half of
    /// the request's length is for the ping and half for the two answers, a nack and a late ack.
    mutating func relayPing(
        _ nonce: UInt64, _ target: NodeID, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard table.liveness(of: origin.id)?.isLive == true, target != id,
            let peer = table[target]
        else { return }
        let nacks = configuration.lifeguard.contains(.probe)
        let relay = Probing.Relay(
            nonce: dice.next(), origin: origin.address, originNonce: nonce,
            limit: isVerified(origin) ? configuration.packetLimit : origin.size / 4,
            nackAt: nacks ? now + configuration.probeTimeout * 4 / 5 : nil)
        probing.relay(relay)
        send(
            pingMessage(relay.nonce, target), to: peer.address, about: target,
            limit: isVerified(origin) ? configuration.packetLimit : origin.size / 2, into: &effects)
    }
}
