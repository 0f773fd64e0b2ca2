import GrepvineDistCore
import GrepvineTransport

/// `watermarkReply`: below this stamp every write of the sender has reached all of its owners (T1).
/// The question, `watermark`, has no body.
struct WatermarkMessage: Equatable {
    var watermark: HybridClock

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 8)
        body.write(watermark.rawValue)
        return body.bytes
    }

    init(_ watermark: HybridClock) { self.watermark = watermark }

    init?(decoding body: UnsafeRawBufferPointer) {
        guard body.count == 8 else { return nil }
        watermark = HybridClock(rawValue: body.word(at: 0))
    }
}

/// `prepare`: raise the fence of a partition, and tell what you hold up to there (T2). `settled`:
/// all owners hold the same up to there (T4).
struct RoundMessage: Equatable {
    var partition: Partition
    var limit: HybridClock

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 10)
        body.write(partition.number)
        body.write(limit.rawValue)
        return body.bytes
    }

    init(_ partition: Partition, _ limit: HybridClock) {
        self.partition = partition
        self.limit = limit
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard body.count == 10, let partition = reader.readPartition(),
            let limit = reader.readUInt64()
        else { return nil }
        self.init(partition, HybridClock(rawValue: limit))
    }
}

/// `prepared`: what the sender holds up to the limit of the round; nil when it takes no part.
struct PreparedMessage: Equatable {
    var digest: PartitionDigest?

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 25)
        body.write(UInt8(digest == nil ? 0 : 1))
        if let digest { body.write(digest) }
        return body.bytes
    }

    init(_ digest: PartitionDigest?) { self.digest = digest }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        switch reader.readUInt8() {
        case 0: digest = nil
        case 1:
            guard let digest = reader.readDigest() else { return nil }
            self.digest = digest
        default: return nil
        }
        guard reader.remaining == 0 else { return nil }
    }
}

/// Where the sender stands in some partitions; those without a fence are left out.
struct MarkList: Equatable {
    var marks: [(partition: Partition, mark: FenceMark)] = []

    static let entryBytes = 18

    static func == (left: Self, right: Self) -> Bool {
        left.marks.elementsEqual(right.marks, by: ==)
    }

    subscript(partition: Partition) -> FenceMark {
        marks.first { $0.partition == partition }?.mark ?? .none
    }

    func write(to writer: inout ByteWriter) {
        writer.write(UInt16(marks.count))
        for (partition, mark) in marks {
            writer.write(partition.number)
            writer.write(mark)
        }
    }

    init(_ partition: Partition, _ mark: FenceMark) { marks = [(partition, mark)] }

    init(_ partitions: some Sequence<Partition>, in table: FenceTable) {
        for partition in partitions where table[partition] != .none {
            marks.append((partition, table[partition]))
        }
    }

    init?(reading reader: inout ByteReader) {
        guard let count = reader.readUInt16(), Int(count) <= Partition.count,
            reader.remaining >= Int(count) * Self.entryBytes
        else { return nil }
        for _ in 0..<count {
            guard let partition = reader.readPartition(), let mark = reader.readMark()
            else { return nil }
            marks.append((partition, mark))
        }
    }
}

extension ByteWriter {
    mutating func write(_ mark: FenceMark) {
        write(mark.fence.rawValue)
        write(mark.stable.rawValue)
    }
}

extension ByteReader {
    /// Nil for a stable point above the fence.
    mutating func readMark() -> FenceMark? {
        guard let fence = readUInt64(), let stable = readUInt64(), stable <= fence else {
            return nil
        }
        return FenceMark(
            fence: HybridClock(rawValue: fence), stable: HybridClock(rawValue: stable))
    }
}
