/// Bytes to look for. A byte of a document equals one of these when it does after `mask` is or-ed
/// in: 0 compares exactly, 0x20 compares an ASCII letter in either case.
struct Literal: Hashable, Sendable {
    var bytes: [UInt8]
    var masks: [UInt8]

    static let empty = Literal(bytes: [], masks: [])

    static func + (left: Literal, right: Literal) -> Literal {
        Literal(bytes: left.bytes + right.bytes, masks: left.masks + right.masks)
    }

    /// The same as sets of bytes.
    var window: [ByteSet] {
        zip(bytes, masks).map { byte, mask in
            mask == 0 ? ByteSet(byte) : ByteSet(byte).union(ByteSet(byte & ~mask))
        }
    }

    /// How rare its two rarest bytes are: twelve is half as common.
    var rarity: Int {
        let ranks = zip(bytes, masks).map { byte, mask in
            ByteFrequency.rarity(of: byte) - (mask == 0 ? 0 : 6)
        }
        return ranks.sorted(by: >).prefix(2).reduce(0, +)
    }
}

/// What every match of a pattern must contain, found without running it.
struct RequiredLiterals {
    /// The pattern matches exactly these, when they are few.
    private(set) var exact: [Literal]?
    /// Every match contains at least one of these.
    private(set) var best: [Literal]?

    private static let longestList = LiteralScanner.mostLiterals
    private static let longestLiteral = 256

    init(_ syntax: Syntax) {
        switch syntax {
        case .empty, .look: exact = [.empty]
        case .scalars(let set): exact = Self.literals(of: set)
        case .concatenation(let items): join(items.map(RequiredLiterals.init))
        case .alternation(let branches): unite(branches.map(RequiredLiterals.init))
        case .repetition(let item, let least, let most, _):
            repeatItem(RequiredLiterals(item), least: least, most: most)
        }
    }

    /// The better of the two lists; nil when matches need not contain anything worth looking for.
    var required: [Literal]? { Self.better(exact, best) }

    /// The bytes of a set of one to four scalars, an ASCII letter in both cases as one literal.
    private static func literals(of set: ScalarSet) -> [Literal]? {
        guard set.count <= 4 else { return nil }
        let scalars = set.ranges.flatMap { Array($0) }
        if scalars.count == 2, scalars[1] == scalars[0] | 0x20, (0x41...0x5a).contains(scalars[0]) {
            return [Literal(bytes: [UInt8(scalars[1])], masks: [0x20])]
        }
        return scalars.compactMap { value in
            guard let scalar = Unicode.Scalar(value) else { return nil }
            let bytes = Array(String(scalar).utf8)
            return Literal(bytes: bytes, masks: Array(repeating: 0, count: bytes.count))
        }
    }

    private mutating func join(_ parts: [RequiredLiterals]) {
        var run: [Literal] = [.empty]
        var isWhole = true
        for part in parts {
            if let exact = part.exact, let longer = Self.product(run, exact) {
                run = longer
            } else {
                best = Self.better(Self.better(best, run), part.required)
                isWhole = false
                // What could not be appended still begins a run of its own.
                run = part.exact ?? [.empty]
            }
        }
        best = Self.better(best, run)
        if isWhole { exact = run }
    }

    private mutating func unite(_ parts: [RequiredLiterals]) {
        let wholes = parts.compactMap(\.exact)
        if wholes.count == parts.count, wholes.reduce(0, { $0 + $1.count }) <= Self.longestList {
            exact = wholes.flatMap { $0 }
        }
        let needed = parts.compactMap(\.required)
        if needed.count == parts.count, needed.reduce(0, { $0 + $1.count }) <= Self.longestList {
            best = needed.flatMap { $0 }
        }
    }

    private mutating func repeatItem(_ item: RequiredLiterals, least: Int, most: Int?) {
        if most == 0 { exact = [.empty] }
        if least == 0, most == 1, let whole = item.exact, whole.count < Self.longestList {
            exact = whole + [.empty]
        }
        guard least > 0 else { return }
        best = item.required
        guard let whole = item.exact else { return }
        var run: [Literal] = [.empty]
        for copy in 1...least {
            guard let longer = Self.product(run, whole) else { break }
            run = longer
            if copy == least, most == least { exact = run }
        }
        best = Self.better(best, run)
    }

    private static func product(_ left: [Literal], _ right: [Literal]) -> [Literal]? {
        guard left.count * right.count <= longestList else { return nil }
        let joined = left.flatMap { head in right.map { head + $0 } }
        return joined.allSatisfy { $0.bytes.count <= longestLiteral } ? joined : nil
    }

    /// Fewer and rarer is better; a list that holds the empty literal says nothing.
    private static func better(_ left: [Literal]?, _ right: [Literal]?) -> [Literal]? {
        guard let right, score(right) > 0 else { return left.flatMap { score($0) > 0 ? $0 : nil } }
        guard let left, score(left) >= score(right) else { return right }
        return left
    }

    private static func score(_ literals: [Literal]) -> Int {
        guard let worst = literals.map(\.rarity).min(),
            literals.allSatisfy({ !$0.bytes.isEmpty })
        else { return 0 }
        return worst - 8 * (literals.count - 1)
    }
}

extension Syntax {
    /// The one literal that is all of the pattern, when there is one and no assertion.
    var wholeLiteral: Literal? {
        guard !hasLooks, let exact = RequiredLiterals(self).exact, exact.count == 1,
            !exact[0].bytes.isEmpty
        else { return nil }
        return exact[0]
    }

    /// What is around a match takes part in deciding that it is one.
    var hasLooks: Bool {
        switch self {
        case .empty, .scalars: false
        case .look: true
        case .concatenation(let items), .alternation(let items):
            items.contains(where: \.hasLooks)
        case .repetition(let item, _, _, _): item.hasLooks
        }
    }
}
