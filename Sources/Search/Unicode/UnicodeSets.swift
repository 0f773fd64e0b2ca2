/// The sets behind `\w`, `\d`, `\s`, `\p{…}` and `[[:alpha:]]`, with ripgrep's meaning: Unicode for
/// the escapes, ASCII for the bracketed names.
enum UnicodeSets {
    /// Alphabetic, mark, decimal number, connector punctuation, join control (UTS #18).
    static let word = scan { properties in
        switch properties.generalCategory {
        case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark:
            true
        default: properties.isAlphabetic || properties.isJoinControl
        }
    }
    /// Everything else that a line may hold.
    static let notWordInLine = word.union(.lineFeed).inverted
    static let digit = scan { $0.generalCategory == .decimalNumber }
    static let space = ScalarSet([
        0x9...0xd, 0x20...0x20, 0x85...0x85, 0xa0...0xa0, 0x1680...0x1680, 0x2000...0x200a,
        0x2028...0x2029, 0x202f...0x202f, 0x205f...0x205f, 0x3000...0x3000,
    ])

    /// `name` between the colons of `[[:name:]]`.
    static func posix(_ name: String) -> ScalarSet? {
        switch name {
        case "alnum": ascii("09", "AZ", "az")
        case "alpha": ascii("AZ", "az")
        case "ascii": ScalarSet([0...0x7f])
        case "blank": ascii("\t\t", "  ")
        case "cntrl": ScalarSet([0...0x1f, 0x7f...0x7f])
        case "digit": ascii("09")
        case "graph": ascii("!~")
        case "lower": ascii("az")
        case "print": ascii(" ~")
        case "punct": ascii("!/", ":@", "[`", "{~")
        case "space": ScalarSet([9...13, 32...32])
        case "upper": ascii("AZ")
        case "word": ascii("09", "AZ", "az", "__")
        case "xdigit": ascii("09", "AF", "af")
        default: nil
        }
    }

    /// A general category, a binary property or one of three scripts; case, spaces and
    /// underscores do not matter.
    static func named(_ name: String) -> ScalarSet? {
        let plain = String(name.lowercased().filter { $0 != "_" && $0 != " " && $0 != "-" })
        switch plain {
        case "any": return .all
        case "ascii": return ScalarSet([0...0x7f])
        case "alphabetic", "alpha": return scan(\.isAlphabetic)
        case "uppercase", "upper": return scan(\.isUppercase)
        case "lowercase", "lower": return scan(\.isLowercase)
        case "whitespace", "space": return space
        case "latin", "greek", "cyrillic": return script(plain)
        default:
            guard let wanted = categories(plain) else { return nil }
            return ScalarSet(categorized.filter { wanted.contains($0.category) }.map(\.range))
        }
    }

    private static func ascii(_ pairs: String...) -> ScalarSet {
        ScalarSet(
            pairs.map { pair in
                let bytes = Array(pair.utf8)
                return UInt32(bytes[0])...UInt32(bytes[1])
            })
    }

    /// Neighbours of one general category.
    private static let categorized: [(range: ClosedRange<UInt32>, category: GeneralCategory)] = {
        var runs: [(range: ClosedRange<UInt32>, category: GeneralCategory)] = []
        for value in spans.flatMap({ Array($0) }) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let category = scalar.properties.generalCategory
            if let last = runs.last, last.category == category, last.range.upperBound + 1 == value {
                runs[runs.count - 1].range = last.range.lowerBound...value
            } else {
                runs.append((value...value, category))
            }
        }
        return runs
    }()

    private typealias GeneralCategory = Unicode.GeneralCategory

    private static let spans: [ClosedRange<UInt32>] = [
        0...0xd7ff, 0xe000...0x3ffff, 0xe0000...0xe0fff,
    ]

    /// Planes 4 to 13 are unassigned, 14 holds only selectors and tags, and 15 and 16 are private
    /// use, which no set here holds.
    private static func scan(_ holds: (Unicode.Scalar.Properties) -> Bool) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        var start: UInt32?
        for span in spans {
            for value in span {
                let isMember = Unicode.Scalar(value).map { holds($0.properties) } ?? false
                if isMember, start == nil { start = value }
                if !isMember, let first = start {
                    ranges.append(first...(value - 1))
                    start = nil
                }
            }
            if let first = start { ranges.append(first...span.upperBound) }
            start = nil
        }
        return ScalarSet(ranges)
    }

    private static func script(_ name: String) -> ScalarSet {
        switch name {
        case "latin":
            ScalarSet([
                0x41...0x5a, 0x61...0x7a, 0xaa...0xaa, 0xba...0xba, 0xc0...0xd6, 0xd8...0xf6,
                0xf8...0x2b8, 0x2e0...0x2e4, 0x1d00...0x1d25, 0x1d2c...0x1d5c, 0x1d62...0x1d65,
                0x1d6b...0x1d77, 0x1d79...0x1dbe, 0x1e00...0x1eff, 0x2071...0x2071,
                0x207f...0x207f, 0x2090...0x209c, 0x212a...0x212b, 0x2132...0x2132,
                0x214e...0x214e, 0x2160...0x2188, 0x2c60...0x2c7f, 0xa722...0xa787,
                0xa78b...0xa7bf, 0xab30...0xab5a, 0xab5c...0xab64, 0xfb00...0xfb06,
                0xff21...0xff3a, 0xff41...0xff5a,
            ])
        case "greek":
            ScalarSet([
                0x370...0x373, 0x375...0x377, 0x37a...0x37d, 0x37f...0x37f, 0x384...0x384,
                0x386...0x386, 0x388...0x38a, 0x38c...0x38c, 0x38e...0x3a1, 0x3a3...0x3e1,
                0x3f0...0x3ff, 0x1d26...0x1d2a, 0x1f00...0x1f15, 0x1f18...0x1f1d,
                0x1f20...0x1f45, 0x1f48...0x1f4d, 0x1f50...0x1f57, 0x1f59...0x1f59, 0x1f5b...0x1f5b,
                0x1f5d...0x1f5d, 0x1f5f...0x1f7d,
                0x1f80...0x1fb4, 0x1fb6...0x1fc4, 0x1fc6...0x1fd3, 0x1fd6...0x1fdb,
                0x1fdd...0x1fef, 0x1ff2...0x1ff4, 0x1ff6...0x1ffe, 0x2126...0x2126,
            ])
        default:
            ScalarSet([
                0x400...0x484, 0x487...0x52f, 0x1c80...0x1c88, 0x1d2b...0x1d2b, 0x1d78...0x1d78,
                0x2de0...0x2dff, 0xa640...0xa69f, 0xfe2e...0xfe2f,
            ])
        }
    }

    private static func categories(_ name: String) -> [Unicode.GeneralCategory]? {
        switch name {
        case "l", "letter":
            [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter]
        case "lu", "uppercaseletter": [.uppercaseLetter]
        case "ll", "lowercaseletter": [.lowercaseLetter]
        case "lt", "titlecaseletter": [.titlecaseLetter]
        case "lm", "modifierletter": [.modifierLetter]
        case "lo", "otherletter": [.otherLetter]
        case "m", "mark": [.nonspacingMark, .spacingMark, .enclosingMark]
        case "mn", "nonspacingmark": [.nonspacingMark]
        case "mc", "spacingmark": [.spacingMark]
        case "me", "enclosingmark": [.enclosingMark]
        case "n", "number": [.decimalNumber, .letterNumber, .otherNumber]
        case "nd", "decimalnumber": [.decimalNumber]
        case "nl", "letternumber": [.letterNumber]
        case "no", "othernumber": [.otherNumber]
        default: punctuationOrOther(name)
        }
    }

    private static func punctuationOrOther(_ name: String) -> [Unicode.GeneralCategory]? {
        switch name {
        case "p", "punctuation", "punct":
            [
                .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
                .initialPunctuation, .finalPunctuation, .otherPunctuation,
            ]
        case "pc", "connectorpunctuation": [.connectorPunctuation]
        case "pd", "dashpunctuation": [.dashPunctuation]
        case "ps", "openpunctuation": [.openPunctuation]
        case "pe", "closepunctuation": [.closePunctuation]
        case "pi", "initialpunctuation": [.initialPunctuation]
        case "pf", "finalpunctuation": [.finalPunctuation]
        case "po", "otherpunctuation": [.otherPunctuation]
        case "s", "symbol": [.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol]
        case "sm", "mathsymbol": [.mathSymbol]
        case "sc", "currencysymbol": [.currencySymbol]
        case "sk", "modifiersymbol": [.modifierSymbol]
        case "so", "othersymbol": [.otherSymbol]
        case "z", "separator": [.spaceSeparator, .lineSeparator, .paragraphSeparator]
        case "zs", "spaceseparator": [.spaceSeparator]
        case "zl", "lineseparator": [.lineSeparator]
        case "zp", "paragraphseparator": [.paragraphSeparator]
        case "cc", "control", "cntrl": [.control]
        case "cf", "format": [.format]
        default: nil
        }
    }
}
