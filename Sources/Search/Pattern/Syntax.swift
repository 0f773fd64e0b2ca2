/// A pattern as a tree. Groups are gone: only their structure is left.
indirect enum Syntax: Hashable, Sendable {
    /// Matches nothing, of no length, anywhere.
    case empty
    /// One scalar out of a set that never holds a line feed. An empty set never matches.
    case scalars(ScalarSet)
    case look(Looks)
    case concatenation([Syntax])
    case alternation([Syntax])
    case repetition(Syntax, least: Int, most: Int?, isLazy: Bool)

    /// It may match without consuming anything.
    var isNullable: Bool {
        switch self {
        case .empty, .look: true
        case .scalars: false
        case .concatenation(let items): items.allSatisfy(\.isNullable)
        case .alternation(let items): items.contains(where: \.isNullable)
        case .repetition(let item, let least, _, _): least == 0 || item.isNullable
        }
    }

    /// Bytes of the longest match; nil when there is no bound, or none worth knowing.
    var longestMatch: Int? {
        switch self {
        case .empty, .look: 0
        case .scalars(let set):
            set.ranges.last.map { $0.upperBound < 0x80 ? 1 : $0.upperBound < 0x800 ? 2 : 4 } ?? 0
        case .concatenation(let items): Self.longest(items) { $0 + $1 }
        case .alternation(let branches): Self.longest(branches) { max($0, $1) }
        case .repetition(let item, _, let most, _):
            if let most, let length = item.longestMatch, most * length <= 1 << 16 {
                most * length
            } else {
                nil
            }
        }
    }

    private static func longest(_ parts: [Syntax], _ join: (Int, Int) -> Int) -> Int? {
        var length = 0
        for part in parts {
            guard let next = part.longestMatch, length <= 1 << 16 else { return nil }
            length = join(length, next)
        }
        return length
    }

    /// Some assertion in it asks what kind of scalar its neighbours are.
    var looksAtWords: Bool {
        switch self {
        case .empty, .scalars: false
        case .look(let looks): !looks.isDisjoint(with: .aboutWords)
        case .concatenation(let items), .alternation(let items):
            items.contains(where: \.looksAtWords)
        case .repetition(let item, _, _, _): item.looksAtWords
        }
    }
}

/// Conditions on the two sides of a place between scalars; all must hold.
struct Looks: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let lineStart = Looks(rawValue: 1)
    static let lineEnd = Looks(rawValue: 2)
    static let wordBoundary = Looks(rawValue: 4)
    static let notWordBoundary = Looks(rawValue: 8)
    /// What is before is no word character: the left half of `-w`.
    static let wordStart = Looks(rawValue: 16)
    /// What follows is no word character: the right half of `-w`.
    static let wordEnd = Looks(rawValue: 32)

    static let aboutWords: Looks = [.wordBoundary, .notWordBoundary, .wordStart, .wordEnd]

    func hold(before: Side, after: Side) -> Bool {
        if contains(.lineStart), before != .edge { return false }
        if contains(.lineEnd), after != .edge { return false }
        let isBoundary = (before == .word) != (after == .word)
        if contains(.wordBoundary), !isBoundary { return false }
        if contains(.notWordBoundary), isBoundary { return false }
        if contains(.wordStart), before == .word || before == .broken { return false }
        if contains(.wordEnd), after == .word || after == .broken { return false }
        return true
    }
}

/// What is on one side of a place in a line.
enum Side: Int, CaseIterable, Sendable {
    /// The start or the end of the line.
    case edge = 0
    case word = 1
    /// A valid scalar that is no word character.
    case other = 2
    /// Bytes that are not UTF-8: neither a word character nor certainly none.
    case broken = 3
}

/// A set of sides.
struct Sides: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let none: Sides = []
    static let all = Sides(rawValue: 15)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ side: Side) { rawValue = 1 << UInt8(side.rawValue) }

    /// The sides that may follow for `looks` to hold after `before`.
    init(after before: Side, where looks: Looks) {
        var sides: Sides = []
        for side in Side.allCases where looks.hold(before: before, after: side) {
            sides.insert(Sides(side))
        }
        self = sides
    }

    func contains(_ side: Side) -> Bool { rawValue >> UInt8(side.rawValue) & 1 == 1 }
}
