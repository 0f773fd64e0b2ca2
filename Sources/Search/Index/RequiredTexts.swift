/// What every match of a pattern must contain, as folded text: the same tree that drives the
/// matcher, read for the index.
///
/// The edges of a line count as line feeds, because an index does the same. That is right as long
/// as `$` holds before a line feed and nowhere else.
struct RequiredTexts {
    typealias Texts = [[UInt8]]

    /// The pattern matches nothing but these, when they are few.
    private(set) var exact: Texts?
    /// Every match begins, and ends, with one of these.
    private var heads: Texts = [[]]
    private var ends: Texts = [[]]
    /// Every match contains a text of each clause.
    private(set) var clauses: [Texts] = []

    /// Texts of one clause.
    private static let mostTexts = 256
    private static let longestText = 256
    /// Members of a class that are spelt out.
    private static let mostScalars = 16

    init(_ syntax: Syntax) {
        switch syntax {
        case .empty: exact = [[]]
        case .look(let looks):
            exact = looks.isDisjoint(with: [.lineStart, .lineEnd]) ? [[]] : [[10]]
        case .scalars(let set): exact = Self.texts(of: set)
        case .concatenation(let items): join(Self.flat(items).map(RequiredTexts.init))
        case .alternation(let branches): unite(branches.map(RequiredTexts.init))
        case .repetition(let item, let least, let most, _):
            repeatItem(RequiredTexts(item), least: least, most: most)
        }
    }

    /// Clauses that an index can be asked about, each once.
    var usableClauses: [Texts] {
        var found: [Texts] = []
        for clause in exact.map({ [$0] }) ?? clauses
        where Self.isUsable(clause) && !found.contains(clause) { found.append(clause) }
        return found
    }

    private static func isUsable(_ texts: Texts) -> Bool {
        !texts.isEmpty && texts.allSatisfy { !Gram.all(of: $0).isEmpty }
    }

    private static func flat(_ items: [Syntax]) -> [Syntax] {
        items.flatMap { item in
            if case .concatenation(let inner) = item { return flat(inner) }
            return [item]
        }
    }

    private static func texts(of set: ScalarSet) -> Texts? {
        guard set.count <= 4 * mostScalars else { return nil }
        let folded = Set(set.ranges.flatMap { Array($0) }.map(FoldTable.shared.folded))
        guard folded.count <= mostScalars else { return nil }
        return folded.sorted().map { scalar in
            var bytes: [UInt8] = []
            UTF8Decoding.forEachByte(of: scalar) { bytes.append($0) }
            return bytes
        }
    }

    private mutating func join(_ parts: [RequiredTexts]) {
        var run: Texts = [[]]
        var isWhole = true
        for part in parts {
            if let exact = part.exact, let longer = Self.product(run, exact) {
                run = longer
                continue
            }
            run = Self.product(run, part.exact == nil ? part.heads : [[]]) ?? run
            clauses += [run] + part.clauses
            if isWhole { heads = run }
            isWhole = false
            // The end of what was appended last still stands before what comes.
            let next = part.exact ?? part.ends
            run = part.exact == nil ? next : Self.product(Self.tails(of: run), next) ?? next
        }
        ends = run
        if isWhole { exact = run } else { clauses.append(run) }
    }

    private mutating func unite(_ parts: [RequiredTexts]) {
        exact = Self.union(parts.map(\.exact))
        heads = Self.union(parts.map { $0.exact ?? $0.heads }) ?? [[]]
        ends = Self.union(parts.map { $0.exact ?? $0.ends }) ?? [[]]
        if let clause = Self.union(parts.map(\.bestClause)) { clauses = [clause] }
    }

    private mutating func repeatItem(_ item: RequiredTexts, least: Int, most: Int?) {
        if most == 0 { exact = [[]] }
        if least == 0, most == 1, let whole = item.exact {
            exact = Self.union([whole, [[]]])
        }
        guard least > 0 else { return }
        clauses = item.clauses
        guard let whole = item.exact else {
            (heads, ends) = (item.heads, item.ends)
            return
        }
        var run: Texts = [[]]
        var copies = 0
        while copies < least, let longer = Self.product(run, whole) {
            run = longer
            copies += 1
        }
        if copies == least, most == least {
            exact = run
        } else {
            heads = run
            ends = copies > 0 ? run : whole
            clauses.append(run)
        }
    }

    /// The clause of which the shortest text is longest.
    private var bestClause: Texts? {
        usableClauses.max { Self.shortest($0) < Self.shortest($1) }
    }

    private static func shortest(_ texts: Texts) -> Int { texts.map(\.count).min() ?? 0 }

    private static func union(_ lists: [Texts?]) -> Texts? {
        var all: Texts = []
        for list in lists {
            guard let list, all.count + list.count <= mostTexts else { return nil }
            all += list.filter { !all.contains($0) }
        }
        return all
    }

    private static func product(_ left: Texts, _ right: Texts) -> Texts? {
        guard left.count * right.count <= mostTexts else { return nil }
        let joined = left.flatMap { head in right.map { head + $0 } }
        return joined.allSatisfy { $0.count <= longestText } ? joined : nil
    }

    /// The last two bytes of each: what a gram that goes on from them needs.
    private static func tails(of texts: Texts) -> Texts {
        var tails: Texts = []
        for text in texts {
            let tail = Array(text.suffix(2))
            if !tails.contains(tail) { tails.append(tail) }
        }
        return tails
    }
}
