package import GrepvineDistCore

/// What an index can be asked for a query: clauses of folded texts, of each of which every match
/// contains one. The plan only ever rules units out; what matches is for the matcher to say.
package struct TrigramPlan: Sendable {
    /// One text that is looked for, and its grams, rarest first by a guess.
    private struct Alternative {
        let text: [UInt8]
        let grams: [Gram]
    }

    private let clauses: [[Alternative]]

    /// With this few candidates left, matching is cheaper than asking on.
    private static let few = 2
    /// Grams of one text that are asked for.
    private static let mostGrams = 32
    private static let mostClauses = 6
    /// With more of its units than this as candidates, a segment is scanned as a whole.
    private static let worthwhileShare = 0.6

    package init(_ query: GrepQuery) throws(PatternError) {
        guard query.isDecidedByLines else {
            clauses = []
            return
        }
        let texts = RequiredTexts(try PatternParser.syntax(of: query)).usableClauses
        let all = texts.map { clause in
            clause.map {
                Alternative(text: $0, grams: Array(Gram.all(of: $0).prefix(Self.mostGrams)))
            }
        }
        clauses = Array(all.sorted { Self.cost($0) < Self.cost($1) }.prefix(Self.mostClauses))
    }

    /// Few alternatives with many grams first.
    private static func cost(_ clause: [Alternative]) -> Int {
        clause.count * 64 - (clause.map(\.grams.count).min() ?? 0)
    }

    /// Nothing that every match contains is long enough: everything is scanned.
    package var isScan: Bool { clauses.isEmpty }

    /// The units of a segment that may hold a match. Nil when the index is of no use: then the
    /// whole segment may.
    package func candidates(in index: SegmentIndex) -> UnitSet? {
        guard !isScan else { return nil }
        var found = UnitSet(units: index.units, all: true)
        for (number, clause) in clauses.enumerated() {
            guard let units = Self.units(of: clause, in: index) else { return nil }
            found.formIntersection(units)
            if number + 1 < clauses.count, found.count <= Self.few { break }
        }
        guard index.read(.opaque, into: &found) else { return nil }
        return Double(found.count) > Self.worthwhileShare * Double(index.units) ? nil : found
    }

    private static func units(
        of clause: [Alternative], in index: SegmentIndex
    ) -> UnitSet? {
        var union = UnitSet(units: index.units)
        for alternative in clause {
            guard let units = units(of: alternative, in: index) else { return nil }
            union.formUnion(units)
        }
        return union
    }

    private static func units(of alternative: Alternative, in index: SegmentIndex) -> UnitSet? {
        var found: UnitSet?
        for gram in alternative.grams {
            var units = UnitSet(units: index.units)
            guard index.read(gram, into: &units) else { return nil }
            if let earlier = found { units.formIntersection(earlier) }
            found = units
            if units.count <= few { break }
        }
        return found
    }
}

extension TrigramPlan: CustomStringConvertible {
    /// One line for each clause; a line feed stands for the edge of a line.
    package var description: String {
        guard !isScan else { return "scan: no text of three bytes or more is in every match" }
        return clauses.map { clause in
            let texts = clause.prefix(8).map { "\"\(Self.shown($0.text))\"" }
            let rest = clause.count > 8 ? " or one of \(clause.count - 8) more" : ""
            return "index: " + texts.joined(separator: " or ") + rest
        }.joined(separator: "\n")
    }

    private static func shown(_ text: [UInt8]) -> String {
        String(decoding: text, as: UTF8.self).replacing("\n", with: "\\n")
    }
}
