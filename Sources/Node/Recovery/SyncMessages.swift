import GrepvineDistCore
import GrepvineTransport

/// `pull`: one page of a partition's records, unless the digests agree by now.
struct PullMessage: Equatable {
    var partition: Partition
    /// 0 for the first page, then what the page before said.
    var cursor: UInt64
    var digest: PartitionDigest
    /// Where the sender stands.
    var mark: FenceMark

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 50)
        body.write(partition.number)
        body.write(cursor)
        body.write(digest)
        body.write(mark)
        return body.bytes
    }

    init(partition: Partition, cursor: UInt64, digest: PartitionDigest, mark: FenceMark) {
        self.partition = partition
        self.cursor = cursor
        self.digest = digest
        self.mark = mark
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard body.count == 50, let partition = reader.readPartition(),
            let cursor = reader.readUInt64(), let digest = reader.readDigest(),
            let mark = reader.readMark()
        else { return nil }
        self.init(partition: partition, cursor: cursor, digest: digest, mark: mark)
    }
}

/// What an owner let go of in one partition: names of keys, each with the stamp up to which it
/// goes, and the stamp up to which any key may have.
struct EvictionList {
    var floor = HybridClock(rawValue: 0)
    var entries: [(name: UInt64, clock: HybridClock)] = []

    var latest: HybridClock { entries.map(\.clock).reduce(floor, max) }

    static let entryBytes = 16
    static let most = 16_384
}

/// `pullReply`: 56 bytes, then 16 for each eviction of which the sender knows, behind the last page
/// only, then records in their stored form, back to back.
struct PullReplyMessage {
    enum Status: UInt64 {
        case equal = 0
        case page = 1
        case notOwner = 2
    }

    var status: Status
    /// Where the next page begins; nil after the last.
    var next: UInt64?
    /// Where the sender stands.
    var mark: FenceMark
    var evictions: EvictionList

    static let size = 56

    func encoded(with records: [UInt8] = []) -> [UInt8] {
        var body = ByteWriter(capacity: Self.size + records.count)
        body.write(status.rawValue)
        body.write(UInt64(next == nil ? 0 : 1))
        body.write(next ?? 0)
        body.write(mark)
        body.write(evictions.floor.rawValue)
        body.write(UInt64(evictions.entries.count))
        for (name, clock) in evictions.entries {
            body.write(name)
            body.write(clock.rawValue)
        }
        body.write(raw: records)
        return body.bytes
    }

    init(
        _ status: Status, next: UInt64? = nil, mark: FenceMark,
        evictions: EvictionList = EvictionList()
    ) {
        self.status = status
        self.next = next
        self.mark = mark
        self.evictions = evictions
    }

    /// The message and the bytes of its records, which are not checked here.
    static func decode(
        _ body: UnsafeRawBufferPointer
    ) -> (message: PullReplyMessage, records: UnsafeRawBufferPointer)? {
        guard body.count >= size, let status = Status(rawValue: body.word(at: 0)),
            body.word(at: 8) <= 1, body.word(at: 32) <= body.word(at: 24)
        else { return nil }
        let mark = FenceMark(
            fence: HybridClock(rawValue: body.word(at: 24)),
            stable: HybridClock(rawValue: body.word(at: 32)))
        let next = body.word(at: 8) == 1 ? body.word(at: 16) : nil
        guard let (evictions, end) = decode(evictions: body) else { return nil }
        return (
            PullReplyMessage(status, next: next, mark: mark, evictions: evictions),
            UnsafeRawBufferPointer(rebasing: body[end...])
        )
    }

    private static func decode(
        evictions body: UnsafeRawBufferPointer
    ) -> (list: EvictionList, end: Int)? {
        let count = body.word(at: 48)
        guard count <= EvictionList.most else { return nil }
        let end = size + Int(count) * EvictionList.entryBytes
        guard body.count >= end else { return nil }
        var list = EvictionList(floor: HybridClock(rawValue: body.word(at: 40)))
        for place in stride(from: size, to: end, by: EvictionList.entryBytes) {
            let clock = HybridClock(rawValue: body.word(at: place + 8))
            list.entries.append((body.word(at: place), clock))
        }
        return (list, end)
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
