/// Splits an inline command as Redis does: words between spaces, "double quotes" with escapes and
/// 'single quotes' with \' alone. Quotes are undone in place, which only ever shortens.
struct RESPInlineWords {
    enum Outcome {
        case word(offset: Int, count: Int)
        case end
        /// A quote that does not end, or ends in the middle of a word.
        case unbalanced
    }

    private let bytes: UnsafeMutablePointer<UInt8>
    private let end: Int
    private var read = 0
    private var write = 0

    init(bytes: UnsafeMutablePointer<UInt8>, end: Int) {
        self.bytes = bytes
        self.end = end
    }

    mutating func next() -> Outcome {
        while read < end, Self.isSpace(bytes[read]) { read += 1 }
        guard read < end else { return .end }
        let start = read
        write = read
        while read < end, !Self.isSpace(bytes[read]) {
            let byte = bytes[read]
            read += 1
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                guard quoted(until: byte) else { return .unbalanced }
            } else {
                put(byte)
            }
        }
        return .word(offset: start, count: write - start)
    }

    /// Copies up to the closing quote, which must end the word.
    private mutating func quoted(until quote: UInt8) -> Bool {
        while read < end {
            let byte = bytes[read]
            read += 1
            if byte == quote { return read == end || Self.isSpace(bytes[read]) }
            if byte == UInt8(ascii: "\\"), read < end {
                escape(in: quote)
            } else {
                put(byte)
            }
        }
        return false
    }

    /// What stands for the bytes behind a backslash.
    private mutating func escape(in quote: UInt8) {
        let byte = bytes[read]
        if quote == UInt8(ascii: "'") {
            let isQuote = byte == quote
            if isQuote { read += 1 }
            return put(isQuote ? quote : UInt8(ascii: "\\"))
        }
        read += 1
        if byte == UInt8(ascii: "x"), read + 2 <= end, let high = hexDigit(bytes[read]),
            let low = hexDigit(bytes[read + 1])
        {
            read += 2
            return put(high << 4 | low)
        }
        switch byte {
        case UInt8(ascii: "n"): put(0x0a)
        case UInt8(ascii: "r"): put(0x0d)
        case UInt8(ascii: "t"): put(0x09)
        case UInt8(ascii: "b"): put(0x08)
        case UInt8(ascii: "a"): put(0x07)
        default: put(byte)
        }
    }

    private mutating func put(_ byte: UInt8) {
        bytes[write] = byte
        write += 1
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte) || byte == 0
    }
}
