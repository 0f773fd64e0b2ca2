/// Reads one JSON text (RFC 8259) and notices whether a path leads to what it asks for. Strict and
/// total: any bytes give an answer, and nesting has a bound.
struct JSONReader {
    private let bytes: [UInt8]
    private let path: JSONPath
    private var index = 0
    private var depth = 0
    private(set) var isFound = false

    static let deepest = 256

    init(_ bytes: [UInt8], _ path: JSONPath) {
        self.bytes = bytes
        self.path = path
    }

    /// False when the bytes are not one JSON text.
    mutating func read() -> Bool {
        guard value(open: 1) else { return false }
        skipSpaces()
        return index == bytes.count
    }

    private mutating func value(open: UInt64) -> Bool {
        skipSpaces()
        let isWanted = open >> UInt64(path.steps.count) & 1 == 1
        switch peek {
        case UInt8(ascii: "{"): return container(open, isWanted, isObject: true)
        case UInt8(ascii: "["): return container(open, isWanted, isObject: false)
        default:
            guard let scalar = scalar(isWanted: isWanted) else { return false }
            if isWanted, path.accepts(scalar) { isFound = true }
            return true
        }
    }

    private mutating func container(_ open: UInt64, _ isWanted: Bool, isObject: Bool) -> Bool {
        if isWanted, path.accepts(nil) { isFound = true }
        index += 1
        depth += 1
        guard depth <= Self.deepest else { return false }
        let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        skipSpaces()
        var count = 0
        if peek != close {
            repeat {
                guard part(open, isObject: isObject, number: count) else { return false }
                count += 1
                skipSpaces()
            } while skip(UInt8(ascii: ","))
        }
        depth -= 1
        return skip(close)
    }

    private mutating func part(_ open: UInt64, isObject: Bool, number: Int) -> Bool {
        guard isObject else {
            return value(open: open == 0 ? 0 : path.following(open, name: nil, index: number))
        }
        skipSpaces()
        guard let name = text(isWanted: open != 0) else { return false }
        skipSpaces()
        guard skip(UInt8(ascii: ":")) else { return false }
        return value(open: open == 0 ? 0 : path.following(open, name: name, index: 0))
    }

    private mutating func scalar(isWanted: Bool) -> JSONScalar? {
        switch peek {
        case UInt8(ascii: "\""): text(isWanted: isWanted).map(JSONScalar.text)
        case UInt8(ascii: "t"): word("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): word("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): word("null") ? .null : nil
        default: number(isWanted: isWanted)
        }
    }

    private mutating func word(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard bytes[index...].starts(with: wanted) else { return false }
        index += wanted.count
        return true
    }

    private mutating func number(isWanted: Bool) -> JSONScalar? {
        let start = index
        _ = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) {
            guard digits() else { return nil }
        }
        if skip(UInt8(ascii: ".")) {
            guard digits() else { return nil }
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            guard digits() else { return nil }
        }
        guard isWanted else { return .null }
        return Double(String(decoding: bytes[start..<index], as: UTF8.self))
            .map(JSONScalar.number)
    }

    private mutating func digits() -> Bool {
        let start = index
        while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
        return index > start
    }

    private mutating func skipSpaces() {
        while let byte = peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { index += 1 }
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }
}

extension JSONReader {
    /// A text with its quotes, unescaped when somebody wants it; nil when it is none.
    private mutating func text(isWanted: Bool) -> [UInt8]? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        var content: [UInt8] = []
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return content
            case 0..<0x20: return nil
            case UInt8(ascii: "\\"):
                guard let scalar = escaped() else { return nil }
                if isWanted { content += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter }
            default: if isWanted { content.append(byte) }
            }
        }
        return nil
    }

    private mutating func escaped() -> Unicode.Scalar? {
        guard let byte = peek else { return nil }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return hexadecimal()
        default: return nil
        }
    }

    /// Four digits, or eight for a pair of surrogates; a surrogate alone becomes U+FFFD.
    private mutating func hexadecimal() -> Unicode.Scalar? {
        guard let first = unit() else { return nil }
        guard first & 0xfc00 == 0xd800 else { return Unicode.Scalar(first) ?? "\u{fffd}" }
        let end = index
        if skip(UInt8(ascii: "\\")) && skip(UInt8(ascii: "u")),
            let second = unit(), second & 0xfc00 == 0xdc00
        {
            return Unicode.Scalar(0x1_0000 + (first & 0x3ff) << 10 + second & 0x3ff)
        }
        index = end
        return "\u{fffd}"
    }

    private mutating func unit() -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                return nil
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
