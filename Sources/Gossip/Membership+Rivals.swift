import GrepvineDistCore

/// Two processes with one id (S1). Whoever starts asks at the address where its id is said to live
/// already. An answer from there is proof, since it repeats a random nonce, and the newcomer gives
/// way; without one, the other is an earlier life that has ended. Both sides say so in their logs.
extension Membership {
    /// For so long after its start a node is a newcomer.
    static var probation: Duration { .seconds(10) }

    func isNewcomer(now: Instant) -> Bool { now < started + Self.probation }

    private func rival(_ nonce: UInt64, now: Instant) -> GossipMessage {
        .rival(nonce: nonce, settled: !isNewcomer(now: now), began: firstBootEpoch)
    }

    /// A question to whoever has this node's id at an address. One a second at most.
    mutating func challenge(
        _ address: Address, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard address != own.address, !hasLeft,
            challenged.map({ $0.at + .seconds(1) <= now }) ?? true
        else { return }
        let nonce = dice.next()
        challenged = (nonce, now)
        let question = pingMessage(nonce, id)
        post(
            bare(question), question, to: address, limit: configuration.packetLimit, into: &effects)
    }

    /// A datagram from this node's own id: its own words by way of a seed that is itself, an
    /// earlier life's late ones, or another process's.
    mutating func receiveFromSelf(
        _ datagram: GossipDatagram, _ origin: Origin, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        if case .pull(let nonce, _) = datagram.message, let pull = pulls.take(nonce) {
            if let seed = pull.seed { seeds.answered(seed, by: id) }
            return
        }
        guard !hasLeft,
            datagram.sender.bootEpoch != own.standing.bootEpoch || origin.address != own.address
        else { return }
        switch datagram.message {
        case .ping(let nonce, id, _), .pull(let nonce, _):
            effects.append(.refused(.duplicateID(id, address: origin.address)))
            let answer = rival(nonce, now: now)
            post(bare(answer), answer, to: origin.address, limit: origin.size, into: &effects)
            outliveRival(of: datagram.sender.bootEpoch, into: &effects)
        case .rival(let nonce, let isSettled, let began):
            guard challenged?.nonce == nonce || pulls.take(nonce) != nil else { return }
            challenged = nil
            effects.append(.refused(.duplicateID(id, address: origin.address)))
            // Of two newcomers the earlier start stays.
            guard isNewcomer(now: now),
                isSettled || began < firstBootEpoch
            else { return }
            effects.append(.displaced(by: origin.address))
            return
        default: break
        }
        if isNewcomer(now: now) { challenge(origin.address, now: now, into: &effects) }
    }

    /// Others may have taken a newcomer that gives way for a later life of this node, at an address
    /// where nobody will be: only a life above that one brings them back.
    private func outliveRival(of bootEpoch: UInt64, into effects: inout [GossipEffect]) {
        guard bootEpoch > own.standing.bootEpoch, bootEpoch <= latestBootEpoch else { return }
        effects.append(.bootEpochBehind(known: bootEpoch))
    }
}
