/// Bytes of an index where they lie, in memory or in a mapped file. Valid as long as they are.
/// Reading past the end stops the program, so whoever reads numbers from a section checks them
/// against `count` first.
@safe package struct ByteSection: @unchecked Sendable {
    // Sendable: nobody writes to an index.
    private let bytes: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

    package var count: Int { unsafe bytes.count }

    @inline(__always)
    subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "byte \(index) of \(count)")
        return unsafe bytes[index]
    }

    /// The little-endian number at `index`.
    @inline(__always)
    func word(_ index: Int) -> UInt32 {
        precondition(index >= 0 && index <= count - 4, "word at \(index) of \(count)")
        return unsafe UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
    }

    /// The varint at `index`, which moves behind it; nil unless it ends before `end` and fits.
    @inline(__always)
    func varint(at index: inout Int, before end: Int) -> UInt32? {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while index < end, shift < 32 {
            let byte = self[index]
            index += 1
            guard shift < 28 || byte < 16 else { return nil }
            value |= UInt32(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
