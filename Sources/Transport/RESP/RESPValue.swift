/// One reply, whole and owned: what clients, tests and the command line look at.
package indirect enum RESPValue: Hashable, Sendable {
    case simple(String)
    case error(String)
    case integer(Int64)
    case bulk([UInt8])
    case null
    case array([RESPValue])
    case map([Pair])
    case set([RESPValue])
    case push([RESPValue])
    case boolean(Bool)
    case double(Double)
    case bigNumber(String)
    /// Text with its three-letter format.
    case verbatim(format: String, text: [UInt8])

    package struct Pair: Hashable, Sendable {
        package let key: RESPValue
        package let value: RESPValue

        package init(_ key: RESPValue, _ value: RESPValue) {
            self.key = key
            self.value = value
        }
    }
}

extension RESPValue {
    /// The text of a string of any kind; nil for anything else.
    package var text: String? {
        switch self {
        case .simple(let text), .error(let text), .bigNumber(let text): text
        case .bulk(let bytes), .verbatim(_, let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The elements of an array, a set or a push message; nil for anything else.
    package var elements: [RESPValue]? {
        switch self {
        case .array(let elements), .set(let elements), .push(let elements): elements
        default: nil
        }
    }
}
