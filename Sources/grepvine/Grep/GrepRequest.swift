import GrepvineDistCore

/// What the flags of `grep` ask for: a query, and how to show its hits.
struct GrepRequest {
    var query: GrepQuery
    var style: GrepStyle
    /// Only the exit code matters.
    let isQuiet: Bool
    /// Nil when the cluster is searched.
    let files: FileSelection?

    /// `arguments` may begin with the pattern, unless `-e` or `-f` gave some.
    init(
        _ values: Values, arguments: [String], console: Console
    ) throws(Stop) {
        var arguments = arguments[...]
        let patterns = try Self.patterns(values, &arguments, console)
        isQuiet = values.toggle("quiet")
        if values.toggle("files") {
            guard values.optionalInteger("limit") == nil else {
                throw Stop("--limit is for the cluster; with --files, -m limits each file")
            }
            for flag in ["cursor", "max-bytes", "max-answer"]
            where values.optionalText(flag) != nil {
                throw Stop("--\(flag) is for the cluster; files are searched in one go")
            }
            files = FileSelection(values, paths: Array(arguments))
        } else if let extra = arguments.first {
            throw Stop(
                "unexpected argument `\(extra)`: the whole cluster is searched; --prefix and "
                    + "--glob narrow it down, and --files searches files")
        } else {
            files = nil
        }
        query = Self.query(of: patterns, values)
        query.filter = try Self.filter(values)
        style = GrepStyle(values, console, files)
        try settleForm(values)
        settleContext(values)
        settleBinary(values)
    }

    private static func patterns(
        _ values: Values, _ arguments: inout ArraySlice<String>, _ console: Console
    ) throws(Stop) -> [String] {
        var patterns = values.texts("regexp")
        for path in values.texts("file") {
            let lines = try console.readFile(path).split(
                separator: .lineFeed, omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where index < lines.count - 1 || !line.isEmpty {
                guard let text = String(validating: line, as: UTF8.self) else {
                    throw Stop("\(path): line \(index + 1) is not UTF-8")
                }
                patterns.append(text)
            }
        }
        if patterns.isEmpty, values.texts("file").isEmpty {
            guard let first = arguments.popFirst() else { throw Stop("no pattern given") }
            patterns = [first]
        }
        return patterns
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
            // A class that holds nothing: no patterns match no line.
            let joined = branches.isEmpty ? "[^\\x00-\\x{10FFFF}]" : branches.joined(separator: "|")
            query = GrepQuery(wholeLines ? "^(?:\(joined))$" : joined)
        }
        query.options.ignoresCase =
            !values.toggle("case-sensitive")
            && (values.toggle("ignore-case")
                || values.toggle("smart-case")
                    && !patterns.contains { $0.contains(where: \.isUppercase) })
        query.options.wholeWords = values.toggle("word-regexp") && !wholeLines
        query.options.inverted = values.toggle("invert-match")
        query.options.endsLinesWithCRLF = values.toggle("crlf")
        query.keyPrefix = Array((values.optionalText("prefix") ?? "").utf8)
        query.limit = values.optionalInteger("limit")
        query.cursor = values.optionalText("cursor")
        query.maxBytes = values.optionalByteCount("max-bytes")
        query.maxAnswer = values.optionalByteCount("max-answer")
        query.limitPerDocument = values.optionalInteger("max-count")
        return query
    }

    private static func filter(_ values: Values) throws(Stop) -> DocumentFilter {
        var filter = DocumentFilter()
        filter.globs = values.texts("glob")
        filter.contentType = values.optionalText("content-type").map(ContentType.init(name:))
        if let age = values.optionalDuration("newer-than") {
            filter.notBefore = WallTime(
                milliseconds: ProcessFacts.wallMilliseconds - age.wholeMilliseconds)
        }
        filter.jsonPath = values.optionalText("json-path")
        guard filter.globs.count <= DocumentFilter.mostGlobs else {
            throw Stop("--glob is given \(filter.globs.count) times, the limit is 64")
        }
        return filter
    }

    /// Counting wins over listing keys, as it does in ripgrep.
    private mutating func settleForm(_ values: Values) throws(Stop) {
        let counts = values.toggle("count") || values.toggle("count-matches")
        let keys = values.toggle("files-with-matches") || values.toggle("files-without-match")
        if values.toggle("json") {
            if counts || keys { throw Stop("--json cannot be used with counts or lists of keys") }
            style.form = .json
        } else if counts {
            let countsMatches = values.toggle("count-matches") || style.onlyMatching
            style.form = countsMatches && !query.options.inverted ? .matchCounts : .counts
            query.output = style.form == .counts ? .counts : .matchCounts
        } else if keys || isQuiet {
            style.form = .keys
            query.output = values.toggle("files-without-match") ? .keysWithoutMatch : .keys
        }
        if isQuiet, query.limit == nil { query.limit = 1 }
    }

    private mutating func settleContext(_ values: Values) {
        guard query.output == .lines else { return }
        let both = values.optionalInteger("context") ?? 0
        query.before = values.optionalInteger("before-context") ?? both
        query.after = values.optionalInteger("after-context") ?? both
        style.hasContext = query.before > 0 || query.after > 0
    }

    /// What is found by walking is skipped, as in ripgrep.
    private mutating func settleBinary(_ values: Values) {
        if values.toggle("text") {
            query.binary = .isText
        } else {
            query.binary = values.toggle("binary") ? .isReported : .isSkipped
        }
        style.skipsBinary = query.binary == .isSkipped
        // JSON Lines say where the NUL byte is and hold all hits.
        if query.binary == .isReported, style.form == .json { query.binary = .endsLines }
    }

    /// The pattern that matches exactly this text.
    static func escaped(_ text: String) -> String {
        String(
            text.flatMap { letter -> [Character] in
                #"\.+*?()|[]{}^$#&-~"#.contains(letter) ? ["\\", letter] : [letter]
            })
    }
}
