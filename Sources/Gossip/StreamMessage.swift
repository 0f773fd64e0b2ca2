package import GrepvineDistCore

/// What members say over the stream that the owner holds between them: probes when datagrams fail,
/// and the comparison of their tables (S5).
package enum StreamMessage: Hashable, Sendable {
    case probe(nonce: UInt64)
    case probeAck(nonce: UInt64, healthy: Bool)
    /// The digest of each part of the sender's table: where do we differ?
    case compare(digests: [UInt64])
    /// In these parts, bit by bit; and what the answerer holds there.
    case differ(parts: UInt64, entries: [Entry])
    /// What the receiver lacks or has otherwise, and which members' claims the sender wants.
    case claims([Claim], wanted: [NodeID])

    package struct Entry: Hashable, Sendable {
        package var id: NodeID
        /// Equal for equal standing and metadata.
        package var fingerprint: UInt64

        package init(id: NodeID, fingerprint: UInt64) {
            self.id = id
            self.fingerprint = fingerprint
        }
    }

    /// Parts of a table, by the low bits of a member's id: one word tells which of them differ.
    package static let parts = 64
    /// Bytes of one encoded message at most, a few claims aside.
    package static let limit = 256 << 10

    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 64)
        switch self {
        case .probe(let nonce):
            writer.write(UInt8(1))
            writer.write(nonce)
        case .probeAck(let nonce, let healthy):
            writer.write(UInt8(2))
            writer.write(nonce)
            writer.write(healthy ? UInt8(1) : 0)
        case .compare(let digests):
            writer.write(UInt8(3))
            for digest in digests { writer.write(digest) }
        case .differ(let parts, let entries):
            writer.write(UInt8(4))
            writer.write(parts)
            writer.write(UInt32(entries.count))
            for entry in entries {
                writer.write(entry.id)
                writer.write(entry.fingerprint)
            }
        case .claims(let claims, let wanted):
            writer.write(UInt8(5))
            writer.write(UInt32(claims.count))
            for claim in claims { claim.encode(into: &writer) }
            writer.write(UInt32(wanted.count))
            for id in wanted { writer.write(id) }
        }
        return writer.bytes
    }

    /// Total: nil for whatever is no whole message. Memory grows only with what is really there.
    package init?(_ bytes: ArraySlice<UInt8>) {
        var reader = ByteReader(bytes)
        guard let message = Self(from: &reader), reader.remaining == 0 else { return nil }
        self = message
    }

    private init?(from reader: inout ByteReader) {
        switch reader.readUInt8() {
        case 1:
            guard let nonce = reader.readUInt64() else { return nil }
            self = .probe(nonce: nonce)
        case 2:
            guard let nonce = reader.readUInt64(), let flag = reader.readUInt8(), flag <= 1
            else { return nil }
            self = .probeAck(nonce: nonce, healthy: flag == 1)
        case 3:
            let digests = (0..<Self.parts).compactMap { _ in reader.readUInt64() }
            guard digests.count == Self.parts else { return nil }
            self = .compare(digests: digests)
        case 4:
            guard let parts = reader.readUInt64(),
                let entries = reader.readList(Entry.init(from:))
            else { return nil }
            self = .differ(parts: parts, entries: entries)
        case 5:
            guard let claims = reader.readList(Claim.init(from:)),
                let wanted = reader.readList({ $0.readNodeID() })
            else { return nil }
            self = .claims(claims, wanted: wanted)
        default: return nil
        }
    }
}

extension StreamMessage.Entry {
    fileprivate init?(from reader: inout ByteReader) {
        guard let id = reader.readNodeID(), let fingerprint = reader.readUInt64()
        else { return nil }
        self.init(id: id, fingerprint: fingerprint)
    }
}

extension ByteReader {
    /// A count of four bytes, then that many; no table has more members.
    fileprivate mutating func readList<Element>(
        _ read: (inout ByteReader) -> Element?
    ) -> [Element]? {
        guard let count = readUInt32(), count <= 1 << 14 else { return nil }
        var list: [Element] = []
        for _ in 0..<count {
            guard let element = read(&self) else { return nil }
            list.append(element)
        }
        return list
    }
}
