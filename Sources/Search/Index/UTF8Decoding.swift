/// UTF-8 as far as folding needs it.
enum UTF8Decoding {
    /// The scalar of two to four bytes that lies at `index`, and its length; nil when the bytes
    /// there are no whole scalar.
    static func scalar(
        in text: UnsafeRawBufferPointer, at index: Int
    ) -> (scalar: UInt32, length: Int)? {
        let lead = unsafe text[index]
        let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
        guard lead >= 0xc2, lead <= 0xf4, index + length <= text.count else { return nil }
        var scalar = UInt32(lead) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            let byte = unsafe text[index + offset]
            guard byte & 0xc0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(byte & 0x3f)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x1_0000
        guard scalar >= least, Unicode.Scalar(scalar) != nil else { return nil }
        return (scalar, length)
    }

    @inline(__always)
    static func forEachByte(of scalar: UInt32, _ body: (UInt8) -> Void) {
        if scalar < 0x80 {
            body(UInt8(scalar))
        } else if scalar < 0x800 {
            body(UInt8(0xc0 | scalar >> 6))
            body(UInt8(0x80 | scalar & 0x3f))
        } else {
            if scalar < 0x1_0000 {
                body(UInt8(0xe0 | scalar >> 12))
            } else {
                body(UInt8(0xf0 | scalar >> 18))
                body(UInt8(0x80 | scalar >> 12 & 0x3f))
            }
            body(UInt8(0x80 | scalar >> 6 & 0x3f))
            body(UInt8(0x80 | scalar & 0x3f))
        }
    }
}
