/// Something that happened and that an operator may want to know, as a value: the node says what,
/// the runtime says when and writes it down. Keys and values of users appear at debug at most.
package struct LogEvent: Hashable, Sendable {
    package enum Level: UInt8, Comparable, CaseIterable, Sendable {
        case debug = 0
        case info = 1
        case warning = 2
        case error = 3

        package init?(name: some StringProtocol) {
            guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = level
        }

        package var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }

        package static func < (left: Level, right: Level) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: LogValue

        package init(name: String, value: LogValue) {
            self.name = name
            self.value = value
        }
    }

    package var level: Level
    /// Stable and constant, `member-joined`: what varies is in the fields.
    package var name: String
    /// In the order in which they are written.
    package var fields: [Field]

    package init(
        _ level: Level, _ name: String, _ fields: KeyValuePairs<String, LogValue> = [:]
    ) {
        self.level = level
        self.name = name
        self.fields = fields.map { Field(name: $0.key, value: $0.value) }
    }
}

/// What a field of a log event holds.
package enum LogValue: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
    /// Written in milliseconds.
    case duration(Duration)

    /// Any value that can say what it is.
    package static func of(_ value: some CustomStringConvertible) -> LogValue {
        .text(value.description)
    }

    package static func count(_ value: some BinaryInteger) -> LogValue {
        .integer(Int64(clamping: value))
    }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral text: String) { self = .text(text) }
    package init(integerLiteral number: Int64) { self = .integer(number) }
    package init(booleanLiteral truth: Bool) { self = .flag(truth) }
}
