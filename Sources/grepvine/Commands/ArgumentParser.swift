/// Reads the words after a command's name: `--flag value`, `--flag=value`, `--no-flag`, `-n`,
/// bundles such as `-inC2`, and `--` before words that begin with a dash.
struct ArgumentParser {
    let command: Command
    private(set) var values: Values
    private(set) var arguments: [String] = []
    private(set) var wantsHelp = false
    private var rest: ArraySlice<String>

    /// `values` hold what weaker sources set.
    init(_ command: Command, _ words: some Sequence<String>, over values: Values) {
        self.command = command
        self.values = values
        rest = ArraySlice(Array(words))
    }

    mutating func parse() throws(Stop) {
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += rest
                rest = []
            } else if word == "--help" || word == "-h" {
                wantsHelp = true
            } else if word.hasPrefix("--") {
                try parseLong(word)
            } else if word.hasPrefix("-"), word != "-" {
                try parseShort(word)
            } else {
                arguments.append(word)
            }
        }
    }

    /// What each flag of the line said, first to last, without its kind being checked: enough to
    /// find `--config` before anything else is known.
    static func configPath(in words: some Sequence<String>) -> String? {
        var path: String?
        var isNext = false
        for word in words {
            if isNext {
                path = word
                isNext = false
            } else if word == "--" {
                break
            } else if word == "--config" {
                isNext = true
            } else if word.hasPrefix("--config=") {
                path = String(word.dropFirst("--config=".count))
            }
        }
        return path
    }

    private mutating func parseLong(_ word: String) throws(Stop) {
        let parts = word.dropFirst(2).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let flag = String(parts[0])
        let given = parts.count > 1 ? String(parts[1]) : nil
        if let setting = command.settings.first(where: { $0.flag == flag }) {
            try set(setting, "--\(flag)", given)
        } else if flag.hasPrefix("no-"), given == nil,
            let setting = command.settings.first(where: {
                $0.flag == flag.dropFirst(3) && $0.kind == .toggle
            })
        {
            try values.set(setting, to: "false", from: .flag("--\(flag)"))
        } else {
            throw unknown("--\(flag)")
        }
    }

    private mutating func parseShort(_ word: String) throws(Stop) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            if let setting = command.settings.first(where: { $0.shortOff == letter }) {
                try values.set(setting, to: "false", from: .flag("-\(letter)"))
                continue
            }
            guard let setting = command.settings.first(where: { $0.short == letter }) else {
                throw unknown("-\(letter)")
            }
            if setting.kind == .toggle {
                try set(setting, "-\(letter)", nil)
                continue
            }
            if letters.first == "=" { letters.removeFirst() }
            let given = letters.isEmpty ? nil : String(letters)
            return try set(setting, "-\(letter)", given)
        }
    }

    private mutating func set(
        _ setting: Setting, _ flag: String, _ given: String?
    ) throws(Stop) {
        if setting.kind == .toggle {
            return try values.set(setting, to: given ?? "true", from: .flag(flag))
        }
        guard let text = given ?? rest.popFirst() else {
            throw Stop("\(flag) needs a value: \(setting.kind.allowed)")
        }
        try values.set(setting, to: text, from: .flag(flag))
    }

    private func unknown(_ flag: String) -> Stop {
        if let reason = command.refusals[flag] {
            return Stop("`\(command.name)` does not take \(flag): \(reason)")
        }
        let mine = command.settings.map { "--\($0.flag)" }
        if !mine.contains(flag),
            let other = Setting.all.first(where: { "--\($0.flag)" == flag })
        {
            let takers = other.commands.joined(separator: ", ")
            return Stop("`\(command.name)` does not take \(flag) (these do: \(takers))")
        }
        let hint = flag.hasPrefix("--") ? Suggestion.hint(for: flag, among: mine) : ""
        return Stop(
            "unknown flag \(flag)\(hint)"
                + (hint.isEmpty ? "; see `grepvine \(command.name) --help`" : ""))
    }
}
