package import GrepvineDistCore

/// How a node learns what it missed. Members that hold a stream compare their tables by it and send
/// what differs (S5). Until there is one, a newcomer pulls the other's table in ascending order of
/// id, a packet at a time.
extension Membership {
    /// The longest pause between contacts to a seed at present.
    private var seedBound: Duration {
        isIsolated ? configuration.seedRetryMaximum : configuration.seedRetryConnected
    }

    /// A seed wants no contact while the member that answered there is live.
    private func isContent(_ seed: SeedContacts.Seed) -> Bool {
        seed.answeredBy.map { table[$0]?.liveness.isLive == true } ?? false
    }

    var nextSeedContact: Instant {
        let bound = seedBound
        let pause = namePause
        let first = seeds.names.indices.reduce(Instant.distantFuture) {
            min($0, seeds.nameDue($1, pause: pause))
        }
        return seeds.seeds.indices.reduce(first) { earliest, index in
            isContent(seeds.seeds[index]) ? earliest : min(earliest, seeds.due(index, bound: bound))
        }
    }

    mutating func contactSeeds(now: Instant, into effects: inout [GossipEffect]) {
        resolveNames(now: now, into: &effects)
        let bound = seedBound
        for index in seeds.seeds.indices {
            guard !isContent(seeds.seeds[index]), seeds.due(index, bound: bound) <= now
            else { continue }
            seeds.contacted(index, now: now, bound: bound)
            let address = seeds.seeds[index].address
            pull(after: nil, seed: address, from: address, into: &effects)
        }
    }

    /// Names are resolved more often while nobody is known.
    private var namePause: Duration {
        isIsolated ? configuration.resolveIsolated : configuration.resolveConnected
    }

    private mutating func resolveNames(now: Instant, into effects: inout [GossipEffect]) {
        for index in seeds.names.indices where seeds.nameDue(index, pause: namePause) <= now {
            seeds.asked(index, now: now)
            effects.append(.resolve(seeds.names[index].address))
        }
    }

    /// What a seed's name stands for now, after `GossipEffect.resolve`; empty when nobody knows.
    package mutating func resolved(
        _ name: Address, to addresses: [Address], now: Instant, into effects: inout [GossipEffect]
    ) {
        seeds.resolved(name, to: addresses, except: own.address)
        guard hasStarted, !hasLeft else { return }
        contactSeeds(now: now, into: &effects)
        schedule(now: now)
    }

    /// Introduces this node with its full claim. Padded, because the answer may be as long as the
    /// question and no longer (S6).
    mutating func pull(
        after cursor: NodeID?, seed: Address?, isIntroduction: Bool = false, from address: Address,
        into effects: inout [GossipEffect]
    ) {
        let pull = Pulls.Pull(nonce: dice.next(), seed: seed, isIntroduction: isIntroduction)
        pulls.began(pull)
        statistics.pulls += 1
        var body = ByteWriter(capacity: configuration.packetLimit)
        writeHead(.pull(nonce: pull.nonce, after: cursor), &body)
        body.write(UInt8(1))
        own.claim(withProfile: true).encode(into: &body)
        body.write(UInt8(0))
        let padding = configuration.packetLimit - envelope.overhead - body.bytes.count
        body.write(zeroes: max(0, padding))
        post(
            body, .pull(nonce: 0, after: nil), to: address, limit: configuration.packetLimit,
            into: &effects)
    }

    mutating func answerPull(
        _ nonce: UInt64, _ after: NodeID?, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        let limit = min(origin.size, configuration.packetLimit)
        let first = after.map(table.insertionIndex(of:)) ?? 0
        let longest = bare(.table(nonce: nonce, next: id)).bytes.count
        var claims = Parcel(room: limit - envelope.overhead - longest)
        var last = after
        var next: NodeID?
        for peer in table.peers[first...] where peer.id != after && isTold(peer, now: now) {
            guard claims.add({ peer.claim(withProfile: true).encode(into: &$0) }) else {
                next = last
                break
            }
            last = peer.id
        }
        var body = ByteWriter(capacity: configuration.packetLimit)
        writeHead(.table(nonce: nonce, next: claims.isEmpty ? nil : next), &body)
        claims.close(into: &body)
        body.write(UInt8(0))
        post(
            body, .table(nonce: 0, next: nil), to: origin.address, limit: limit, into: &effects)
    }

    /// The dead are told for half the time that they are remembered, so that they are not
    /// remembered for ever by being told in turn.
    func isTold(_ peer: Peer, now: Instant) -> Bool {
        guard peer.standing.bootEpoch > 0 else { return false }
        return peer.liveness.isLive || peer.isKept
            || now - peer.since < configuration.forgetAfter / 2
    }

    mutating func takeTable(
        _ nonce: UInt64, _ next: NodeID?, _ origin: Origin, into effects: inout [GossipEffect]
    ) {
        guard let answered = pulls.take(nonce) else { return }
        if let seed = answered.seed { seeds.answered(seed, by: origin.id) }
        // Every answer that goes on brought a claim, so its cursor only moves up.
        guard let next, !answered.isIntroduction else { return }
        if links.contains(origin.id) {
            openComparison(with: origin.id, into: &effects)
        } else {
            pull(after: next, seed: nil, from: origin.address, into: &effects)
        }
    }

    /// A different digest while nothing is on its way by gossip means that something was missed.
    /// Pulls that change nothing come ever more rarely.
    mutating func compare(
        _ digest: UInt64, with origin: Origin, now: Instant, into effects: inout [GossipEffect]
    ) {
        pulls.nextSync = min(pulls.nextSync, now + pulls.syncDelay)
        guard digest != table.digest, pulls.nextSync <= now,
            dissemination.isEmpty || pulls.nextSync + configuration.probeInterval * 4 <= now
        else { return }
        pulls.nextSync = now + pulls.syncDelay
        pulls.syncDelay = min(pulls.syncDelay * 2, configuration.deadProbeMaximum)
        if links.contains(origin.id) {
            openComparison(with: origin.id, into: &effects)
        } else {
            pull(after: nil, seed: nil, from: origin.address, into: &effects)
        }
    }
}
