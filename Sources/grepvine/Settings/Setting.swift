/// One thing that can be set, declared once: its flag, environment name, key, kind, default and
/// help all come from here, and so does `config show`.
struct Setting: Hashable, Sendable {
    enum Fallback: Hashable, Sendable {
        /// Unset means something of its own, which the help says.
        case none
        case text(String)
        /// The host's name and the value of `port`: unique among the nodes of a machine.
        case hostAndPort
        case hostName
        /// Whatever another setting says.
        case same(as: String)
        /// What `gossip.preset` stands for.
        case byPreset(local: String, lan: String, wan: String)

        var isDerived: Bool {
            switch self {
            case .none, .text, .hostName: false
            case .hostAndPort, .same, .byPreset: true
            }
        }
    }

    enum Section: String, CaseIterable, Sendable {
        case node = "Node"
        case cluster = "Cluster"
        case gossip = "Gossip"
        case storage = "Storage"
        case limits = "Limits"
        case logs = "Logs"
        case connection = "Connection"
        case matching = "Matching"
        case output = "Output"
        case load = "Load"
        case general = "General"
    }

    /// The flag without its dashes.
    let flag: String
    /// The path in the configuration file, `resp.port`; nil for what only a command line says.
    let key: String?
    let short: Character?
    /// The short form of `--no-FLAG`.
    let shortOff: Character?
    let kind: SettingKind
    let fallback: Fallback
    let section: Section
    /// Names of the commands that take it.
    let commands: [String]
    let help: String
    /// Shown by nobody, not even `config show`.
    let isSecret: Bool

    /// A setting with all four sources. Its flag and environment name follow from the key:
    /// `resp.port` is `--resp-port` and `GREPVINE_RESP_PORT`.
    init(
        key: String, _ kind: SettingKind, default fallback: Fallback, _ section: Section,
        for commands: [String], short: Character? = nil, isSecret: Bool = false, _ help: String
    ) {
        self.key = key
        flag = Self.flag(of: key)
        self.short = short
        shortOff = nil
        self.kind = kind
        self.fallback = fallback
        self.section = section
        self.commands = commands
        self.help = help
        self.isSecret = isSecret
    }

    /// A setting of one invocation: only a flag.
    init(
        flag: String, short: Character? = nil, shortOff: Character? = nil, _ kind: SettingKind,
        default fallback: Fallback = .none, _ section: Section, for commands: [String],
        _ help: String
    ) {
        self.flag = flag
        key = nil
        self.short = short
        self.shortOff = shortOff
        self.kind = kind
        self.fallback = fallback
        self.section = section
        self.commands = commands
        self.help = help
        isSecret = false
    }

    /// `GREPVINE_RESP_PORT`; nil for what only a command line says.
    var environmentName: String? {
        guard key != nil else { return nil }
        return "GREPVINE_" + String(flag.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// How `config show` and errors name it.
    var name: String { key ?? flag }

    private static func flag(of key: String) -> String {
        var flag = ""
        for letter in key {
            if letter == "." {
                flag += "-"
            } else if letter.isUppercase {
                flag += "-" + letter.lowercased()
            } else {
                flag.append(letter)
            }
        }
        return flag
    }
}
