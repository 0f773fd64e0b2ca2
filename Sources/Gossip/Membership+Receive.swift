package import GrepvineDistCore

extension Membership {
    /// Takes one datagram as it came from the socket. Total: whatever the bytes, nothing breaks.
    package mutating func receive(
        _ bytes: ArraySlice<UInt8>, from source: Address, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard hasStarted else { return }
        forgivePause(now: now)
        switch envelope.open(bytes) {
        case .heartbeat(let heartbeat):
            receive(heartbeat, size: bytes.count, from: source, now: now, into: &effects)
        case .body(let body):
            guard let datagram = GossipDatagram(body) else { fallthrough }
            let origin = Origin(id: datagram.sender.id, address: source, size: bytes.count)
            statistics.received.count(kind: datagram.message.kind, bytes: bytes.count)
            receive(datagram, origin, now: now, into: &effects)
        case .damaged:
            statistics.undecodable += 1
            effects.append(.refused(.undecodable(from: source)))
        case .otherFormat(let format):
            statistics.undecodable += 1
            effects.append(.refused(.otherFormat(format, from: source)))
        case .otherCluster(let name, let body):
            refuse(name, body, size: bytes.count, from: source, into: &effects)
        }
        schedule(now: now)
    }

    package mutating func receive(
        _ bytes: [UInt8], from source: Address, now: Instant, into effects: inout [GossipEffect]
    ) {
        receive(bytes[...], from: source, now: now, into: &effects)
    }

    /// Names both clusters here, and once over there. A refusal is never answered, and the answer
    /// is never longer than what it answers.
    private mutating func refuse(
        _ theirs: String, _ body: ArraySlice<UInt8>, size: Int, from source: Address,
        into effects: inout [GossipEffect]
    ) {
        statistics.wrongCluster += 1
        let mine = envelope.cluster
        effects.append(.refused(.wrongCluster(mine: mine, theirs: theirs, from: source)))
        guard let datagram = GossipDatagram(body), datagram.message != .refuse else { return }
        post(bare(.refuse), .refuse, to: source, limit: size, into: &effects)
    }

    mutating func receive(
        _ datagram: GossipDatagram, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard datagram.sender.id != id else {
            receiveFromSelf(datagram, origin, now: now, into: &effects)
            return
        }
        // Whoever returns under another address hears what was known of the old one first: that may
        // be another process, and alive.
        let isPull = if case .pull = datagram.message { true } else { false }
        if isPull, !hasLeft { dispatch(datagram.message, origin, now: now, into: &effects) }
        let isTable = if case .table = datagram.message { true } else { false }
        for claim in datagram.claims {
            absorb(claim, from: origin, isHearsay: isTable, now: now, into: &effects)
        }
        for broadcast in datagram.broadcasts { absorb(broadcast, into: &effects) }
        guard !hasLeft, !isPull else { return }
        dispatch(datagram.message, origin, now: now, into: &effects)
    }

    private mutating func dispatch(
        _ message: GossipMessage, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        switch message {
        case .ping(let nonce, let target, let digest):
            answerPing(nonce, target, digest, origin, now: now, into: &effects)
        case .ack(let nonce, let digest, let healthy):
            takeAck(nonce, digest, healthy, origin, now: now, into: &effects)
        case .pingRequest(let nonce, let target):
            relayPing(nonce, target, origin, now: now, into: &effects)
        case .relayedAck(let nonce, let healthy): answered(nonce, isHealthy: healthy)
        case .nack(let nonce): probing.nacked(nonce)
        case .pull(let nonce, let after):
            answerPull(nonce, after, origin, now: now, into: &effects)
        case .table(let nonce, let next):
            takeTable(nonce, next, origin, into: &effects)
        case .gossip, .refuse, .rival: break
        }
    }

    private mutating func absorb(
        _ broadcast: GossipBroadcast, into effects: inout [GossipEffect]
    ) {
        // Only members have windows, so that nobody can make this node remember strangers.
        guard broadcast.origin.id != id, table.index(of: broadcast.origin.id) != nil,
            windows[broadcast.origin.id, default: BroadcastWindow()].admit(broadcast)
        else { return }
        broadcasts.enqueue(broadcast)
        effects.append(.broadcast(broadcast))
    }
}

/// Where a datagram came from, and how long it was: the measure of any answer to a stranger.
struct Origin {
    let id: NodeID
    let address: Address
    let size: Int
}
