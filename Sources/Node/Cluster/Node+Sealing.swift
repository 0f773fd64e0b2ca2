import GrepvineDistCore
import GrepvineGossip

/// Datagrams on their way in: the seal is off already, or never was on.
extension Node {
    /// A datagram as it came from the socket.
    mutating func receive(datagram bytes: [UInt8], from address: Address, now: Moment) {
        switch GossipEnvelope.format(of: bytes[...]) {
        case .notice:
            guard let notice = GossipNotice(bytes[...]) else {
                return refuse(.malformed, "", from: address, now: now)
            }
            hear(notice, from: address, now: now)
        case .sealed:
            // With keys the edge would have opened it.
            let why = "\(address) seals its gossip and this node has no key (--gossip-key-file)"
            refuse(.noKeys, why, answer: .hasNoKeys, to: bytes.count, from: address, now: now)
        case .clear where gossipGuard.encryption == .require,
            .heartbeat where gossipGuard.encryption == .require:
            let why =
                "\(address) gossips in clear and this node requires encryption"
                + " (--gossip-encryption)"
            refuse(.inClear, why, answer: .wantsSealed, to: bytes.count, from: address, now: now)
        default:
            gossiped(now) { $0.receive(bytes, from: address, now: now.instant, into: &$1) }
        }
    }

    mutating func receive(_ opened: OpenedDatagram, from address: Address, now: Moment) {
        guard let datagram = GossipDatagram(opened.body) else {
            return refuse(
                .malformed, "undecodable sealed datagram from \(address)", from: address, now: now)
        }
        if let refusal = gossipGuard.admit(datagram, opened.nonce) {
            let what = refusal == .replayed ? "was heard before" : "is of an earlier life"
            return refuse(
                refusal, "a datagram of \(name(of: datagram.sender.id)) from \(address) \(what)",
                from: address, now: now)
        }
        gossiped(now) {
            $0.receive(datagram, size: opened.size, from: address, now: now.instant, into: &$1)
        }
    }

    mutating func receive(_ unopened: UnopenedDatagram, from address: Address, now: Moment) {
        switch unopened.reason {
        case .malformed:
            refuse(.malformed, "malformed datagram from \(address)", from: address, now: now)
        case .otherCluster(let theirs):
            let why =
                "this node belongs to cluster \"\(configuration.cluster)\", \(address) belongs to"
                + " \"\(theirs)\""
            refuse(
                .otherCluster, why, answer: .otherCluster, to: unopened.size, from: address,
                now: now)
        case .unknownKey(let key):
            let why = "\(address) seals with key \(key), which this node does not hold"
            refuse(
                .unknownKey, why, answer: .unknownKey, to: unopened.size, from: address, now: now)
        case .forged(let key):
            let why = "a datagram from \(address) under key \(key) is forged or damaged"
            refuse(.forged, why, from: address, now: now)
        }
    }

    /// Counts and drops. Now and then it says so: here, and to the sender when `answer` tells what;
    /// that is never longer than what it answers (S6).
    private mutating func refuse(
        _ refusal: SealRefusal, _ why: String, answer: GossipNotice.Reason? = nil,
        to size: Int = 0, from address: Address, now: Moment
    ) {
        guard let silenced = gossipGuard.note(refusal, from: address, now: now.instant) else {
            return
        }
        log(
            .warning, "gossip-turned-away",
            [
                "why": .text(refusal.rawValue), "reason": .text(why),
                "silenced": .count(silenced),
            ])
        guard let answer else { return }
        let notice = GossipNotice(cluster: configuration.cluster, reason: answer).encoded
        if notice.count <= size { effects.append(.datagram(notice, to: address)) }
    }

    private mutating func hear(_ notice: GossipNotice, from address: Address, now: Moment) {
        guard let silenced = gossipGuard.note(notice, from: address, now: now.instant) else {
            return
        }
        let reason =
            switch notice.reason {
            case .wantsSealed: "\(address) takes sealed gossip only (--gossip-encryption)"
            case .hasNoKeys: "\(address) has no gossip key"
            case .unknownKey: "\(address) does not hold the key that this node seals with"
            case .otherCluster:
                "\(address) belongs to cluster \"\(notice.cluster)\", this node to"
                    + " \"\(configuration.cluster)\""
            }
        log(
            .warning, "gossip-not-heard",
            ["reason": .text(reason), "silenced": .count(silenced)])
    }
}
