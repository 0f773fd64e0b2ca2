import CLinux
package import GrepvineDistCore

/// Puts a record into bytes, checksum and all.
package enum RecordWriter {
    /// What a record is made of, by reference: nothing is copied until it is written.
    package struct Source {
        package var key: UnsafeRawBufferPointer
        package var version: Version
        package var kind: RecordKind
        package var expiry: WallTime?
        package var contentType: ContentType
        package var partition: Partition
        package var value: UnsafeRawBufferPointer

        package init(
            key: UnsafeRawBufferPointer, version: Version, kind: RecordKind, expiry: WallTime?,
            contentType: ContentType, partition: Partition, value: UnsafeRawBufferPointer
        ) {
            precondition(
                key.count > 0 && key.count <= Key.longest && value.count <= UInt32.max,
                "key of \(key.count) bytes, value of \(value.count)")
            precondition(kind == .value || value.isEmpty, "a tombstone has no value")
            self.key = key
            self.version = version
            self.kind = kind
            self.expiry = expiry
            self.contentType = contentType
            self.partition = partition
            self.value = value
        }

        package var size: Int {
            RecordLayout.size(keyLength: key.count, valueLength: value.count)
        }
    }

    /// Writes `source.size` bytes at `place`, which need not be aligned nor zeroed.
    package static func write(_ source: borrowing Source, at place: UnsafeMutableRawPointer) {
        func store(_ value: some FixedWidthInteger & BitwiseCopyable, _ offset: Int) {
            place.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value))
        }
        store(0 as UInt64, source.size - 8)
        store(UInt32(truncatingIfNeeded: source.value.count), RecordLayout.valueLength)
        store(UInt16(truncatingIfNeeded: source.key.count), RecordLayout.keyLength)
        store(source.kind.rawValue, RecordLayout.kind)
        store(source.contentType.rawValue, RecordLayout.contentType)
        store(source.partition.number, RecordLayout.partition)
        store(0 as UInt16, RecordLayout.partition + 2)
        store(source.version.clock.rawValue, RecordLayout.clock)
        store(source.version.origin, RecordLayout.origin)
        store(source.storedExpiry, RecordLayout.expiry)
        copy(source.key, to: place + RecordLayout.header)
        copy(source.value, to: place + RecordLayout.header + source.key.count)
        let end = RecordLayout.header + source.key.count + source.value.count
        store(UInt8(ascii: "\n"), end)
        store(checksum(place, end), RecordLayout.checksum)
    }

    /// CRC32C of what lies between the checksum itself and the newline at `end`.
    static func checksum(_ start: UnsafeRawPointer, _ end: Int) -> UInt32 {
        let first = RecordLayout.checksum + 4
        return grepvine_crc32c(0, start + first, end - first)
    }

    private static func copy(
        _ bytes: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer
    ) {
        guard let start = bytes.baseAddress else { return }
        place.copyMemory(from: start, byteCount: bytes.count)
    }
}

extension RecordWriter.Source {
    /// As `RecordLayout` has it: 0 means never, so a time before 1970 becomes the first after it.
    var storedExpiry: Int64 { expiry.map { max(1, $0.milliseconds) } ?? 0 }
}
