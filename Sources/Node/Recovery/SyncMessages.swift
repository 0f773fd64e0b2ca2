import GrepvineDistCore
import GrepvineTransport

/// `pull`: one page of a partition's records, unless the digests agree by now.
struct PullMessage: Equatable {
    var partition: Partition
    /// 0 for the first page, then what the page before said.
    var cursor: UInt64
    var digest: PartitionDigest

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 34)
        body.write(partition.number)
        body.write(cursor)
        body.write(digest)
        return body.bytes
    }

    init(partition: Partition, cursor: UInt64, digest: PartitionDigest) {
        self.partition = partition
        self.cursor = cursor
        self.digest = digest
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard body.count == 34, let partition = reader.readPartition(),
            let cursor = reader.readUInt64(), let digest = reader.readDigest()
        else { return nil }
        self.init(partition: partition, cursor: cursor, digest: digest)
    }
}

/// `pullReply`: sixteen bytes, then records in their stored form, back to back.
struct PullReplyMessage {
    enum Status: UInt64 {
        case equal = 0
        case page = 1
        case notOwner = 2
    }

    var status: Status
    /// Where the next page begins; nil after the last.
    var next: UInt64?

    static let size = 24

    func encoded(with records: [UInt8] = []) -> [UInt8] {
        var body = ByteWriter(capacity: Self.size + records.count)
        body.write(status.rawValue)
        body.write(UInt64(next == nil ? 0 : 1))
        body.write(next ?? 0)
        body.write(raw: records)
        return body.bytes
    }

    init(_ status: Status, next: UInt64? = nil) {
        self.status = status
        self.next = next
    }

    /// The message and the bytes of its records, which are not checked here.
    static func decode(
        _ body: UnsafeRawBufferPointer
    ) -> (message: PullReplyMessage, records: UnsafeRawBufferPointer)? {
        guard body.count >= size, let status = Status(rawValue: body.word(at: 0)),
            body.word(at: 8) <= 1
        else { return nil }
        let next = body.word(at: 8) == 1 ? body.word(at: 16) : nil
        return (
            PullReplyMessage(status, next: next),
            UnsafeRawBufferPointer(rebasing: body[size...])
        )
    }
}

extension ByteWriter {
    mutating func write(_ digest: PartitionDigest) {
        write(digest.count)
        write(digest.low)
        write(digest.high)
    }
}

extension ByteReader {
    mutating func readDigest() -> PartitionDigest? {
        guard let count = readUInt64(), let low = readUInt64(), let high = readUInt64() else {
            return nil
        }
        return PartitionDigest(count: count, low: low, high: high)
    }

    mutating func readPartition() -> Partition? {
        guard let number = readUInt16(), Int(number) < Partition.count else { return nil }
        return Partition(number: number)
    }
}
