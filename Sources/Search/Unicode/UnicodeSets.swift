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

    /// A general category, a binary property or a script, or `gc=` or `sc=` with its name; case,
    /// spaces and underscores do not matter.
    static func named(_ name: String) -> ScalarSet? {
        let plain = plain(name)
        let parts = plain.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "=" || $0 == ":" })
        if parts.count == 2 { return named(String(parts[1]), of: parts[0]) }
        switch plain {
        case "any": return .all
        case "assigned": return categorySet("cn")?.inverted
        case "ascii": return ScalarSet([0...0x7f])
        case "whitespace", "space": return space
        default:
            if let property = UnicodeProperties.named(plain) { return scan(property) }
            return categorySet(plain) ?? UnicodeScripts.set(plain)
        }
    }

    private static func named(_ value: String, of kind: Substring) -> ScalarSet? {
        switch kind {
        case "gc", "generalcategory": categorySet(value)
        case "sc", "script": UnicodeScripts.set(value)
        default: nil
        }
    }

    private static func plain(_ name: String) -> String {
        String(name.lowercased().filter { $0 != "_" && $0 != " " && $0 != "-" })
    }

    private static func categorySet(_ name: String) -> ScalarSet? {
        // What is in no span is unassigned or for private use.
        if name == "co" || name == "privateuse" {
            return ScalarSet([0xe000...0xf8ff, 0xf0000...0xffffd, 0x100000...0x10fffd])
        }
        if name == "cn" || name == "unassigned" { return unassigned }
        if name == "c" || name == "other" {
            return ["cc", "cf", "co", "cn"].compactMap(categorySet).reduce(.none) { $0.union($1) }
        }
        guard let wanted = UnicodeCategories.named(name) else { return nil }
        return ScalarSet(categorized.filter { wanted.contains($0.category) }.map(\.range))
    }

    private static let unassigned = ScalarSet(
        categorized.filter { $0.category == .unassigned }.map(\.range)
            + [0x40000...0xdffff, 0xe1000...0xeffff, 0xffffe...0xfffff, 0x10fffe...0x10ffff])

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
}
