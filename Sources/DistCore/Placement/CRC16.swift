/// CRC-16/XMODEM: polynomial P = x¹⁶ + x¹² + x⁵ + 1, nothing reflected, starts at 0.
///
/// The bytes are one long polynomial M, and the checksum is M·x¹⁶ mod P. P has few terms, and so
/// have its squares: modulo P, x¹⁶ = x¹² + x⁵ + 1, x³² = x²⁴ + x¹⁰ + 1 and x⁶⁴ = x⁴⁸ + x²⁰ + 1. So
/// what is too high comes down with two shifts, eight bytes at a time and without a table.
enum CRC16 {
    /// The checksum, and whether some byte is `{`.
    @inline(__always)
    static func checksum(_ bytes: RawSpan) -> (crc: UInt16, hasBrace: Bool) {
        let count = bytes.byteCount
        // Leading zeroes change nothing, so the odd bytes come first.
        var (state, offset) = head(bytes)
        var braces = braces(state)
        while offset < count {
            let word = UInt64(bigEndian: bytes.word(offset))
            braces |= Self.braces(word)
            state = lowered(state) ^ word
            offset += 8
        }
        return (reduced(state), braces != 0)
    }

    /// As many first bytes, at most eight, as leave whole words behind them; and where those begin.
    @inline(__always)
    private static func head(_ bytes: RawSpan) -> (UInt64, Int) {
        let count = bytes.byteCount
        if count >= 8 {
            let odd = (count &- 1) & 7 &+ 1
            return (UInt64(bigEndian: bytes.word(0)) &>> UInt64(64 - 8 * odd), odd)
        }
        if count >= 4 {
            let first = UInt64(UInt32(bigEndian: bytes.half(0)))
            let last = UInt64(UInt32(bigEndian: bytes.half(count - 4)))
            return (first &<< UInt64(8 * (count - 4)) | last, count)
        }
        var head: UInt64 = 0
        for offset in 0..<count { head = head &<< 8 | UInt64(bytes[offset]) }
        return (head, count)
    }

    /// Not zero when some byte of the word is `{`: a byte that becomes zero borrows.
    @inline(__always)
    private static func braces(_ word: UInt64) -> UInt64 {
        let zeroed = word ^ 0x7b7b_7b7b_7b7b_7b7b
        return (zeroed &- 0x0101_0101_0101_0101) & ~zeroed & 0x8080_8080_8080_8080
    }

    /// state·x⁶⁴ in 64 bits. What the shifts push out at the top comes down in turn, which pushes
    /// out less of it; `high` sums up all that comes down, with what cancels out left out.
    @inline(__always)
    private static func lowered(_ state: UInt64) -> UInt64 {
        let high = state ^ state &>> 16 ^ (state &>> 32 ^ state &>> 44) ^ state &>> 48
        return high ^ high &<< 20 ^ high &<< 48
    }

    /// state·x¹⁶ mod P, by way of 32 and 16 bits.
    @inline(__always)
    private static func reduced(_ state: UInt64) -> UInt16 {
        let top = UInt32(truncatingIfNeeded: state &>> 32)
        let high = top ^ top &>> 8 ^ (top &>> 16 ^ top &>> 22) ^ top &>> 24
        let word = UInt32(truncatingIfNeeded: state) ^ high ^ (high &<< 10 ^ high &<< 24)
        return shifted(shifted(UInt16(word &>> 16)) ^ UInt16(truncatingIfNeeded: word))
    }

    /// state·x¹⁶ mod P.
    @inline(__always)
    private static func shifted(_ state: UInt16) -> UInt16 {
        let wide = UInt32(state)
        let high = wide ^ wide &>> 4 ^ (wide &>> 8 ^ wide &>> 11) ^ wide &>> 12
        return UInt16(truncatingIfNeeded: high ^ (high &<< 5 ^ high &<< 12))
    }
}
