package import GrepvineDistCore

/// What goes over the owner's streams. Reliable and in order while a stream lasts; what was on the
/// way when it broke is lost, and asked for again by the next comparison.
extension Membership {
    /// The owner's stream to a member came up or went down. One that comes up shows that the member
    /// can be reached: if it was held dead, it is asked at once.
    package mutating func linkChanged(to peer: NodeID, isUp: Bool, now: Instant) {
        guard isUp else {
            links.remove(peer)
            return
        }
        links.insert(peer)
        guard let index = table.index(of: peer), table.peers[index].liveness == .dead else {
            return
        }
        table.update(index) { $0.retry.hasten(to: now) }
        schedule(now: now)
    }

    /// Takes one message as it came by stream from a member whose stream the owner has accepted.
    /// Total: false for what is no message.
    package mutating func receive(
        stream bytes: ArraySlice<UInt8>, from peer: NodeID, now: Instant,
        into effects: inout [GossipEffect]
    ) -> Bool {
        guard hasStarted, peer != id else { return true }
        guard let message = StreamMessage(bytes) else {
            statistics.undecodable += 1
            return false
        }
        forgivePause(now: now)
        statistics.received.count(kind: 0, bytes: bytes.count)
        switch message {
        case .probe(let nonce):
            stream(
                .probeAck(nonce: nonce, healthy: isHealthy && !hasLeft), to: peer, into: &effects)
        case .probeAck(let nonce, let healthy): takeStreamAck(nonce, healthy, from: peer, now: now)
        case .compare(let digests): compare(digests, with: peer, into: &effects)
        case .differ(let parts, let entries):
            answer(parts, entries, of: peer, now: now, into: &effects)
        case .claims(let claims, let wanted):
            take(claims, wanted, from: peer, now: now, into: &effects)
        }
        schedule(now: now)
        return true
    }

    mutating func stream(
        _ message: StreamMessage, to peer: NodeID, into effects: inout [GossipEffect]
    ) {
        let bytes = message.encoded()
        statistics.sent.count(kind: 0, bytes: bytes.count)
        effects.append(.stream(bytes, to: peer))
    }

    private mutating func takeStreamAck(
        _ nonce: UInt64, _ healthy: Bool, from peer: NodeID, now: Instant
    ) {
        guard probing.probe(nonce)?.target == peer, let index = table.index(of: peer)
        else { return }
        statistics.streamAnswers += 1
        table.update(index) { $0.lastSeen = now }
        answered(nonce, isHealthy: healthy)
    }

    // The comparison: digests of the parts, then what is in the parts that differ, then the claims
    // of those members that differ, both ways. Equal tables cost nothing: the digest in every ping
    // has told so.

    mutating func openComparison(with peer: NodeID, into effects: inout [GossipEffect]) {
        statistics.syncs += 1
        stream(.compare(digests: partDigests), to: peer, into: &effects)
    }

    private var partDigests: [UInt64] {
        var digests = [UInt64](repeating: 0, count: StreamMessage.parts)
        for peer in table.peers { digests[Self.part(of: peer.id)] &+= peer.digest }
        return digests
    }

    private static func part(of id: NodeID) -> Int { Int((id.high ^ id.low) & 63) }

    private mutating func compare(
        _ digests: [UInt64], with peer: NodeID, into effects: inout [GossipEffect]
    ) {
        var parts: UInt64 = 0
        for (part, digest) in partDigests.enumerated() where digest != digests[part] {
            parts |= 1 << UInt64(part)
        }
        guard parts != 0 else { return }
        let entries = table.peers.filter { parts >> UInt64(Self.part(of: $0.id)) & 1 == 1 }
            .map { StreamMessage.Entry(id: $0.id, fingerprint: $0.fingerprint) }
        stream(.differ(parts: parts, entries: entries), to: peer, into: &effects)
    }

    /// Both lists ascend by id, as tables do. A list that does not is walked all the same.
    private mutating func answer(
        _ parts: UInt64, _ entries: [StreamMessage.Entry], of peer: NodeID, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        var told: [NodeID] = []
        var wanted: [NodeID] = []
        var rest = entries[...]
        for mine in table.peers where parts >> UInt64(Self.part(of: mine.id)) & 1 == 1 {
            while let theirs = rest.first, theirs.id < mine.id {
                wanted.append(theirs.id)
                rest.removeFirst()
            }
            let isShared = rest.first?.id == mine.id
            if isShared, rest.removeFirst().fingerprint == mine.fingerprint { continue }
            if isShared { wanted.append(mine.id) }
            if isTold(mine, now: now) { told.append(mine.id) }
        }
        wanted += rest.map(\.id)
        guard !told.isEmpty || !wanted.isEmpty else { return }
        send(claimsOf: told, wanted: wanted, to: peer, into: &effects)
    }

    private mutating func take(
        _ claims: [Claim], _ wanted: [NodeID], from peer: NodeID, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        let origin = Origin(id: peer, address: table[peer]?.address ?? own.address, size: 0)
        for claim in claims {
            absorb(claim, from: origin, isHearsay: true, now: now, into: &effects)
        }
        guard !wanted.isEmpty else { return }
        send(claimsOf: wanted, wanted: [], to: peer, into: &effects)
    }

    /// As much as fits into one message: what does not is found by the next comparison.
    private mutating func send(
        claimsOf ids: [NodeID], wanted: [NodeID], to peer: NodeID,
        into effects: inout [GossipEffect]
    ) {
        var claims: [Claim] = []
        var bytes = 16 * wanted.count
        for id in ids where bytes < StreamMessage.limit {
            guard let claim = table[id]?.claim(withProfile: true), claim.standing.bootEpoch > 0
            else { continue }
            claims.append(claim)
            bytes += claim.longestSize
        }
        statistics.syncedClaims += claims.count
        stream(.claims(claims, wanted: wanted), to: peer, into: &effects)
    }
}

extension Claim {
    /// At most so many bytes when encoded.
    fileprivate var longestSize: Int {
        64 + name.utf8.count + address.host.utf8.count + 16 * accusers.count
            + (profile == nil ? 0 : GossipLimit.metadata)
    }
}
