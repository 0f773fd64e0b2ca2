extension RawSpan {
    /// The byte at `offset`, bounds checked.
    @inline(__always)
    package subscript(offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "byte \(offset) of \(byteCount)")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The eight bytes at `offset` as they lie in memory, bounds checked.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset <= byteCount - 8, "word \(offset) of \(byteCount)")
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }

    /// The four bytes at `offset` as they lie in memory, bounds checked.
    @inline(__always)
    func half(_ offset: Int) -> UInt32 {
        precondition(offset >= 0 && offset <= byteCount - 4, "half \(offset) of \(byteCount)")
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
    }
}
