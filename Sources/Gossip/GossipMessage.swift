package import GrepvineDistCore

/// The first part of every datagram's body. Nonces are random: only who received a question can
/// answer it, which is what makes a source verified (S6).
package enum GossipMessage: Hashable, Sendable {
    /// Is `target` there? Anybody else at that address stays silent.
    case ping(nonce: UInt64, target: NodeID, digest: UInt64)
    /// `healthy` is false when the data plane is not (S4).
    case ack(nonce: UInt64, digest: UInt64, healthy: Bool)
    /// Ping `target` for me and relay its ack.
    case pingRequest(nonce: UInt64, target: NodeID)
    case relayedAck(nonce: UInt64, healthy: Bool)
    /// The one that I was asked to ping has not answered yet; but I am here (Lifeguard §IV-A).
    case nack(nonce: UInt64)
    /// Claims and broadcasts only.
    case gossip
    /// Tell me your members with an id above `after`, from the lowest when nil. Padded to the
    /// packet limit, since the answer is never longer than the question.
    case pull(nonce: UInt64, after: NodeID?)
    /// Members in ascending order as claims; `next` is where to pull on, nil when that was all.
    case table(nonce: UInt64, next: NodeID?)
    /// You are of another cluster. Never answered.
    case refuse
    /// The answer to a ping from another process with this node's id: two of us are alive (S1).
    /// `settled` when this one belongs to the cluster since a while; `began` is the boot epoch that
    /// it started with, whatever it had to raise it to since.
    case rival(nonce: UInt64, settled: Bool, began: UInt64)
}

/// One datagram without its envelope. Bytes after the last field are ignored: they are padding
/// now, and room for later versions.
package struct GossipDatagram: Hashable, Sendable {
    package var sender: Identity
    package var message: GossipMessage
    package var claims: [Claim]
    package var broadcasts: [GossipBroadcast]

    package init(
        sender: Identity, message: GossipMessage, claims: [Claim] = [],
        broadcasts: [GossipBroadcast] = []
    ) {
        self.sender = sender
        self.message = message
        self.claims = claims
        self.broadcasts = broadcasts
    }

    package init?(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        guard let id = reader.readNodeID(), let bootEpoch = reader.readCounter(),
            let message = GossipMessage(from: &reader),
            let claims = Self.readList(&reader, Claim.init(from:)),
            let broadcasts = Self.readList(&reader, GossipBroadcast.init(from:))
        else { return nil }
        self.init(
            sender: Identity(id: id, bootEpoch: bootEpoch), message: message, claims: claims,
            broadcasts: broadcasts)
    }

    /// A count, then that many; memory grows only with what is really there.
    private static func readList<Element>(
        _ reader: inout ByteReader, _ read: (inout ByteReader) -> Element?
    ) -> [Element]? {
        guard let count = reader.readUInt8() else { return nil }
        var list: [Element] = []
        for _ in 0..<count {
            guard let element = read(&reader) else { return nil }
            list.append(element)
        }
        return list
    }
}

extension GossipMessage {
    package func encode(into writer: inout ByteWriter) {
        writer.write(kind)
        switch self {
        case .ping(let nonce, let target, let digest):
            writer.write(nonce)
            writer.write(target)
            writer.write(digest)
        case .ack(let nonce, let digest, let healthy):
            writer.write(nonce)
            writer.write(digest)
            writer.write(healthy ? UInt8(1) : 0)
        case .pingRequest(let nonce, let target):
            writer.write(nonce)
            writer.write(target)
        case .relayedAck(let nonce, let healthy):
            writer.write(nonce)
            writer.write(healthy ? UInt8(1) : 0)
        case .nack(let nonce): writer.write(nonce)
        case .rival(let nonce, let settled, let began):
            writer.write(nonce)
            writer.write(settled ? UInt8(1) : 0)
            writer.write(began)
        case .pull(let nonce, let cursor), .table(let nonce, let cursor):
            writer.write(nonce)
            writer.write(cursor == nil ? UInt8(0) : 1)
            if let cursor { writer.write(cursor) }
        case .gossip, .refuse: break
        }
    }

    package var kind: UInt8 {
        switch self {
        case .ping: 1
        case .ack: 2
        case .pingRequest: 3
        case .relayedAck: 4
        case .gossip: 5
        case .pull: 6
        case .table: 7
        case .refuse: 8
        case .nack: 9
        case .rival: 10
        }
    }

    package init?(from reader: inout ByteReader) {
        guard let kind = reader.readUInt8() else { return nil }
        switch kind {
        case 5: self = .gossip
        case 8: self = .refuse
        case 1...7, 9, 10:
            guard let nonce = reader.readUInt64() else { return nil }
            self.init(kind: kind, nonce: nonce, from: &reader)
        default: return nil
        }
    }

    private init?(kind: UInt8, nonce: UInt64, from reader: inout ByteReader) {
        switch kind {
        case 1:
            guard let target = reader.readNodeID(), let digest = reader.readUInt64()
            else { return nil }
            self = .ping(nonce: nonce, target: target, digest: digest)
        case 2:
            guard let digest = reader.readUInt64(), let healthy = reader.readFlag()
            else { return nil }
            self = .ack(nonce: nonce, digest: digest, healthy: healthy)
        case 3:
            guard let target = reader.readNodeID() else { return nil }
            self = .pingRequest(nonce: nonce, target: target)
        case 4:
            guard let healthy = reader.readFlag() else { return nil }
            self = .relayedAck(nonce: nonce, healthy: healthy)
        case 9: self = .nack(nonce: nonce)
        case 10:
            guard let settled = reader.readFlag(), let began = reader.readCounter()
            else { return nil }
            self = .rival(nonce: nonce, settled: settled, began: began)
        default:
            guard let more = reader.readFlag() else { return nil }
            let cursor = more ? reader.readNodeID() : nil
            guard more == (cursor != nil) else { return nil }
            self =
                kind == 6 ? .pull(nonce: nonce, after: cursor) : .table(nonce: nonce, next: cursor)
        }
    }
}

extension ByteReader {
    fileprivate mutating func readFlag() -> Bool? {
        guard let byte = readUInt8(), byte <= 1 else { return nil }
        return byte == 1
    }
}
