import GrepvineDistCore

/// Reads a pattern in ripgrep's syntax. Everything that is refused says what and where.
///
/// `\w \d \s \b` and `.` are Unicode, as in ripgrep; `[[:alpha:]]` is ASCII. Lines are the unit,
/// so a line feed leaves every class, `\A` is `^` and `\z` is `$`. Captures are groups and nothing
/// more.
struct PatternParser {
    let scalars: [Unicode.Scalar]
    var next = 0
    var depth = 0
    var flags: Flags

    /// What `(?…)` switches.
    struct Flags {
        var ignoresCase = false
        /// `(?U)`: `*` is lazy and `*?` is greedy.
        var swapsGreed = false
        /// `(?x)`: white space and comments in the pattern mean nothing.
        var isVerbose = false
        /// A carriage return before the line feed belongs to the line's end.
        var endsLinesWithCRLF = false
    }

    init(_ pattern: String, ignoringCase: Bool) {
        scalars = Array(pattern.unicodeScalars)
        flags = Flags(ignoresCase: ignoringCase)
    }

    /// The tree of a query's pattern with its options applied.
    static func syntax(of query: GrepQuery) throws(PatternError) -> Syntax {
        let options = query.options
        guard query.pattern.utf8.count <= PatternLimit.length else {
            throw PatternError(
                "pattern is \(query.pattern.utf8.count) bytes, the limit is "
                    + "\(PatternLimit.length)", at: 0)
        }
        var parser = PatternParser(query.pattern, ignoringCase: options.ignoresCase)
        parser.flags.endsLinesWithCRLF = options.endsLinesWithCRLF
        let syntax = options.isLiteral ? try parser.literal() : try parser.pattern()
        guard options.wholeWords else { return syntax }
        return .concatenation([.look(.wordStart), syntax, .look(.wordEnd)])
    }

    /// The end of a line, with the carriage return that may stand there.
    var lineEnd: Syntax {
        guard flags.endsLinesWithCRLF else { return .look(.lineEnd) }
        let carriageReturn = Syntax.repetition(
            .scalars(.carriageReturn), least: 0, most: 1, isLazy: true)
        return .concatenation([carriageReturn, .look(.lineEnd)])
    }

    private mutating func literal() throws(PatternError) -> Syntax {
        var items: [Syntax] = []
        while let scalar = take() { items.append(try character(scalar)) }
        return .concatenation(items)
    }

    private mutating func pattern() throws(PatternError) -> Syntax {
        let syntax = try alternation()
        guard next == scalars.count else { throw failure("unopened group: stray )") }
        return syntax
    }

    private mutating func alternation() throws(PatternError) -> Syntax {
        var branches = [try concatenation()]
        while skip("|") { branches.append(try concatenation()) }
        return branches.count == 1 ? branches[0] : .alternation(branches)
    }

    private mutating func concatenation() throws(PatternError) -> Syntax {
        var items: [Syntax] = []
        while true {
            skipVerboseSpace()
            guard let scalar = peek, scalar != "|", scalar != ")" else { break }
            let start = next
            guard let item = try atom() else { continue }
            items.append(try repetitions(of: item, since: start))
        }
        return items.count == 1 ? items[0] : .concatenation(items)
    }

    /// Nil for what matches nothing and cannot be repeated, such as `(?i)`.
    private mutating func atom() throws(PatternError) -> Syntax? {
        guard let scalar = take() else { return nil }
        switch scalar {
        case ".": return .scalars(try lineClass(.all, since: next - 1))
        case "^": return .look(.lineStart)
        case "$": return lineEnd
        case "[": return .scalars(try lineClass(characterClass(), since: next - 1))
        case "(": return try group()
        case "\\": return try escape()
        case "*", "+", "?", "{":
            throw PatternError("nothing to repeat before \(scalar)", at: next - 1)
        default: return try character(scalar)
        }
    }

    /// One scalar as a pattern, folded when case is ignored.
    func character(_ scalar: Unicode.Scalar) throws(PatternError) -> Syntax {
        try .scalars(lineClass(folded(ScalarSet(scalar.value)), since: next - 1))
    }

    func folded(_ set: ScalarSet) -> ScalarSet {
        flags.ignoresCase ? CaseFolding.closure(of: set) : set
    }

    /// `set` without what ends a line, which must not be all that it holds.
    func lineClass(_ set: ScalarSet, since start: Int) throws(PatternError) -> ScalarSet {
        var rest = set.contains(10) ? set.subtracting(.lineFeed) : set
        if flags.endsLinesWithCRLF, rest.contains(13) { rest = rest.subtracting(.carriageReturn) }
        guard !rest.isEmpty || set.isEmpty else {
            let end = set.contains(10) ? "\\n" : "\\r"
            throw PatternError("a match never crosses a line: \(end) is not allowed", at: start)
        }
        return rest
    }

    /// Nil for flags that hold until the group around them ends.
    private mutating func group() throws(PatternError) -> Syntax? {
        let start = next - 1
        let outer = flags
        if skip("?") {
            guard try !groupPrefix(since: start) else { return nil }
        }
        try enter()
        let syntax = try alternation()
        guard skip(")") else { throw PatternError("unclosed group", at: start) }
        depth -= 1
        flags = outer
        return syntax
    }

    /// What follows `(?`. True when the group ended with its flags.
    private mutating func groupPrefix(since start: Int) throws(PatternError) -> Bool {
        if skip("=") || skip("!") {
            throw PatternError("look-around is not supported", at: start)
        }
        if skip("P") {
            guard skip("<") else { throw failure("expected a name after (?P") }
            try groupName(since: start)
            return false
        }
        if skip("<") {
            if peek == "=" || peek == "!" {
                throw PatternError("look-around is not supported", at: start)
            }
            try groupName(since: start)
            return false
        }
        return try groupFlags(since: start)
    }

    private mutating func groupName(since start: Int) throws(PatternError) {
        let first = next
        while let scalar = peek, scalar != ">" {
            guard scalar == "_" || scalar.properties.isAlphabetic || isDigit(scalar) else {
                throw failure("a group name is letters, digits and underscores")
            }
            next += 1
        }
        guard next > first, skip(">") else { throw PatternError("unclosed group name", at: start) }
    }

    private mutating func groupFlags(since start: Int) throws(PatternError) -> Bool {
        var isOn = true
        while let scalar = take() {
            switch scalar {
            case ":": return false
            case ")": return true
            case "-": isOn = false
            case "i": flags.ignoresCase = isOn
            case "U": flags.swapsGreed = isOn
            case "x": flags.isVerbose = isOn
            // A line is all there is: both only matter across lines.
            case "m", "s": break
            case "u" where isOn: break
            default: throw PatternError("flag \(scalar) is not supported", at: next - 1)
            }
        }
        throw PatternError("unclosed group", at: start)
    }
}

extension PatternParser {
    private mutating func repetitions(
        of item: Syntax, since start: Int
    ) throws(PatternError) -> Syntax {
        var syntax = item
        let outer = depth
        while let bounds = try repetitionBounds() {
            try enter()
            let isLazy = skip("?") != flags.swapsGreed
            syntax = .repetition(
                syntax, least: bounds.least, most: bounds.most, isLazy: isLazy)
        }
        depth = outer
        return syntax
    }

    private mutating func repetitionBounds() throws(PatternError) -> (least: Int, most: Int?)? {
        skipVerboseSpace()
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        guard skip("{") else { return nil }
        let start = next - 1
        let least = try number()
        var most: Int? = least
        if skip(",") { most = peek == "}" ? nil : try number() }
        guard skip("}") else { throw PatternError("unclosed repetition", at: start) }
        if let most, most < least {
            throw PatternError("repetition asks for \(least) to \(most) copies", at: start)
        }
        return (least, most)
    }

    private mutating func number() throws(PatternError) -> Int {
        let start = next
        var value = 0
        while let scalar = peek, isDigit(scalar) {
            value = value * 10 + Int(scalar.value - 48)
            next += 1
            guard value <= PatternLimit.repetition else {
                throw PatternError(
                    "repetition is above the limit of \(PatternLimit.repetition)", at: start)
            }
        }
        guard next > start else { throw failure("repetition needs a number") }
        return value
    }

    mutating func enter() throws(PatternError) {
        depth += 1
        guard depth <= PatternLimit.nesting else {
            throw failure("nesting is deeper than the limit of \(PatternLimit.nesting)")
        }
    }

    var peek: Unicode.Scalar? { next < scalars.count ? scalars[next] : nil }

    mutating func take() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        next += 1
        return scalar
    }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        next += 1
        return true
    }

    mutating func skipVerboseSpace() {
        guard flags.isVerbose else { return }
        while let scalar = peek {
            if scalar == "#" {
                while let comment = peek, comment != "\n" {
                    _ = comment
                    next += 1
                }
            } else if scalar.properties.isWhitespace {
                next += 1
            } else {
                return
            }
        }
    }

    func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    func failure(_ message: String) -> PatternError { PatternError(message, at: next) }
}
