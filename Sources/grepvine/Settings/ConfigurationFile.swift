import FoundationEssentials

/// A JSON file of settings: nested objects or dotted keys, comments and trailing commas allowed.
struct ConfigurationFile {
    let path: String
    /// Dotted key and its text, ascending by key.
    let entries: [(key: String, text: String)]

    init(path: String, bytes: [UInt8]) throws(Stop) {
        self.path = path
        let root: JSONValue
        do {
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            root = try decoder.decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw Stop("\(path): not valid JSON: \(Self.reason(error))")
        }
        guard case .object = root else { throw Stop("\(path): must be a JSON object") }
        var entries: [(key: String, text: String)] = []
        do throws(Stop) {
            try Self.flatten(root, at: "", into: &entries)
        } catch {
            throw Stop("\(path): \(error.message)")
        }
        self.entries = entries.sorted { $0.key < $1.key }
        for (entry, next) in zip(self.entries, self.entries.dropFirst()) where entry.key == next.key
        {
            throw Stop("\(path): \(entry.key) is set twice")
        }
    }

    /// A key of any command may stand in the file: nodes and tools can share one.
    func apply(to values: inout Values) throws(Stop) {
        let known = Setting.all.compactMap(\.key)
        for (key, text) in entries {
            guard known.contains(key) else {
                throw Stop(
                    "\(path): unknown setting `\(key)`"
                        + Suggestion.hint(for: key, among: known, shown: { "`\($0)`" }))
            }
            guard let setting = values.settings.first(where: { $0.key == key }) else { continue }
            try values.set(setting, to: text, from: .file(path))
        }
    }

    private static func flatten(
        _ value: JSONValue, at key: String, into entries: inout [(key: String, text: String)]
    ) throws(Stop) {
        switch value {
        case .object(let members):
            for (name, member) in members {
                try flatten(member, at: key.isEmpty ? name : "\(key).\(name)", into: &entries)
            }
        case .array(let elements):
            var texts: [String] = []
            for element in elements {
                guard let text = element.scalar else {
                    throw Stop("\(key): a list may hold only texts, numbers and true or false")
                }
                texts.append(text)
            }
            entries.append((key, texts.joined(separator: ",")))
        default:
            guard let text = value.scalar else { throw Stop("\(key): null is not a value") }
            entries.append((key, text))
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard case .dataCorrupted(let context) = error as? DecodingError else {
            return "\(error)"
        }
        return context.underlyingError.map { "\($0)" } ?? context.debugDescription
    }
}

/// Any JSON value.
enum JSONValue: Decodable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// As it would stand on a command line; nil for what cannot.
    var scalar: String? {
        switch self {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): value
        case .null, .array, .object: nil
        }
    }
}
