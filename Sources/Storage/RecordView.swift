package import GrepvineDistCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A record where it lies, in `RecordLayout`. Valid as long as its bytes are: for one from a
/// store until the next mutation, for one from a snapshot as long as the snapshot is held.
package struct RecordView {
    /// The first byte of the header; need not be aligned.
    package let start: UnsafeRawPointer

    /// The caller knows that a whole record starts here. Bytes from outside go through `validated`.
    init(start: UnsafeRawPointer) { self.start = start }

    @inline(__always)
    private func load<Field: FixedWidthInteger & BitwiseCopyable>(
        _ offset: Int, as field: Field.Type
    ) -> Field {
        Field(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: field))
    }

    package var checksum: UInt32 { load(RecordLayout.checksum, as: UInt32.self) }
    package var keyLength: Int { Int(load(RecordLayout.keyLength, as: UInt16.self)) }
    package var valueLength: Int { Int(load(RecordLayout.valueLength, as: UInt32.self)) }

    package var isTombstone: Bool {
        load(RecordLayout.kind, as: UInt8.self) == RecordKind.tombstone.rawValue
    }

    package var kind: RecordKind { isTombstone ? .tombstone : .value }

    package var contentType: ContentType {
        ContentType(rawValue: load(RecordLayout.contentType, as: UInt8.self))
    }

    package var partition: Partition {
        Partition(number: load(RecordLayout.partition, as: UInt16.self))
    }

    package var clock: HybridClock {
        HybridClock(rawValue: load(RecordLayout.clock, as: UInt64.self))
    }

    package var version: Version {
        Version(clock: clock, origin: load(RecordLayout.origin, as: UInt64.self))
    }

    /// Milliseconds since 1970, 0 for never.
    var expiryMilliseconds: Int64 { load(RecordLayout.expiry, as: Int64.self) }

    package var expiry: WallTime? {
        let milliseconds = expiryMilliseconds
        return milliseconds == 0 ? nil : WallTime(milliseconds: milliseconds)
    }

    package func isExpired(at time: WallTime) -> Bool {
        let milliseconds = expiryMilliseconds
        return milliseconds != 0 && milliseconds <= time.milliseconds
    }

    /// A value that readers may see at `time`.
    package func isLive(at time: WallTime) -> Bool { !isTombstone && !isExpired(at: time) }

    /// A value that will not last: what `expire` looks for.
    var isExpiring: Bool { !isTombstone && expiryMilliseconds != 0 }

    package var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start + RecordLayout.header, count: keyLength)
    }

    package var value: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: start + RecordLayout.header + keyLength, count: valueLength)
    }

    /// Bytes of the whole record with its newline and padding.
    package var size: Int {
        RecordLayout.size(keyLength: keyLength, valueLength: valueLength)
    }

    /// The whole record, as it is stored, sent and logged.
    package var encoded: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: size)
    }

    /// A copy that outlives the bytes.
    package var record: Record {
        Record(
            key: Key(Array(key)), version: version, kind: kind, expiry: expiry,
            contentType: contentType, value: Array(value))
    }

    /// Whether this record's key comes before the other's, byte by byte.
    package func precedes(_ other: RecordView) -> Bool {
        let (left, right) = (key, other.key)
        guard let first = left.baseAddress, let second = right.baseAddress else { return false }
        let order = memcmp(first, second, min(left.count, right.count))
        return order == 0 ? left.count < right.count : order < 0
    }

    @inline(__always)
    func hasKey(_ other: UnsafeRawBufferPointer) -> Bool {
        guard keyLength == other.count, let bytes = other.baseAddress else { return false }
        return memcmp(start + RecordLayout.header, bytes, other.count) == 0
    }
}
