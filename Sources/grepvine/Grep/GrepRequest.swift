import GrepvineDistCore

/// What the flags of `grep` ask for: a query, and how to show its hits.
struct GrepRequest {
    var query: GrepQuery
    var style: GrepStyle
    /// Only the exit code matters.
    var isQuiet: Bool
    let timeout: Duration

    /// `arguments` may begin with the pattern, unless `-e` gave some.
    init(
        _ values: Values, arguments: [String], console: Console
    ) throws(Stop) {
        var patterns = values.texts("regexp")
        var arguments = arguments[...]
        if patterns.isEmpty {
            guard let first = arguments.popFirst() else { throw Stop("no pattern given") }
            patterns = [first]
        }
        if let extra = arguments.first {
            throw Stop(
                "unexpected argument `\(extra)`: the whole cluster is searched; --prefix narrows "
                    + "it down")
        }
        query = Self.query(of: patterns, values)
        style = Self.style(values, console)
        isQuiet = values.toggle("quiet")
        timeout = values.duration("timeout")
        try settleForm(values)
        settleContext(values)
    }

    private static func query(of patterns: [String], _ values: Values) -> GrepQuery {
        let isLiteral = values.toggle("fixed-strings")
        let wholeLines = values.toggle("line-regexp")
        var query: GrepQuery
        if patterns.count == 1, !wholeLines {
            query = GrepQuery(patterns[0])
            query.options.isLiteral = isLiteral
        } else {
            let branches = patterns.map { "(?:\(isLiteral ? escaped($0) : $0))" }
            let joined = branches.joined(separator: "|")
            query = GrepQuery(wholeLines ? "^(?:\(joined))$" : joined)
        }
        query.options.ignoresCase =
            values.toggle("ignore-case")
            || values.toggle("smart-case")
                && !patterns.contains { $0.contains(where: \.isUppercase) }
        query.options.wholeWords = values.toggle("word-regexp") && !wholeLines
        query.options.inverted = values.toggle("invert-match")
        query.keyPrefix = Array((values.optionalText("prefix") ?? "").utf8)
        query.limit = values.optionalInteger("limit")
        query.limitPerDocument = values.optionalInteger("max-count")
        return query
    }

    private static func style(_ values: Values, _ console: Console) -> GrepStyle {
        var style = GrepStyle()
        let isTerminal = console.output.isTerminal
        style.heading = values.optionalToggle("heading") ?? isTerminal
        style.lineNumbers = values.optionalToggle("line-number") ?? isTerminal
        style.color = console.usesColor(values.text("color"))
        style.onlyMatching = values.toggle("only-matching")
        style.maxColumns = values.optionalInteger("max-columns")
        return style
    }

    /// Counting wins over listing keys, as it does in ripgrep.
    private mutating func settleForm(_ values: Values) throws(Stop) {
        let counts = values.toggle("count")
        let keys = values.toggle("files-with-matches")
        if values.toggle("json") {
            if counts || keys {
                throw Stop(
                    "--json cannot be used with --\(counts ? "count" : "files-with-matches")")
            }
            style.form = .json
        } else if counts {
            // Matches are counted from the lines: owners only count lines.
            let countsMatches = style.onlyMatching && !query.options.inverted
            style.form = countsMatches ? .matchCounts : .counts
            query.output = countsMatches ? .lines : .counts
        } else if keys || isQuiet {
            style.form = .keys
            query.output = .keys
        }
        if isQuiet, query.limit == nil { query.limit = 1 }
    }

    private mutating func settleContext(_ values: Values) {
        guard query.output == .lines, style.form != .matchCounts else { return }
        let both = values.optionalInteger("context") ?? 0
        query.before = values.optionalInteger("before-context") ?? both
        query.after = values.optionalInteger("after-context") ?? both
        style.hasContext = query.before > 0 || query.after > 0
    }

    /// The pattern that matches exactly this text.
    static func escaped(_ text: String) -> String {
        String(
            text.flatMap { letter -> [Character] in
                #"\.+*?()|[]{}^$#&-~"#.contains(letter) ? ["\\", letter] : [letter]
            })
    }
}
