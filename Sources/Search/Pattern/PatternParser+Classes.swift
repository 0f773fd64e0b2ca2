extension PatternParser {
    /// A class whose `[` was just read, with nested classes and the operators `&&`, `--` and `~~`.
    mutating func characterClass() throws(PatternError) -> ScalarSet {
        let start = next - 1
        try enter()
        let isInverted = skip("^")
        var set = ScalarSet.none
        var pending: Operator?
        var isFirst = true
        repeat {
            let items = try classItems(isFirst: isFirst, since: start)
            set = pending.map { $0.apply(set, items) } ?? items
            isFirst = false
            pending = classOperator()
        } while pending != nil
        guard skip("]") else { throw PatternError("unclosed class", at: start) }
        depth -= 1
        let whole = folded(set)
        return isInverted ? whole.inverted : whole
    }

    private enum Operator {
        case intersection, difference, symmetricDifference

        func apply(_ left: ScalarSet, _ right: ScalarSet) -> ScalarSet {
            switch self {
            case .intersection: left.intersection(right)
            case .difference: left.subtracting(right)
            case .symmetricDifference:
                left.union(right).subtracting(left.intersection(right))
            }
        }
    }

    private mutating func classOperator() -> Operator? {
        guard next + 1 < scalars.count, scalars[next] == scalars[next + 1] else { return nil }
        let found: Operator? =
            switch scalars[next] {
            case "&": .intersection
            case "-": .difference
            case "~": .symmetricDifference
            default: nil
            }
        if found != nil { next += 2 }
        return found
    }

    private var isAtOperator: Bool {
        guard next + 1 < scalars.count, scalars[next] == scalars[next + 1] else { return false }
        return scalars[next] == "&" || scalars[next] == "-" || scalars[next] == "~"
    }

    /// The union of items up to an operator or the closing bracket.
    private mutating func classItems(
        isFirst: Bool, since start: Int
    ) throws(PatternError) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        // A bracket and hyphens that come first stand for themselves.
        if isFirst {
            while skip("-") { ranges.append(45...45) }
            if ranges.isEmpty, peek == "]" { ranges += try classItem(since: start) }
        }
        while true {
            skipVerboseSpace()
            guard let scalar = peek else { throw PatternError("unclosed class", at: start) }
            if scalar == "]" || isAtOperator { break }
            if scalar == "[" {
                next += 1
                if let set = try namedClass() {
                    ranges += set.ranges
                } else {
                    ranges += try characterClass().ranges
                }
            } else {
                ranges += try classItem(since: start)
            }
        }
        return ScalarSet(ranges)
    }

    /// A scalar, a range or an escaped set.
    private mutating func classItem(
        since start: Int
    ) throws(PatternError) -> [ClosedRange<UInt32>] {
        let first = next
        guard case .scalar(let low) = try classEnd(since: start) else {
            next = first + 1
            return try escapedSet()?.ranges ?? []
        }
        guard peek == "-", next + 1 < scalars.count, scalars[next + 1] != "]",
            scalars[next + 1] != "-"
        else { return [low...low] }
        next += 1
        guard case .scalar(let high) = try classEnd(since: start), low <= high else {
            throw PatternError("class range is not ascending", at: first)
        }
        return ScalarSet.withoutSurrogates(low...high)
    }

    private enum ClassEnd {
        case scalar(UInt32)
        case set
    }

    private mutating func classEnd(since start: Int) throws(PatternError) -> ClassEnd {
        guard let scalar = take() else { throw PatternError("unclosed class", at: start) }
        guard scalar == "\\" else { return .scalar(scalar.value) }
        if try escapedSet() != nil { return .set }
        return .scalar(try escapedScalar().value)
    }

    /// `[:alpha:]` or `[:^alpha:]` whose first bracket was read; nil, with nothing read, when it is
    /// an ordinary class.
    private mutating func namedClass() throws(PatternError) -> ScalarSet? {
        let start = next
        guard skip(":") else { return nil }
        let isInverted = skip("^")
        var name = ""
        while let scalar = peek, ("a"..."z").contains(scalar) {
            name.unicodeScalars.append(scalar)
            next += 1
        }
        guard skip(":"), skip("]") else {
            next = start
            return nil
        }
        guard let set = UnicodeSets.posix(name) else {
            throw PatternError("unknown class [:\(name):]", at: start)
        }
        return isInverted ? set.inverted : set
    }
}
