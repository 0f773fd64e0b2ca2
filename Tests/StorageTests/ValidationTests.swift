import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("Records from outside")
struct ValidationTests {
    static let records = [
        Record(key: "k", version: .at(1)),
        Record(
            key: "{tag}key", version: .at(.max, .max), expiry: WallTime(milliseconds: .max),
            contentType: .json, value: Array("{\"a\": 1}".utf8)),
        Record.tombstone("gone", .at(0x1234_5678_9abc, 77)),
        Record(key: "line", version: .at(9), value: Array("one\ntwo\n\0\n".utf8)),
    ]

    private static func encoded(_ record: Record) -> [UInt8] {
        record.key.bytes.withUnsafeBytes { key in
            record.value.withUnsafeBytes { value in
                let source = RecordWriter.Source(
                    key: key, version: record.version, kind: record.kind, expiry: record.expiry,
                    contentType: record.contentType, partition: Partition(of: record.key),
                    value: value)
                var bytes = [UInt8](repeating: 0xaa, count: source.size)
                bytes.withUnsafeMutableBytes { bytes in
                    if let start = bytes.baseAddress { RecordWriter.write(source, at: start) }
                }
                return bytes
            }
        }
    }

    /// What a decoder that sees exactly these bytes makes of them. They lie at the end of their
    /// allocation and at an odd address, so that a sanitizer sees a step too far.
    private static func decoded(_ bytes: some Collection<UInt8>, checkingCRC: Bool) -> Record? {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count + 1, alignment: 16)
        defer { memory.deallocate() }
        let place = UnsafeMutableRawBufferPointer(rebasing: memory[1...])
        place.copyBytes(from: bytes)
        return RecordView.validated(UnsafeRawBufferPointer(place), checkingCRC: checkingCRC)?
            .record
    }

    @Test("come back as they were written, with other bytes behind them too", arguments: records)
    func roundTrip(record: Record) {
        let bytes = Self.encoded(record)
        #expect(Self.decoded(bytes, checkingCRC: true) == record)
        #expect(Self.decoded(bytes + [1, 2, 3], checkingCRC: true) == record)
    }

    @Test("are refused when anything is cut off", arguments: records)
    func prefixes(record: Record) {
        let bytes = Self.encoded(record)
        for length in 0..<bytes.count {
            #expect(Self.decoded(bytes.prefix(length), checkingCRC: false) == nil)
        }
    }

    @Test("are refused when any bit is flipped", arguments: records)
    func corruption(record: Record) {
        let bytes = Self.encoded(record)
        for position in bytes.indices {
            for bit in 0..<8 {
                var corrupt = bytes
                corrupt[position] ^= 1 << UInt8(bit)
                #expect(Self.decoded(corrupt, checkingCRC: true) == nil)
                // Without the checksum some pass, but none reads past its end.
                _ = Self.decoded(corrupt, checkingCRC: false)
            }
        }
    }

    @Test("are refused when any byte is replaced by any other")
    func replacement() {
        let bytes = Self.encoded(Self.records[3])
        for position in bytes.indices {
            for byte in UInt8.min...UInt8.max where byte != bytes[position] {
                var corrupt = bytes
                corrupt[position] = byte
                #expect(Self.decoded(corrupt, checkingCRC: true) == nil)
            }
        }
    }

    @Test("a checksum that fits does not excuse fields that do not")
    func fields() {
        let record = Self.records[1]
        let bytes = Self.encoded(record)
        let end = RecordLayout.header + record.key.bytes.count + record.value.count
        let wrong: [(position: Int, byte: UInt8)] = [
            (RecordLayout.kind, 0), (RecordLayout.kind, 3),
            // A tombstone with a value.
            (RecordLayout.kind, RecordKind.tombstone.rawValue),
            (RecordLayout.partition, bytes[RecordLayout.partition] ^ 1),
            (RecordLayout.partition + 1, 0xff), (RecordLayout.partition + 2, 1),
            (RecordLayout.expiry + 7, 0x80), (RecordLayout.valueLength + 3, 0xff),
            (RecordLayout.keyLength, 0), (end, 0), (end + 1, 1),
        ]
        for (position, byte) in wrong {
            var corrupt = bytes
            corrupt[position] = byte
            #expect(Self.decoded(corrupt, checkingCRC: false) == nil)
        }
    }

    @Test("random bytes are no records")
    func noise() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0..<120, using: &generator)
            let bytes = (0..<length).map { _ in
                // Small numbers make plausible lengths.
                UInt8.random(in: 0...(length % 2 == 0 ? 3 : 255), using: &generator)
            }
            #expect(Self.decoded(bytes, checkingCRC: true) == nil)
            _ = Self.decoded(bytes, checkingCRC: false)
        }
    }
}
