/// Reads `JSONPath`'s notation.
struct JSONPathParser {
    private let scalars: [Unicode.Scalar]
    private var next = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(PatternError) -> ([JSONPath.Step], JSONPath.Condition?) {
        skipSpaces()
        guard skip("$") else { throw failure("a JSON path begins with $") }
        var steps: [JSONPath.Step] = []
        while let step = try step() {
            steps.append(step)
            guard steps.count <= JSONPath.mostSteps else {
                throw failure("a JSON path has at most \(JSONPath.mostSteps) steps")
            }
        }
        skipSpaces()
        guard next < scalars.count else { return (steps, nil) }
        let comparison = try comparison()
        skipSpaces()
        let value = try literal()
        skipSpaces()
        guard next == scalars.count else { throw failure("unexpected text after the value") }
        return (steps, JSONPath.Condition(comparison: comparison, value: value))
    }

    private mutating func step() throws(PatternError) -> JSONPath.Step? {
        if skip(".") {
            if skip(".") { return .descendant(try name()) }
            return skip("*") ? .child : .name(try name())
        }
        guard skip("[") else { return nil }
        let step: JSONPath.Step
        if skip("*") {
            step = .element
        } else if let quote = peek, quote == "'" || quote == "\"" {
            step = .name(try quoted())
        } else {
            step = .index(try index())
        }
        guard skip("]") else { throw failure("expected ]") }
        return step
    }

    private mutating func name() throws(PatternError) -> [UInt8] {
        let start = next
        while let scalar = peek, scalar == "_" || scalar == "-" || isLetter(scalar) { next += 1 }
        guard next > start else { throw failure("expected a name") }
        return utf8(scalars[start..<next])
    }

    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
    }

    private mutating func index() throws(PatternError) -> Int {
        let start = next
        while let scalar = peek, ("0"..."9").contains(scalar) { next += 1 }
        guard let value = Int(String(String.UnicodeScalarView(scalars[start..<next]))) else {
            throw failure("expected an index, a quoted name or *")
        }
        return value
    }

    private mutating func comparison() throws(PatternError) -> JSONPath.Comparison {
        for text in ["==", "!=", "<=", ">=", "<", ">"] {
            let wanted = Array(text.unicodeScalars)
            if scalars[next...].starts(with: wanted),
                let found = JSONPath.Comparison(rawValue: text)
            {
                next += wanted.count
                return found
            }
        }
        throw failure("expected ==, !=, <, <=, > or >=")
    }

    private mutating func literal() throws(PatternError) -> JSONScalar {
        if let quote = peek, quote == "'" || quote == "\"" { return .text(try quoted()) }
        let text = String(String.UnicodeScalarView(scalars[next...].prefix { $0 != " " }))
        next += text.unicodeScalars.count
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            guard let number = Double(text), number.isFinite else {
                throw failure("expected a quoted text, a number, true, false or null")
            }
            return .number(number)
        }
    }

    /// Between quotes of one kind; a backslash takes what follows as it is.
    private mutating func quoted() throws(PatternError) -> [UInt8] {
        let quote = scalars[next]
        next += 1
        var content: [Unicode.Scalar] = []
        while let scalar = peek, scalar != quote {
            if scalar == "\\", next + 1 < scalars.count { next += 1 }
            content.append(scalars[next])
            next += 1
        }
        guard skip(quote) else { throw failure("unclosed quote") }
        return utf8(content[...])
    }

    private func utf8(_ scalars: ArraySlice<Unicode.Scalar>) -> [UInt8] {
        Array(String(String.UnicodeScalarView(scalars)).utf8)
    }

    private var peek: Unicode.Scalar? { next < scalars.count ? scalars[next] : nil }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        next += 1
        return true
    }

    private mutating func skipSpaces() { while skip(" ") {} }

    private func failure(_ message: String) -> PatternError { PatternError(message, at: next) }
}
