import CLinux

/// An index of a segment as bytes: parts with a checksum each (docs/storage.md). It is immutable
/// and goes with the segment wherever a snapshot goes. What the parts mean is for the search to
/// know.
package final class SearchIndex: Sendable {
    private let memory: MemorySegment
    private let size: Int
    private let table: [Part]
    /// How much of the segment it covers, from the segment's start.
    package let covered: Int

    private struct Part {
        let range: Range<Int>
        let checksum: UInt32
    }

    private enum Layout {
        static let magic: UInt32 = 0x4958_5647
        static let version: UInt16 = 1
        static let header = 16
        static let part = 16
    }

    /// Copies the parts one behind the other; nil when the system gives no memory.
    package init?(parts: [[UInt8]], covered: Int) {
        var ranges: [Range<Int>] = []
        var end = Layout.header + parts.count * Layout.part
        for part in parts {
            let start = (end + 7) & ~7
            end = start + part.count
            ranges.append(start..<end)
        }
        precondition(end < 1 << 32 && covered < 1 << 32, "an index of \(end) bytes")
        guard let memory = MemorySegment(bytes: end) else { return nil }
        let start = memory.base
        func store(_ value: some FixedWidthInteger & BitwiseCopyable, _ offset: Int) {
            start.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value))
        }
        store(Layout.magic, 0)
        store(Layout.version, 4)
        store(UInt16(parts.count), 6)
        store(UInt32(covered), 8)
        var table: [Part] = []
        for (number, part) in parts.enumerated() {
            let range = ranges[number]
            part.withUnsafeBytes {
                guard let source = $0.baseAddress else { return }
                (start + range.lowerBound).copyMemory(from: source, byteCount: $0.count)
            }
            let checksum = grepvine_crc32c(0, start + range.lowerBound, range.count)
            let row = Layout.header + number * Layout.part
            store(UInt32(range.lowerBound), row)
            store(UInt32(range.count), row + 4)
            store(checksum, row + 8)
            table.append(Part(range: range, checksum: checksum))
        }
        (self.memory, self.table, self.covered, size) = (memory, table, covered, end)
    }

    /// Copies what `bytes` gave earlier, which may have been changed since: nil unless each length
    /// lies inside and each checksum is right.
    package init?(copying bytes: UnsafeRawBufferPointer) {
        func number(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard bytes.count >= Layout.header, number(0) == Layout.magic,
            number(4) & 0xffff == UInt32(Layout.version)
        else { return nil }
        let count = Int(number(4) >> 16)
        var end = Layout.header + count * Layout.part
        guard end <= bytes.count, let source = bytes.baseAddress else { return nil }
        var table: [Part] = []
        for part in 0..<count {
            let row = Layout.header + part * Layout.part
            let start = Int(number(row))
            guard start >= end, start + Int(number(row + 4)) <= bytes.count else { return nil }
            end = start + Int(number(row + 4))
            let checksum = grepvine_crc32c(0, source + start, end - start)
            guard checksum == number(row + 8) else { return nil }
            table.append(Part(range: start..<end, checksum: checksum))
        }
        guard end == bytes.count, let memory = MemorySegment(bytes: end) else { return nil }
        memory.base.copyMemory(from: source, byteCount: end)
        (self.memory, self.table, size) = (memory, table, end)
        covered = Int(number(8))
    }

    /// As it would lie in a file. Valid as long as the index is.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory.base, count: size)
    }

    package var partCount: Int { table.count }

    package func part(_ number: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[table[number].range])
    }

    /// Bytes that it takes from the system.
    package var footprint: Int { memory.footprint }
}
