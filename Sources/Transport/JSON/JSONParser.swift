/// Builds a `JSONValue`.
struct JSONParser {
    let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    static let deepest = 32

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpaces()
        guard index == bytes.count else { throw failure("something follows the value") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpaces()
        switch peek {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try enter()
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpaces()
        if !skip(UInt8(ascii: "}")) {
            repeat {
                skipSpaces()
                guard peek == UInt8(ascii: "\"") else { throw failure("expected a name") }
                let name = try text()
                guard names.insert(name).inserted else {
                    throw failure("the name \(JSONText.quoted(name)) comes twice")
                }
                skipSpaces()
                try expect(UInt8(ascii: ":"), "a colon")
                members.append(JSONValue.Member(name, try value()))
                skipSpaces()
            } while skip(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"), "a comma or }")
        }
        depth -= 1
        return .object(members)
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        skipSpaces()
        if !skip(UInt8(ascii: "]")) {
            repeat {
                elements.append(try value())
                skipSpaces()
            } while skip(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"), "a comma or ]")
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func enter() throws(JSONError) {
        index += 1
        depth += 1
        guard depth <= Self.deepest else { throw failure("nested deeper than \(Self.deepest)") }
    }

    private mutating func word(
        _ text: String, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        guard bytes[index...].starts(with: text.utf8) else { throw failure("expected a value") }
        index += text.utf8.count
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = index
        _ = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try digits() }
        if skip(UInt8(ascii: ".")) { try digits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw failure("the number is out of range")
        }
        return .number(number)
    }

    private mutating func digits() throws(JSONError) {
        let start = index
        while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
        guard index > start else { throw failure("expected a value") }
    }

    private mutating func text() throws(JSONError) -> String {
        index += 1
        var content: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("a control character stands in a string") }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &content)
            } else {
                content.append(byte)
                index += 1
            }
        }
        try expect(UInt8(ascii: "\""), "the end of the string")
        guard let text = String(validating: content, as: UTF8.self) else {
            throw failure("the string is not UTF-8")
        }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        index += 1
        guard let byte = peek else { throw failure("expected the end of the string") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0c)
        case UInt8(ascii: "n"): content.append(0x0a)
        case UInt8(ascii: "r"): content.append(0x0d)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content += String(Character(try scalar())).utf8
        default: throw failure("an unknown escape")
        }
    }

    /// Behind `\u`; above the first plane it takes two of them.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xd800..<0xdc00).contains(first), skip(UInt8(ascii: "\\")),
            skip(UInt8(ascii: "u"))
        else { throw failure("half of a surrogate pair") }
        let second = try unit()
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first & 0x3ff) << 10 | second & 0x3ff))
        else { throw failure("half of a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap(hexDigit) else {
                throw failure("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
            index += 1
        }
        return unit
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws(JSONError) {
        guard skip(byte) else { throw failure("expected \(what)") }
    }

    private mutating func skipSpaces() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
            index += 1
        }
    }

    private func failure(_ reason: String) -> JSONError {
        JSONError(reason: reason, offset: index)
    }
}
