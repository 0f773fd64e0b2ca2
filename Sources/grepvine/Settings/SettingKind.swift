import GrepvineDistCore
import GrepvineTransport

/// What the text of a setting must look like.
indirect enum SettingKind: Hashable, Sendable {
    /// Any text; the word stands for it in help.
    case text(String)
    /// On or off. On the command line it takes no value, and `--no-NAME` turns it off.
    case toggle
    case integer(ClosedRange<Int>)
    /// Bytes, with an optional suffix k, m, g or t (powers of 1024).
    case bytes(ClosedRange<Int>)
    /// A number and a unit: ms, s, m, h or d.
    case duration(ClosedRange<Duration>)
    case choice([String])
    /// A number and a percent sign.
    case chance
    /// `host:port`.
    case address
    /// A gossip key.
    case secretKey
    /// Comma-separated.
    case list(SettingKind)
    /// Given once per value on the command line; commas mean nothing.
    case repeated(SettingKind)

    static let port = SettingKind.integer(1...65_535)
    /// 0 means that the door stays shut.
    static let optionalPort = SettingKind.integer(0...65_535)

    /// What stands for the value in help; nil for a toggle.
    var placeholder: String? {
        switch self {
        case .text(let word): word
        case .toggle: nil
        case .integer(0...65_535), .integer(1...65_535): "PORT"
        case .integer: "NUMBER"
        case .bytes: "BYTES"
        case .duration: "DURATION"
        case .choice(let words): words.joined(separator: "|")
        case .chance: "PERCENT"
        case .address: "HOST:PORT"
        case .secretKey: "KEY"
        case .list(.choice): "WORD,…"
        case .list(let kind): (kind.placeholder ?? "VALUE") + ",…"
        case .repeated(let kind): kind.placeholder
        }
    }

    /// Completes "must be …".
    var allowed: String {
        switch self {
        case .text: "text"
        case .toggle: "true or false"
        case .integer(let range):
            range.upperBound == .max
                ? "a whole number of at least \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .bytes(let range):
            "a size from \(ByteText.text(range.lowerBound)) to "
                + "\(ByteText.text(range.upperBound)), such as 512k or 8m"
        case .duration(let range):
            "a time from \(DurationText.text(range.lowerBound)) to "
                + "\(DurationText.text(range.upperBound)), such as 500ms, 2s or 5m"
        case .choice(let words):
            words.count < 2
                ? words.joined()
                : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
        case .chance: "from 0% to 100%, such as 0.5%"
        case .address: "HOST:PORT"
        case .secretKey: "32 bytes as base64 or hexadecimal digits"
        case .list(let kind): "a comma-separated list, each \(kind.allowed)"
        case .repeated(let kind): kind.allowed
        }
    }

    /// The values in one text: several for a list, none for an empty one.
    func parts(of text: String) -> [String] {
        guard case .list = self else { return [text] }
        return text.split(separator: ",").map { $0.trimmed }
    }

    /// Whether one part is as it must be.
    func accepts(_ part: String) -> Bool {
        switch self {
        case .text: true
        case .toggle: ToggleText.parse(part) != nil
        case .integer(let range): Int(part).map(range.contains) ?? false
        case .bytes(let range): ByteText.parse(part).map(range.contains) ?? false
        case .duration(let range): DurationText.parse(part).map(range.contains) ?? false
        case .choice(let words): words.contains(part.lowercased())
        case .chance: ChanceText.parse(part) != nil
        case .address: Address(part).map { $0.port > 0 } ?? false
        case .secretKey: SecretKey(text: part) != nil
        case .list(let kind), .repeated(let kind): kind.accepts(part)
        }
    }
}

extension StringProtocol {
    /// Without spaces at either end.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}
