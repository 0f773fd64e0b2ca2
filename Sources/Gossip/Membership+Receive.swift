package import GrepvineDistCore

extension Membership {
    /// Takes one datagram as it came from the socket. Total: whatever the bytes, nothing breaks.
    package mutating func receive(
        _ bytes: ArraySlice<UInt8>, from source: Address, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard hasStarted else { return }
        forgivePause(now: now)
        statistics.received += 1
        switch envelope.open(bytes) {
        case .body(let body):
            guard let datagram = GossipDatagram(body) else { fallthrough }
            let origin = Origin(id: datagram.sender.id, address: source, size: bytes.count)
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
        post(bare(.refuse), to: source, limit: size, into: &effects)
    }

    mutating func receive(
        _ datagram: GossipDatagram, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard datagram.sender.id != id else {
            receiveFromSelf(datagram, origin, into: &effects)
            return
        }
        var isTable = false
        if case .table = datagram.message { isTable = true }
        for claim in datagram.claims {
            absorb(claim, from: origin, isHearsay: isTable, now: now, into: &effects)
        }
        for broadcast in datagram.broadcasts { absorb(broadcast, into: &effects) }
        guard !hasLeft else { return }
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
            relayPing(nonce, target, origin, into: &effects)
        case .relayedAck(let nonce, let healthy):
            if healthy { probing.close(nonce) }
        case .pull(let nonce, let after):
            answerPull(nonce, after, origin, now: now, into: &effects)
        case .table(let nonce, let next):
            takeTable(nonce, next, origin, into: &effects)
        case .gossip, .refuse: break
        }
    }

    /// A seed that is this very node under another name, or another process with this node's id.
    private mutating func receiveFromSelf(
        _ datagram: GossipDatagram, _ origin: Origin, into effects: inout [GossipEffect]
    ) {
        if case .pull(let nonce, _) = datagram.message, let pull = pulls.take(nonce) {
            if let seed = pull.seed { seeds.answered(seed, by: id) }
        } else if datagram.sender.bootEpoch != own.standing.bootEpoch {
            effects.append(.refused(.duplicateID(id, address: origin.address)))
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
