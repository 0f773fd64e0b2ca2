/// Reads what `ByteWriter` writes. Total: whatever the bytes, it returns a value or nil, and it
/// never reserves memory for a length that the input does not hold.
package struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    package var remaining: Int { bytes.endIndex - offset }

    package mutating func readUInt8() -> UInt8? { read() }
    package mutating func readUInt16() -> UInt16? { read() }
    package mutating func readUInt32() -> UInt32? { read() }
    package mutating func readUInt64() -> UInt64? { read() }

    package mutating func read(count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, remaining >= count else { return nil }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    package mutating func readShort() -> ArraySlice<UInt8>? {
        guard let count = readUInt8() else { return nil }
        return read(count: Int(count))
    }

    package mutating func readMedium() -> ArraySlice<UInt8>? {
        guard let count = readUInt16() else { return nil }
        return read(count: Int(count))
    }

    @inline(__always)
    private mutating func read<Number: FixedWidthInteger>() -> Number? {
        let size = Number.bitWidth / 8
        guard remaining >= size else { return nil }
        var number: Number = 0
        for index in 0..<size {
            number |= Number(truncatingIfNeeded: bytes[offset + index]) << (index * 8)
        }
        offset += size
        return number
    }
}
