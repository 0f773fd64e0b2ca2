package import GrepvineDistCore

/// A small message of a node to all others, once each, best effort. Ordered and acknowledged
/// delivery is not its business.
package struct GossipBroadcast: Hashable, Sendable {
    package var origin: Identity
    /// Counts the origin's broadcasts in this life, from 1.
    package var sequence: UInt64
    /// At most `GossipLimit.broadcast` bytes.
    package var payload: [UInt8]

    package init(origin: Identity, sequence: UInt64, payload: [UInt8]) {
        self.origin = origin
        self.sequence = sequence
        self.payload = payload
    }

    package func encode(into writer: inout ByteWriter) {
        writer.write(origin.id)
        writer.write(origin.bootEpoch)
        writer.write(sequence)
        writer.write(medium: payload)
    }

    package init?(from reader: inout ByteReader) {
        guard let id = reader.readNodeID(), let bootEpoch = reader.readCounter(),
            let sequence = reader.readCounter(), let payload = reader.readMedium(),
            payload.count <= GossipLimit.broadcast
        else { return nil }
        self.init(
            origin: Identity(id: id, bootEpoch: bootEpoch), sequence: sequence,
            payload: Array(payload))
    }
}

/// The last 64 broadcasts heard from one origin, so that each is handed up once.
struct BroadcastWindow: Sendable {
    private var bootEpoch: UInt64 = 0
    private var highest: UInt64 = 0
    /// Bit i: `highest - i` was heard.
    private var heard: UInt64 = 0

    /// Whether it is news; what is older than the window counts as heard.
    mutating func admit(_ broadcast: GossipBroadcast) -> Bool {
        guard broadcast.sequence > 0, broadcast.origin.bootEpoch >= bootEpoch else { return false }
        if broadcast.origin.bootEpoch > bootEpoch {
            self = BroadcastWindow()
            bootEpoch = broadcast.origin.bootEpoch
        }
        if broadcast.sequence > highest {
            let step = broadcast.sequence - highest
            heard = step < 64 ? heard << step | 1 : 1
            highest = broadcast.sequence
            return true
        }
        let age = highest - broadcast.sequence
        guard age < 64, heard & (1 << age) == 0 else { return false }
        heard |= 1 << age
        return true
    }
}
