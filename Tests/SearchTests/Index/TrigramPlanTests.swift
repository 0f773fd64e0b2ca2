import GrepvineDistCore
import Testing

@testable import GrepvineSearch

@Suite("The plan of a search")
struct TrigramPlanTests {
    private static let plans: [(pattern: String, options: String, plan: String)] = [
        ("needle", "", "index: \"needle\""),
        ("NEEDLE", "i", "index: \"needle\""),
        ("a.b", "F", "index: \"a.b\""),
        ("ПРИВЕТ", "", "index: \"привет\""),
        ("\u{212a}elvin", "i", "index: \"kelvin\""),
        ("^int main", "", "index: \"\\nint main\""),
        ("foo$", "", "index: \"foo\\n\""),
        ("foo|bar", "", "index: \"foo\" or \"bar\""),
        ("(^|,)foo", "", "index: \"\\nfoo\" or \",foo\""),
        ("foo.*bar", "", "index: \"foo\"\nindex: \"bar\""),
        ("fo+bar", "", "index: \"obar\""),
        ("(foo)+bar", "", "index: \"foobar\"\nindex: \"foo\""),
        ("gr[ae]y", "", "index: \"gray\" or \"grey\""),
        ("colou?r", "", "index: \"colour\" or \"color\""),
        ("x(foo.*bar)y", "", "index: \"xfoo\"\nindex: \"bary\""),
        ("foo", "w", "index: \"foo\""),
        ("(?:foo.bar|baz)", "", "index: \"foo\" or \"baz\""),
        ("foo|ba", "", "scan"), ("ab", "", "scan"), ("", "", "scan"), ("foo", "v", "scan"),
        ("(foo)?", "", "scan"), ("(foo)*bar?", "", "scan"), ("[a-z]{5}", "", "scan"),
        ("a\\wb\\wc", "", "scan"), ("^$", "", "scan"), ("^a", "", "scan"),
    ]

    @Test("asks for what every match contains")
    func shown() throws {
        for (pattern, options, expected) in Self.plans {
            let plan = try TrigramPlan(GrepQuery(pattern, options: options)).description
            let shown = plan.replacing("привет", with: "привет")
            #expect(
                expected == "scan" ? shown.hasPrefix("scan:") : Self.folds(shown) == expected,
                "\(pattern): \(shown)")
        }
    }

    /// Stand-ins above ASCII are whatever comes first; small letters are easier to read here.
    private static func folds(_ text: String) -> String { text.lowercased() }

    @Test("never rules out a unit that holds a match", arguments: 0..<3)
    func sound(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &* 31 &+ 7)
        let documents =
            (0..<60).map { _ in
                RandomPattern.document(&random, length: Int.random(in: 1..<500, using: &random))
            } + Corpus.documents
        let indexed = IndexedDocuments(documents)
        var narrowed = 0
        for _ in 0..<30 {
            let pattern = RandomPattern.make(&random)
            let options = ["", "i", "w", "iw"].randomElement(using: &random) ?? ""
            narrowed += try expectSound(GrepQuery(pattern, options: options), documents, indexed)
        }
        for pattern in RipgrepTests.patterns {
            for options in ["", "i"] {
                let query = GrepQuery(pattern, options: options)
                narrowed += try expectSound(query, documents, indexed)
            }
        }
        #expect(narrowed > 5)
    }

    /// 1 when the index ruled something out.
    private func expectSound(
        _ query: GrepQuery, _ documents: [[UInt8]], _ indexed: IndexedDocuments
    ) throws -> Int {
        let plan = try TrigramPlan(query)
        return try indexed.withIndex { index in
            guard let candidates = plan.candidates(in: index) else { return 0 }
            var matcher = try LineMatcher(query)
            for (number, document) in documents.enumerated() {
                for line in matcher.search(document.span.bytes, key: "k", version: .zero)?.lines
                    ?? []
                {
                    let place = indexed.values[number].lowerBound + line.offset
                    let unit = (0..<index.units).last {
                        index.unit($0).map { $0.range.lowerBound <= place } ?? false
                    }
                    let isCandidate = unit.map { candidates.contains($0) } ?? false
                    #expect(
                        isCandidate,
                        "/\(query.pattern)/ \(plan) line \(line.number) of document \(number)")
                }
            }
            return 1
        }
    }
}
