/// The stored form of a record (`RecordLayout`): what memory, log and wire hold.
extension Record {
    /// The stored form, made once and sent to every owner. The checksum is left to the log of each.
    package func encoded() -> [UInt8] {
        precondition(
            !key.bytes.isEmpty && key.bytes.count <= Key.longest && value.count <= UInt32.max,
            "key of \(key.bytes.count) bytes, value of \(value.count)")
        let size = RecordLayout.size(keyLength: key.bytes.count, valueLength: value.count)
        var record = ByteWriter(capacity: size)
        record.write(UInt32(0))
        record.write(UInt32(value.count))
        record.write(UInt16(key.bytes.count))
        record.write(kind.rawValue)
        record.write(contentType.rawValue)
        record.write(Partition(of: key).number)
        record.write(UInt16(0))
        record.write(version.clock.rawValue)
        record.write(version.origin)
        record.write(UInt64(bitPattern: storedExpiry))
        record.write(raw: key.bytes)
        record.write(raw: value)
        record.write(UInt8(ascii: "\n"))
        record.write(zeroes: size - record.bytes.count)
        return record.bytes
    }

    /// 0 means never, so a time before 1970 becomes the first after it.
    private var storedExpiry: Int64 { expiry.map { max(1, $0.milliseconds) } ?? 0 }

    /// The same record under another version (W2), in its stored form.
    package static func restamp(_ record: inout [UInt8], _ version: Version) {
        for index in 0..<8 {
            record[RecordLayout.clock + index] = UInt8(
                truncatingIfNeeded: version.clock.rawValue >> (index * 8))
            record[RecordLayout.origin + index] = UInt8(
                truncatingIfNeeded: version.origin >> (index * 8))
        }
    }
}

extension Record {
    /// The record whose stored form is all of `bytes`; nil unless each field is one that `encoded`
    /// could have written. The checksum is not looked at: a frame has its own.
    package init?(decoding bytes: RawSpan) {
        guard bytes.byteCount > RecordLayout.header else { return nil }
        let valueLength = Int(UInt32(littleEndian: bytes.half(RecordLayout.valueLength)))
        let keyLength = bytes.short(RecordLayout.keyLength)
        let end = RecordLayout.header + keyLength + valueLength
        guard keyLength > 0,
            bytes.byteCount == RecordLayout.size(keyLength: keyLength, valueLength: valueLength),
            bytes.hasSoundEnd(from: end),
            let kind = RecordKind(rawValue: bytes[RecordLayout.kind]),
            kind == .value || valueLength == 0, bytes.short(RecordLayout.partition + 2) == 0
        else { return nil }
        let expiry = Int64(bitPattern: UInt64(littleEndian: bytes.word(RecordLayout.expiry)))
        let valueStart = RecordLayout.header + keyLength
        let key = bytes.extracting(RecordLayout.header..<valueStart)
        guard expiry >= 0,
            Int(Slot(of: key).partition.number) == bytes.short(RecordLayout.partition)
        else { return nil }
        self.init(
            key: Key(key.array),
            version: Version(
                clock: HybridClock(
                    rawValue: UInt64(littleEndian: bytes.word(RecordLayout.clock))),
                origin: UInt64(littleEndian: bytes.word(RecordLayout.origin))),
            kind: kind, expiry: expiry == 0 ? nil : WallTime(milliseconds: expiry),
            contentType: ContentType(rawValue: bytes[RecordLayout.contentType]),
            value: bytes.extracting(valueStart..<end).array)
    }
}

extension RawSpan {
    /// The little-endian number in two bytes.
    fileprivate func short(_ offset: Int) -> Int {
        Int(self[offset]) | Int(self[offset + 1]) << 8
    }

    /// A newline at `end` and zeroes behind it.
    fileprivate func hasSoundEnd(from end: Int) -> Bool {
        guard self[end] == UInt8(ascii: "\n") else { return false }
        for offset in end + 1..<byteCount where self[offset] != 0 { return false }
        return true
    }

    /// A copy.
    fileprivate var array: [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
