/// Appends little-endian numbers and length-prefixed bytes. Nothing here is generic: the calls
/// cross module lines, where generics cost tens of nanoseconds each.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8]

    package init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package mutating func write(_ number: UInt8) { bytes.append(number) }

    package mutating func write(_ number: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: number))
        bytes.append(UInt8(truncatingIfNeeded: number >> 8))
    }

    package mutating func write(_ number: UInt32) { append(number.littleEndian) }

    package mutating func write(_ number: UInt64) { append(number.littleEndian) }

    package mutating func write(raw blob: [UInt8]) { bytes.append(contentsOf: blob) }

    package mutating func write(raw blob: ArraySlice<UInt8>) { bytes.append(contentsOf: blob) }

    package mutating func write(raw blob: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: blob)
    }

    package mutating func write(zeroes count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    /// At most 255 bytes, after their count.
    package mutating func write(short blob: [UInt8]) {
        precondition(blob.count <= 255, "\(blob.count) bytes in a short field")
        write(UInt8(blob.count))
        write(raw: blob)
    }

    /// At most 65,535 bytes, after their count.
    package mutating func write(medium blob: [UInt8]) {
        precondition(blob.count <= 65_535, "\(blob.count) bytes in a medium field")
        write(UInt16(blob.count))
        write(raw: blob)
    }

    @inline(__always)
    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        unsafe withUnsafeBytes(of: number) { unsafe bytes.append(contentsOf: $0) }
    }
}
