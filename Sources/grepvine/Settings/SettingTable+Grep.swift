/// The flags of `grep`: names and meanings are ripgrep's wherever it has the flag.
extension Setting {
    static let grep: [Setting] = [
        matching(
            "regexp", short: "e", .repeated(.text("PATTERN")),
            "A pattern to search for; may be given several times."),
        matching("fixed-strings", short: "F", .toggle, "Patterns are text, not expressions."),
        matching("ignore-case", short: "i", .toggle, "Compare without case."),
        matching("smart-case", short: "S", .toggle, "Like -i unless a pattern has a capital."),
        matching("word-regexp", short: "w", .toggle, "Match whole words only."),
        matching("line-regexp", short: "x", .toggle, "Match whole lines only."),
        matching("invert-match", short: "v", .toggle, "Show the lines that do not match."),
        matching(
            "max-count", short: "m", .integer(1...Int.max),
            "Stop in each document after this many lines."),
        matching("limit", .integer(1...Int.max), "Stop after this many lines in all."),
        matching("prefix", .text("KEYPREFIX"), "Search only keys that begin with this."),
        output(
            "line-number", short: "n", shortOff: "N", .toggle,
            "Show line numbers. Default: on a terminal."),
        output(
            "heading", .toggle,
            "Show each key once, above its lines. Default: on a terminal."),
        output("count", short: "c", .toggle, "Show how many lines match in each document."),
        output("files-with-matches", short: "l", .toggle, "Show only the keys."),
        output("only-matching", short: "o", .toggle, "Show only what matched, one per line."),
        output("quiet", short: "q", .toggle, "Show nothing; stop at the first hit."),
        output("after-context", short: "A", .integer(0...100_000), "Lines to show after a hit."),
        output("before-context", short: "B", .integer(0...100_000), "Lines to show before a hit."),
        output("context", short: "C", .integer(0...100_000), "Both -A and -B."),
        output(
            "max-columns", short: "M", .integer(0...Int.max),
            "Leave out lines that are longer than this many bytes."),
        output("json", .toggle, "JSON Lines in ripgrep's schema."),
        output(
            "explain", .toggle,
            "Show no hits but how the search is planned, and what each node read for it."),
    ]

    private static func matching(
        _ flag: String, short: Character? = nil, _ kind: SettingKind, _ help: String
    ) -> Setting {
        Setting(flag: flag, short: short, kind, .matching, for: ["grep"], help)
    }

    private static func output(
        _ flag: String, short: Character? = nil, shortOff: Character? = nil, _ kind: SettingKind,
        _ help: String
    ) -> Setting {
        Setting(
            flag: flag, short: short, shortOff: shortOff, kind, .output, for: ["grep"], help)
    }
}
