/// Appends little-endian numbers and length-prefixed bytes.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8]

    package init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package mutating func write(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    package mutating func write(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

    /// At most 255 bytes, after their count.
    package mutating func write(short text: some Collection<UInt8>) {
        precondition(text.count <= 255, "\(text.count) bytes in a short field")
        write(UInt8(text.count))
        write(raw: text)
    }

    /// At most 65,535 bytes, after their count.
    package mutating func write(medium blob: some Collection<UInt8>) {
        precondition(blob.count <= 65_535, "\(blob.count) bytes in a medium field")
        write(UInt16(blob.count))
        write(raw: blob)
    }
}
