/// One JSON text (RFC 8259) as a value.
package enum JSONValue: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case array([JSONValue])
    /// In the order of the text; no name comes twice.
    case object([Member])

    /// Strict and total: any bytes give a value or an error, and nesting has a bound. Text must
    /// be UTF-8. A name that comes twice is refused, because readers differ in which one they take.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(JSONError) {
        var parser = JSONParser(bytes: Array(bytes))
        self = try parser.parse()
    }

    /// What kind of value it is, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .text: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
