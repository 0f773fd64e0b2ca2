extension PatternParser {
    /// What follows a backslash outside classes.
    mutating func escape() throws(PatternError) -> Syntax? {
        let start = next - 1
        if let set = try escapedSet() { return .scalars(try lineClass(set, since: start)) }
        switch peek {
        case "A": return look(.lineStart)
        case "z":
            next += 1
            return lineEnd
        case "b": return look(.wordBoundary)
        case "B": return look(.notWordBoundary)
        case "Q": return try quotation()
        default: return try character(try escapedScalar())
        }
    }

    private mutating func look(_ looks: Looks) -> Syntax {
        next += 1
        return .look(looks)
    }

    /// `\Q…\E`, or to the end of the pattern. A repetition after it holds for its last scalar.
    private mutating func quotation() throws(PatternError) -> Syntax? {
        next += 1
        var items: [Syntax] = []
        while let scalar = take() {
            if scalar == "\\", skip("E") { break }
            items.append(try character(scalar))
        }
        return items.isEmpty ? nil : .concatenation(items)
    }

    /// `\w`, `\D`, `\p{…}` and their like; nil, with nothing read, when it is another escape.
    mutating func escapedSet() throws(PatternError) -> ScalarSet? {
        let set: ScalarSet
        switch peek {
        case "d": set = UnicodeSets.digit
        case "D": set = UnicodeSets.digit.inverted
        case "w": set = UnicodeSets.word
        case "W": set = UnicodeSets.word.inverted
        case "s": set = UnicodeSets.space
        case "S": set = UnicodeSets.space.inverted
        case "p", "P": return try propertySet()
        default: return nil
        }
        next += 1
        return set
    }

    private mutating func propertySet() throws(PatternError) -> ScalarSet {
        let start = next - 1
        var isInverted = take() == "P"
        var name = ""
        if skip("{") {
            if skip("^") { isInverted.toggle() }
            while let scalar = take(), scalar != "}" { name.unicodeScalars.append(scalar) }
            guard scalars[next - 1] == "}" else {
                throw PatternError("unclosed property", at: start)
            }
        } else if let scalar = take() {
            name.unicodeScalars.append(scalar)
        }
        guard let set = UnicodeSets.named(name) else {
            throw PatternError("unknown Unicode property \(name)", at: start)
        }
        let whole = folded(set)
        return isInverted ? whole.inverted : whole
    }

    /// An escape that stands for one scalar.
    mutating func escapedScalar() throws(PatternError) -> Unicode.Scalar {
        guard let scalar = take() else { throw failure("pattern ends with a backslash") }
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{c}"
        case "v": return "\u{b}"
        case "a": return "\u{7}"
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        case "U": return try hexadecimal(digits: 8)
        case "0"..."9": throw PatternError("back references are not supported", at: next - 2)
        case "!"..."/", ":"..."@", "["..."`", "{"..."~", " ": return scalar
        default: throw PatternError("unknown escape \\\(scalar)", at: next - 2)
        }
    }

    private mutating func hexadecimal(digits: Int) throws(PatternError) -> Unicode.Scalar {
        let start = next
        var text = ""
        if skip("{") {
            while let scalar = take(), scalar != "}" { text.unicodeScalars.append(scalar) }
            guard scalars[next - 1] == "}" else { throw PatternError("unclosed \\x{", at: start) }
        } else {
            for _ in 0..<digits { if let scalar = take() { text.unicodeScalars.append(scalar) } }
            guard text.unicodeScalars.count == digits else {
                throw PatternError("expected \(digits) hexadecimal digits", at: start)
            }
        }
        guard text.first?.isHexDigit == true, let value = UInt32(text, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw PatternError("\(text) is no Unicode scalar", at: start) }
        return scalar
    }
}
