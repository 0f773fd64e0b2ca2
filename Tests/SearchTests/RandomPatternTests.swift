import GrepvineDistCore
import Testing

@testable import GrepvineSearch

/// Patterns from a grammar on documents from an alphabet that both make collisions likely.
struct RandomPatternTests {
    @Test("automaton, simulation, prefilter and lanes agree on random patterns", arguments: 0..<8)
    func enginesAgree(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &* 7919 &+ 1)
        for _ in 0..<30 {
            let pattern = RandomPattern.make(&random)
            let documents = (0..<3).map { _ in RandomPattern.document(&random, length: 300) }
            try expectAgreement(
                pattern, documents + [RandomPattern.document(&random, length: 1500)])
        }
    }

    private func expectAgreement(_ pattern: String, _ documents: [[UInt8]]) throws {
        let query = GrepQuery(pattern)
        let automaton = try Automaton(try PatternParser.syntax(of: query))
        var simulation = Simulation(automaton)
        var states = try LazyDFA(automaton)
        var matcher = try LineMatcher(query)
        for document in documents {
            let expected = simulation.lines(of: document)
            let text = String(decoding: document.prefix(300), as: UTF8.self)
            if !automaton.matchesEveryLine {
                #expect(states.lines(of: document) == expected, "/\(pattern)/ on \(text)")
            }
            #expect(
                matcher.found(in: document).map(\.number) == expected, "/\(pattern)/ on \(text)")
            #expect(matcher.hasMatch(in: document.span.bytes) == !expected.isEmpty)
        }
    }

    @Test("looking ahead with the automaton changes no match", arguments: 0..<4)
    func lookingAhead(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &* 613 &+ 5)
        for _ in 0..<25 {
            let pattern = RandomPattern.make(&random)
            let query = GrepQuery(pattern)
            var finder = try LineFinder(query)
            var plain = SpanFinder(try Automaton(try PatternParser.syntax(of: query)))
            let document = RandomPattern.document(&random, length: 400)
            for line in document.split(separator: 10).map(Array.init) {
                line.withUnsafeBytes { bytes in
                    let expected = plain.spans(in: bytes, from: 0, to: bytes.count) { $0 }
                    let found = finder.spans(in: bytes, from: 0, to: bytes.count)
                    #expect(found == expected, "/\(pattern)/ on \(line)")
                }
            }
        }
    }

    @Test(
        "random patterns find ripgrep's lines and matches",
        .enabled(if: RipgrepOracle.isInstalled, "ripgrep is not installed"), arguments: 0..<4)
    func ripgrepAgrees(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &* 104_729 &+ 3)
        let documents = (0..<12).map { _ in RandomPattern.document(&random, length: 400) }
        let oracle = try RipgrepOracle(documents)
        var compared = 0
        for _ in 0..<40 {
            let pattern = RandomPattern.make(&random)
            let options = ["", "i", "w", "v", "iw"].randomElement(using: &random) ?? ""
            guard let expected = try oracle.found(pattern, options: options) else { continue }
            compared += 1
            var matcher = try LineMatcher(GrepQuery(pattern, options: options))
            for (document, lines) in zip(documents, expected) {
                let found = matcher.found(in: document)
                let text = String(decoding: document, as: UTF8.self)
                #expect(
                    found.map(\.number) == lines.map(\.number), "/\(pattern)/\(options) on \(text)")
            }
        }
        #expect(compared == 40)
    }
}

enum RandomPattern {
    private static let atoms = [
        "a", "b", "ab", "é", "ж", "k", "[ab]", "[^a]", ".", "\\w", "\\d", "\\s", "\\b", "^", "$",
        "foo", "(?i:b)", "[^é]", "1", " ", "\\W", "(?:)",
    ]

    static func make(_ random: inout SeededGenerator, depth: Int = 3) -> String {
        switch depth == 0 ? 0 : Int.random(in: 0..<8, using: &random) {
        case 0, 1: return atoms.randomElement(using: &random) ?? "a"
        case 2, 3, 4:
            return make(&random, depth: depth - 1) + make(&random, depth: depth - 1)
        case 5:
            let left = make(&random, depth: depth - 1)
            return "(\(left)|\(make(&random, depth: depth - 1)))"
        default:
            let suffix = ["*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{0,2}?", "{2,}"]
            return "(\(make(&random, depth: depth - 1)))"
                + (suffix.randomElement(using: &random) ?? "*")
        }
    }

    static func document(_ random: inout SeededGenerator, length: Int) -> [UInt8] {
        let parts: [[UInt8]] = [
            Array("a".utf8), Array("b".utf8), Array("é".utf8), Array("ж".utf8), Array("K".utf8),
            Array("\u{212a}".utf8), Array(" ".utf8), Array("1".utf8), Array("foo".utf8), [10], [10],
            Array("Ж".utf8), Array("A".utf8), [13, 10], [0xe2, 0x82], [0xff],
        ]
        var text: [UInt8] = []
        while text.count < length { text += parts.randomElement(using: &random) ?? [] }
        return text
    }
}
