/// The flags of `grep`: names and meanings are ripgrep's wherever it has the flag.
extension Setting {
    static let grep: [Setting] = patterns + choosing + showing

    private static let patterns: [Setting] = [
        matching(
            "regexp", short: "e", .repeated(.text("PATTERN")),
            "A pattern to search for; may be given several times."),
        matching(
            "file", short: "f", .repeated(.text("FILE")),
            "Patterns to search for, one on each line of the file."),
        matching("fixed-strings", short: "F", .toggle, "Patterns are text, not expressions."),
        matching("ignore-case", short: "i", .toggle, "Compare without case."),
        matching(
            "case-sensitive", short: "s", .toggle, "Compare with case, whatever -i and -S say."),
        matching("smart-case", short: "S", .toggle, "Like -i unless a pattern has a capital."),
        matching("word-regexp", short: "w", .toggle, "Match whole words only."),
        matching("line-regexp", short: "x", .toggle, "Match whole lines only."),
        matching("invert-match", short: "v", .toggle, "Show the lines that do not match."),
        matching(
            "crlf", .toggle, "A carriage return before a line feed belongs to the line's end."),
        matching(
            "max-count", short: "m", .integer(1...Int.max),
            "Stop in each document after this many lines."),
        matching(
            "limit", .integer(1...Int.max),
            "Stop after this many lines in all, and tell the cursor of the next page."),
        matching(
            "max-answer", .bytes(1...(1 << 50)),
            "End the page before the document whose hits would make the answer larger than this."),
        matching(
            "max-bytes", .bytes(1...(1 << 50)),
            "Bytes that each node may look at. What it had no bytes left for is named as missing."),
        matching(
            "cursor", .text("CURSOR"),
            "Go on behind the page that ended with this; all but limits must be the same."),
    ]

    private static let choosing: [Setting] = [
        matching(
            "files", .toggle,
            "Search files instead of the cluster: the arguments behind the pattern, or what is "
                + "below the current directory."),
        matching(
            "prefix", .text("KEYPREFIX"), "Search only keys that begin with this."),
        matching(
            "glob", short: "g", .repeated(.text("GLOB")),
            "Search only keys that match, or with ! before it only others; the last one that "
                + "matches decides. May be given several times."),
        matching(
            "content-type", .choice(["bytes", "text", "json"]),
            "Search only documents of this content type."),
        matching(
            "newer-than", .duration(.milliseconds(1)...(.seconds(36_500 * 86_400))),
            "Search only what was written at most this long ago."),
        matching(
            "json-path", .text("PATH"),
            "Search only JSON documents in which this path leads to something, or to a value that "
                + "compares as asked: '$.user.name', '$.items[*].price > 10'."),
        matching(
            "text", short: "a", .toggle, "Documents with NUL bytes are text like all others."),
        matching(
            "binary", .toggle,
            "Search on behind a NUL byte and report that there is a match. Default: stop there."),
        matching(
            "max-depth", .integer(0...10_000), "With --files: levels of directories to go down."),
        matching(
            "max-filesize", .bytes(0...(1 << 50)), "With --files: leave out larger files."),
    ]

    private static let showing: [Setting] = [
        output(
            "line-number", short: "n", shortOff: "N", .toggle,
            "Show line numbers. Default: on a terminal."),
        output("column", .toggle, "Show where on its line the first match begins, from 1."),
        output(
            "byte-offset", short: "b", .toggle,
            "Show where in its document a line begins, or with -o a match."),
        output("vimgrep", .toggle, "Show a line for each match, with line number and column."),
        output(
            "heading", .toggle,
            "Show each key once, above its lines. Default: on a terminal."),
        output(
            "with-filename", short: "H", .toggle,
            "Show keys. Default: unless one file alone is searched."),
        output("no-filename", short: "I", .toggle, "Do not show keys."),
        output("pretty", short: "p", .toggle, "Colours, headings and line numbers."),
        output("count", short: "c", .toggle, "Show how many lines match in each document."),
        output("count-matches", .toggle, "Show how many matches are in each document."),
        output("files-with-matches", short: "l", .toggle, "Show only the keys."),
        output(
            "files-without-match", .toggle, "Show only the keys of documents without a match."),
        output("null", short: "0", .toggle, "A NUL byte follows each key."),
        output("only-matching", short: "o", .toggle, "Show only what matched, one per line."),
        output("quiet", short: "q", .toggle, "Show nothing; stop at the first hit."),
        output("after-context", short: "A", .integer(0...100_000), "Lines to show after a hit."),
        output("before-context", short: "B", .integer(0...100_000), "Lines to show before a hit."),
        output("context", short: "C", .integer(0...100_000), "Both -A and -B."),
        output(
            "context-separator", .text("TEXT"),
            "What stands between groups of lines; --no-context-separator for nothing. Default: "
                + "--."),
        output("no-context-separator", .toggle, "Nothing stands between groups of lines."),
        output(
            "field-match-separator", .text("TEXT"), "What follows each field of a hit. Default: :."),
        output(
            "field-context-separator", .text("TEXT"),
            "What follows each field of context. Default: -."),
        output(
            "max-columns", short: "M", .integer(0...Int.max),
            "Leave out lines that are longer than this many bytes."),
        output("max-columns-preview", .toggle, "Show the beginning of lines that are too long."),
        output("trim", .toggle, "Leave out white space at the start of lines."),
        output("sort", .choice(["path", "none"]), "Hits are in the order of keys either way."),
        output("stats", .toggle, "Say in the end how much was searched and found."),
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
