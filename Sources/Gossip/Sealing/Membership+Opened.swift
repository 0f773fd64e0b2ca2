package import GrepvineDistCore

extension Membership {
    /// Takes a datagram that came sealed and was opened at the edge. `size` is what it had on the
    /// wire: the measure of any answer to a stranger (S6).
    package mutating func receive(
        _ datagram: GossipDatagram, size: Int, from source: Address, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard hasStarted else { return }
        forgivePause(now: now)
        statistics.received.count(kind: datagram.message.kind, bytes: size)
        let origin = Origin(id: datagram.sender.id, address: source, size: size)
        receive(datagram, origin, now: now, into: &effects)
        schedule(now: now)
    }
}
