package import GrepvineDistCore

/// Questions about which keys there are, spread over the nodes that serve them: DBSIZE and SCAN.
struct KeyQueries {
    struct Query {
        let request: RequestID
        let deadline: Instant
        /// Nodes that have not answered.
        var waiting: [NodeID]
        var page = KeysPage()
    }

    var table: [UInt64: Query] = [:]
}

/// Live keys of the cluster: how many, or some of them.
package struct KeysPage: Hashable, Sendable {
    package var count: UInt64 = 0
    package var keys: [Key] = []
    /// Where the next page begins; 0 after the last.
    package var cursor: UInt64 = 0
}

/// `keys`: count the live keys of partitions, or list a page of one.
enum KeysMessage: Equatable {
    case count(PartitionSet)
    /// From a cursor, which names the partition, about so many.
    case page(cursor: UInt64, limit: UInt32)

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 144)
        switch self {
        case .count(let partitions):
            body.write(UInt8(0))
            partitions.write(to: &body)
        case .page(let cursor, let limit):
            body.write(UInt8(1))
            body.write(cursor)
            body.write(limit)
        }
        return body.bytes
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        switch reader.readUInt8() {
        case 0:
            guard let partitions = PartitionSet(reading: &reader) else { return nil }
            self = .count(partitions)
        case 1:
            guard let cursor = reader.readUInt64(), let limit = reader.readUInt32() else {
                return nil
            }
            self = .page(cursor: cursor, limit: limit)
        default: return nil
        }
        guard reader.remaining == 0 else { return nil }
    }
}

extension KeysPage {
    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 24 + keys.count * 24)
        body.write(count)
        body.write(cursor)
        body.write(UInt32(keys.count))
        for key in keys { body.write(medium: key.bytes) }
        return body.bytes
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard let count = reader.readUInt64(), let cursor = reader.readUInt64(),
            let keys = reader.readUInt32(), Int(keys) <= reader.remaining / 2
        else { return nil }
        self.count = count
        self.cursor = cursor
        for _ in 0..<keys {
            guard let key = reader.readMedium() else { return nil }
            self.keys.append(Key(Array(key)))
        }
        guard reader.remaining == 0 else { return nil }
    }
}
