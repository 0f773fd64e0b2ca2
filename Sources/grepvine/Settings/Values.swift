import GrepvineDistCore

/// Where a value came from.
enum Origin: Hashable, Sendable {
    case fallback
    case file(String)
    case environment(String)
    case flag(String)

    /// As `config show` prints it.
    var description: String {
        switch self {
        case .fallback: "default"
        case .file(let path): "file \(path)"
        case .environment(let name): "environment \(name)"
        case .flag(let flag): "flag \(flag)"
        }
    }
}

/// The settings of one command, each with the source that won: flag over environment over file
/// over default. Everything in here is already checked against its kind.
struct Values: Sendable {
    struct Value: Hashable, Sendable {
        /// One element unless the kind is a list.
        var parts: [String]
        var origin: Origin
    }

    /// In the order of the table.
    let settings: [Setting]
    private var values: [String: Value] = [:]

    init(_ settings: [Setting]) { self.settings = settings }

    /// Nil when nothing set it and it has no default.
    subscript(flag: String) -> Value? { values[flag] }

    /// A later source replaces an earlier one whole, except that flags of one list add up.
    mutating func set(_ setting: Setting, to text: String, from origin: Origin) throws(Stop) {
        let parts = setting.kind.parts(of: text)
        for part in parts where !setting.kind.accepts(part) {
            let shown = setting.isSecret ? "…" : part
            throw Stop(
                "\(origin.source(of: setting)): `\(shown)` is not valid; it must be "
                    + setting.kind.allowed)
        }
        if case .flag = origin, case .flag = values[setting.flag]?.origin, setting.kind.addsUp {
            values[setting.flag]?.parts += parts
        } else {
            values[setting.flag] = Value(parts: parts, origin: origin)
        }
    }

    /// Fills what no source set: first what depends on nothing, then what other settings say.
    /// `hostName` is this machine's.
    mutating func fillDefaults(hostName: String) {
        let isDerived = Dictionary(grouping: settings) { $0.fallback.isDerived }
        for setting in (isDerived[false] ?? []) + (isDerived[true] ?? [])
        where values[setting.flag] == nil {
            guard let text = text(of: setting.fallback, hostName: hostName) else { continue }
            let parts = setting.kind.parts(of: text)
            values[setting.flag] = Value(parts: parts, origin: .fallback)
        }
    }

    private func text(of fallback: Setting.Fallback, hostName: String) -> String? {
        switch fallback {
        case .none: nil
        case .text(let text): text
        case .hostName: hostName
        case .hostAndPort: hostName + "-" + (optionalText("port") ?? "")
        case .same(let flag): optionalText(flag)
        case .byPreset(let local, let lan, let wan):
            switch optionalText("gossip-preset") {
            case "local": local
            case "wan": wan
            default: lan
            }
        }
    }
}

extension Values {
    func optionalText(_ flag: String) -> String? {
        assertKnown(flag)
        return values[flag].map { $0.parts.joined(separator: ",") }
    }

    func text(_ flag: String) -> String { needed(flag, optionalText(flag)) }

    func texts(_ flag: String) -> [String] {
        assertKnown(flag)
        return values[flag]?.parts ?? []
    }

    func optionalToggle(_ flag: String) -> Bool? { optionalText(flag).flatMap(ToggleText.parse) }

    /// Off unless something turned it on.
    func toggle(_ flag: String) -> Bool { optionalToggle(flag) ?? false }

    func optionalInteger(_ flag: String) -> Int? {
        optionalText(flag).map { needed(flag, Int($0)) }
    }

    func integer(_ flag: String) -> Int { needed(flag, optionalInteger(flag)) }

    func integers(_ flag: String) -> [Int] { texts(flag).map { needed(flag, Int($0)) } }

    func port(_ flag: String) -> UInt16 { needed(flag, UInt16(text(flag))) }

    func optionalByteCount(_ flag: String) -> Int? {
        optionalText(flag).map { needed(flag, ByteText.parse($0)) }
    }

    func byteCount(_ flag: String) -> Int { needed(flag, ByteText.parse(text(flag))) }

    func duration(_ flag: String) -> Duration { needed(flag, optionalDuration(flag)) }

    func optionalDuration(_ flag: String) -> Duration? {
        optionalText(flag).map { needed(flag, DurationText.parse($0)) }
    }

    func chance(_ flag: String) -> Chance { needed(flag, ChanceText.parse(text(flag))) }

    func address(_ flag: String) -> Address? {
        optionalText(flag).map { needed(flag, Address($0)) }
    }

    func addresses(_ flag: String) -> [Address] { texts(flag).map { needed(flag, Address($0)) } }

    func consistency(_ flag: String) -> Consistency? {
        optionalText(flag).map { needed(flag, Consistency($0)) }
    }

    /// Every value with its origin, in the order of the table.
    var listed: [SettingValue] {
        settings.filter { $0.key != nil }.map { setting in
            let value = values[setting.flag]
            let text = value?.parts.joined(separator: ",") ?? ""
            return SettingValue(
                name: setting.name, value: setting.isSecret && !text.isEmpty ? "hidden" : text,
                origin: (value?.origin ?? .fallback).description)
        }
    }

    /// Asking for what the command does not take is our mistake, not the user's.
    private func assertKnown(_ flag: String) {
        precondition(settings.contains { $0.flag == flag }, "no setting --\(flag) here")
    }

    private func needed<Parsed>(_ flag: String, _ value: Parsed?) -> Parsed {
        guard let value else {
            preconditionFailure("--\(flag) passed its check but has no value of this type")
        }
        return value
    }
}

extension Origin {
    /// What an error points at: the flag, the variable, or the key in its file.
    fileprivate func source(of setting: Setting) -> String {
        switch self {
        case .fallback: "default of \(setting.name)"
        case .file(let path): "\(path): \(setting.name)"
        case .environment(let name): name
        case .flag(let flag): flag
        }
    }
}

extension SettingKind {
    /// Giving the flag again adds values instead of replacing them.
    fileprivate var addsUp: Bool {
        switch self {
        case .list, .repeated: true
        default: false
        }
    }
}
