import GrepvineDistCore

/// A record in its stored form (`RecordLayout`), made once by a coordinator and sent to every
/// owner. The checksum is left to the log of each.
enum EncodedRecord {
    static func bytes(
        key: [UInt8], version: Version, kind: RecordKind, expiry: WallTime?,
        contentType: ContentType, value: [UInt8]
    ) -> [UInt8] {
        let size = RecordLayout.size(keyLength: key.count, valueLength: value.count)
        var record = ByteWriter(capacity: size)
        record.write(UInt32(0))
        record.write(UInt32(value.count))
        record.write(UInt16(key.count))
        record.write(kind.rawValue)
        record.write(contentType.rawValue)
        record.write(Partition(of: Key(key)).number)
        record.write(UInt16(0))
        record.write(version.clock.rawValue)
        record.write(version.origin)
        record.write(UInt64(bitPattern: expiry?.milliseconds ?? 0))
        record.write(raw: key)
        record.write(raw: value)
        record.write(UInt8(ascii: "\n"))
        record.write(zeroes: size - record.bytes.count)
        return record.bytes
    }

    /// The same record under another version (W2).
    static func restamp(_ record: inout [UInt8], _ version: Version) {
        for index in 0..<8 {
            record[RecordLayout.clock + index] = UInt8(
                truncatingIfNeeded: version.clock.rawValue >> (index * 8))
            record[RecordLayout.origin + index] = UInt8(
                truncatingIfNeeded: version.origin >> (index * 8))
        }
    }
}
