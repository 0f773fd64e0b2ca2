package import GrepvineDistCore

/// What a user broadcast is about. Members that do not know a kind still pass it on.
package struct BroadcastKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    /// Nil from `GossipLimit.broadcastKinds` on.
    package init?(rawValue: UInt8) {
        guard rawValue < GossipLimit.broadcastKinds else { return nil }
        self.rawValue = rawValue
    }

    private init(_ number: UInt8) { rawValue = number }

    /// The epoch and digest of a topology that the sender holds (P3).
    package static let topology = BroadcastKind(1)
    /// The lowest stamp of the sender's writes that some owner may still lack (T1).
    package static let watermark = BroadcastKind(2)
    /// Digests of partitions (A1).
    package static let digests = BroadcastKind(3)
}

/// The newest word of a node about one kind of thing, to all others, best effort: one that is
/// overtaken by a newer one of its kind on the way is dropped (S5). Ordered and acknowledged
/// delivery is not its business; whoever needs certainty repeats itself.
package struct GossipBroadcast: Hashable, Sendable {
    package var origin: Identity
    package var kind: BroadcastKind
    /// Counts the origin's broadcasts in this life, from 1.
    package var sequence: UInt64
    /// At most `GossipLimit.broadcast` bytes.
    package var payload: [UInt8]

    package init(origin: Identity, kind: BroadcastKind, sequence: UInt64, payload: [UInt8]) {
        self.origin = origin
        self.kind = kind
        self.sequence = sequence
        self.payload = payload
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(origin.id)
        writer.write(origin.bootEpoch)
        writer.write(kind.rawValue)
        writer.write(sequence)
        writer.write(medium: payload)
    }

    package init?(from reader: inout ByteReader) {
        guard let id = reader.readNodeID(), let bootEpoch = reader.readCounter(),
            let kind = reader.readUInt8().flatMap(BroadcastKind.init(rawValue:)),
            let sequence = reader.readCounter(), let payload = reader.readMedium(),
            payload.count <= GossipLimit.broadcast
        else { return nil }
        self.init(
            origin: Identity(id: id, bootEpoch: bootEpoch), kind: kind, sequence: sequence,
            payload: Array(payload))
    }
}

/// The newest broadcast heard of each kind from one origin, so that each is handed up once and an
/// old one never after a new one.
struct BroadcastWindow: Sendable {
    private var bootEpoch: UInt64 = 0
    private var newest = [UInt64](repeating: 0, count: Int(GossipLimit.broadcastKinds))

    /// Whether it is news.
    mutating func admit(_ broadcast: GossipBroadcast) -> Bool {
        guard broadcast.origin.bootEpoch >= bootEpoch else { return false }
        if broadcast.origin.bootEpoch > bootEpoch {
            self = BroadcastWindow()
            bootEpoch = broadcast.origin.bootEpoch
        }
        let kind = Int(broadcast.kind.rawValue)
        guard broadcast.sequence > newest[kind] else { return false }
        newest[kind] = broadcast.sequence
        return true
    }
}
