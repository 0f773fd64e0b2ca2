import GrepvineDistCore
import GrepvineTransport

/// A grep as the Redis face and the HTTP face are asked for it: a pattern, then options one by one.
struct GrepAsk {
    var query = GrepQuery("")
    var timeout: Duration?
    private var given: [String] = []

    init(pattern: [UInt8]) throws(GrepOptionError) {
        query.pattern = try Self.text(pattern, "the pattern", longest: 1 << 20)
    }

    /// An option with the bytes that came with it; nil for a flag that stands alone.
    mutating func set(_ option: GrepOption, _ value: [UInt8]?) throws(GrepOptionError) {
        try note(option)
        switch option.kind {
        case .flag(let set):
            guard try Self.isOn(option, value) else { return }
            set(&query)
        case .number(let range, let set):
            guard let number = Int(String(decoding: value ?? [], as: UTF8.self)) else {
                throw GrepOptionError("\(option.name) takes a whole number")
            }
            try setNumber(option, number, range, set)
        case .bytes(let set): try setBytes(option, value ?? [], set)
        case .text(let longest, let set):
            let text = try Self.text(value ?? [], option.name, longest: longest)
            try set(&query, text)
        }
    }

    /// An option of a JSON object.
    mutating func set(_ option: GrepOption, _ value: JSONValue) throws(GrepOptionError) {
        switch (option.kind, value) {
        case (_, .array(let values)) where option.isRepeatable:
            for value in values { try set(option, value) }
        case (.flag, .bool(let isOn)): try set(option, Array((isOn ? "true" : "false").utf8))
        case (.number(let range, let set), .number(let number)):
            try note(option)
            guard let whole = Int(exactly: number) else {
                throw GrepOptionError("\(option.name) takes a whole number")
            }
            try setNumber(option, whole, range, set)
        case (.bytes, .text(let text)), (.text, .text(let text)):
            try set(option, Array(text.utf8))
        default:
            throw GrepOptionError(
                "\(option.name) takes \(option.jsonKind), it was \(value.kind)")
        }
    }

    /// What options say together.
    func checked() throws(GrepOptionError) -> GrepAsk {
        for (one, other) in [("count", "files"), ("context", "before"), ("context", "after")]
        where given.contains(one) && given.contains(other) {
            throw GrepOptionError("\(one) and \(other) exclude each other")
        }
        return self
    }

    private mutating func note(_ option: GrepOption) throws(GrepOptionError) {
        guard option.isRepeatable || !given.contains(option.name) else {
            throw GrepOptionError("\(option.name) is given twice")
        }
        given.append(option.name)
    }

    private mutating func setNumber(
        _ option: GrepOption, _ number: Int, _ range: ClosedRange<Int>,
        _ set: GrepOption.SetNumber
    ) throws(GrepOptionError) {
        guard range.contains(number) else {
            throw GrepOptionError(
                "\(option.name) is \(number), it must be \(range.lowerBound) to"
                    + " \(range.upperBound)")
        }
        set(&self, number)
    }

    private mutating func setBytes(
        _ option: GrepOption, _ bytes: [UInt8], _ set: GrepOption.SetBytes
    ) throws(GrepOptionError) {
        guard bytes.count <= Key.longest else {
            throw GrepOptionError(
                "\(option.name) is \(bytes.count) bytes, the most is \(Key.longest)")
        }
        set(&query, bytes)
    }

    private static func isOn(
        _ option: GrepOption, _ value: [UInt8]?
    ) throws(GrepOptionError) -> Bool {
        switch value.map({ String(decoding: $0, as: UTF8.self) }) {
        case nil, "", "true", "1": true
        case "false", "0": false
        default: throw GrepOptionError("\(option.name) takes true or false")
        }
    }

    private static func text(
        _ bytes: [UInt8], _ what: String, longest: Int
    ) throws(GrepOptionError) -> String {
        guard bytes.count <= longest else {
            throw GrepOptionError("\(what) is \(bytes.count) bytes, the most is \(longest)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GrepOptionError("\(what) is not UTF-8")
        }
        return text
    }
}

/// Why a grep was not understood.
struct GrepOptionError: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }
}
