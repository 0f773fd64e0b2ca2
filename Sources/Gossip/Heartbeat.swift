package import GrepvineDistCore

/// A ping or an ack of a cluster at rest, which has nothing to carry. It leaves out what the
/// receiver knows: the name of the cluster, which is in the checksum all the same; the life of the
/// sender; and of an ack even the sender, since only one member can have got that nonce.
///
/// Whenever there is news, and to whoever does not answer, the same messages go as whole datagrams.
package enum Heartbeat: Hashable, Sendable {
    case ping(sender: NodeID, nonce: UInt64, target: UInt32, digest: UInt64)
    /// From a member whose data plane works.
    case ack(nonce: UInt64, digest: UInt64)

    /// Stands for the member that is asked: anybody else stays silent.
    package static func mark(of id: NodeID) -> UInt32 {
        let folded = id.high ^ id.low
        return UInt32(truncatingIfNeeded: folded ^ folded >> 32)
    }

    private var kind: UInt8 {
        switch self {
        case .ping: 1
        case .ack: 2
        }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(kind)
        switch self {
        case .ping(let sender, let nonce, let target, let digest):
            writer.write(sender)
            writer.write(nonce)
            writer.write(target)
            writer.write(digest)
        case .ack(let nonce, let digest):
            writer.write(nonce)
            writer.write(digest)
        }
    }

    /// Nil unless it is that and nothing else.
    init?(from reader: inout ByteReader) {
        switch reader.readUInt8() {
        case 1:
            guard let sender = reader.readNodeID(), let nonce = reader.readUInt64(),
                let target = reader.readUInt32(), let digest = reader.readUInt64()
            else { return nil }
            self = .ping(sender: sender, nonce: nonce, target: target, digest: digest)
        case 2:
            guard let nonce = reader.readUInt64(), let digest = reader.readUInt64()
            else { return nil }
            self = .ack(nonce: nonce, digest: digest)
        default: return nil
        }
        guard reader.remaining == 0 else { return nil }
    }
}

extension Membership {
    /// The short form of a message that carries nothing, when its receiver will understand it.
    func heartbeat(_ message: GossipMessage, to receiver: NodeID) -> Heartbeat? {
        guard !envelope.isSealed else { return nil }
        switch message {
        case .ping(let nonce, let target, let digest) where table.liveness(of: receiver) == .alive:
            return .ping(
                sender: id, nonce: nonce, target: Heartbeat.mark(of: target), digest: digest)
        case .ack(let nonce, let digest, healthy: true):
            return .ack(nonce: nonce, digest: digest)
        default: return nil
        }
    }

    mutating func receive(
        _ heartbeat: Heartbeat, size: Int, from source: Address, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        switch heartbeat {
        case .ping(let sender, let nonce, let target, let digest):
            let message = GossipMessage.ping(nonce: nonce, target: id, digest: digest)
            statistics.received.count(kind: message.kind, bytes: size)
            guard !hasLeft, target == Heartbeat.mark(of: id), sender != id else { return }
            let origin = Origin(id: sender, address: source, size: size)
            answerPing(nonce, id, digest, origin, now: now, into: &effects)
        case .ack(let nonce, let digest):
            let message = GossipMessage.ack(nonce: nonce, digest: digest, healthy: true)
            statistics.received.count(kind: message.kind, bytes: size)
            guard !hasLeft else { return }
            relayAck(nonce, isHealthy: true, into: &effects)
            // Too late: the probe has ended.
            guard let probe = probing.probe(nonce) else { return }
            let origin = Origin(id: probe.target, address: source, size: size)
            takeAck(nonce, digest, true, origin, now: now, into: &effects)
        }
    }
}
