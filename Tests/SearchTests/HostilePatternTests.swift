import GrepvineDistCore
import Testing

@testable import GrepvineSearch

/// Patterns that ruin other engines. Bounds are on work that is counted, never on time.
struct HostilePatternTests {
    static let refused: [String] = [
        "((a{0,100}){0,100}){0,100}",
        "(((x{0,100}){100}){100}){100}",
        "(((){1000}){1000}){1000}",
        "((((a?){0,300}){0,300}){0,300}){0,300}",
        String(repeating: "(", count: 2000) + String(repeating: ")", count: 2000),
        String(repeating: "(", count: 10_000) + String(repeating: ")", count: 10_000),
        String(repeating: "[", count: 4000),
        "a" + String(repeating: "*", count: 4000),
        "\\w{1000}(\\w{1000}){20}",
        "(a?){1000}(b?){1000}",
    ]

    @Test("what is too large is refused", arguments: refused.indices)
    func tooLarge(index: Int) {
        #expect(throws: PatternError.self) { try LineMatcher(GrepQuery(Self.refused[index])) }
    }

    static let heavy: [String] = [
        "(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)(.*)(.*)x", "(.*)=(.*)=(.*)x", "[a-q][^u-z]{13}x",
        "\\b.{200,400}\\bfoo", ".{200,400}foo", ".{300,}needle", "([a-z]{1,40} ){1,25}foo",
        "(a?){200}a{200}", "(\\w+\\s+)*\\d$", "[A-Za-z]{50}", "\\w(\\w|-)*:", "(?i)(ſ|k)+z",
        "(x+x+)+y", "(.|\\s)*?foo$",
        String(repeating: "(", count: 199) + "a"
            + String(repeating: ")*", count: 199),
        (0..<800).map { "w\($0)" }.joined(separator: "|"),
    ]

    @Test("work is linear in the text, whatever the pattern", arguments: heavy.indices)
    func linear(index: Int) throws {
        var random = SeededGenerator(seed: 5)
        let letters = Array("aaaabcdefghijklmnopqrstuvwxyz    =-\n".utf8)
        let text = (0..<40_000).map { _ in letters.randomElement(using: &random) ?? 97 }
        let lines = text.split(separator: 10).joined(separator: Array(" ".utf8))
        let oneLine = Array(lines)
        var query = GrepQuery(Self.heavy[index])
        query.output = .counts
        var matcher = try LineMatcher(query)
        for document in [text, oneLine, text] {
            _ = matcher.search(document.span.bytes, key: "k", version: .zero)
        }
        let bytes = text.count * 2 + oneLine.count
        let work = matcher.work
        // Elements of states made, and scalars simulated, are all that costs per byte.
        #expect(work.states.elements <= 1 << 23 + 64 * bytes, "\(work)")
        #expect(work.states.states * 64 <= max(2 * bytes, 2100 * 64), "\(work)")
        #expect(work.states.flushes <= LazyDFA.flushLimit)
        #expect(work.states.bytes + work.simulatedScalars <= 4 * bytes, "\(work)")
    }

    @Test("a pattern with too many states is given up and its answers stay the same")
    func fallback() throws {
        var random = SeededGenerator(seed: 9)
        let letters = Array("abcrst".utf8)
        let document: [UInt8] = (0..<60_000).map { index in
            switch index % 503 {
            case 0: 10
            case 400 where index % 2 == 0: 120
            default: letters.randomElement(using: &random) ?? 97
            }
        }
        let query = GrepQuery("[a-q][^u-z]{13}x")
        var matcher = try LineMatcher(query)
        let found = matcher.found(in: document)
        #expect(matcher.work.hasGivenUp)
        #expect(matcher.work.simulatedScalars > 0)
        var simulation = Simulation(try Automaton(try PatternParser.syntax(of: query)))
        let expected = simulation.lines(of: document)
        #expect(found.map(\.number) == expected)
        #expect(!expected.isEmpty)
        #expect(matcher.found(in: document) == found)
    }

    @Test("matches of one long line cost a bounded amount of work")
    func boundedSpans() throws {
        let line = [UInt8](repeating: 97, count: 300_000)
        let found = try GrepQuery(".*z|a").found(in: line)
        #expect(found.count == 1)
        #expect(found[0].matches.count >= 10)
        #expect(found[0].matches.count < 300_000)
    }
}

extension Simulation {
    /// The numbers of matching lines.
    mutating func lines(of document: [UInt8]) -> [Int] {
        document.withUnsafeBytes { bytes in
            var numbers: [Int] = []
            var index = 0
            var number = 1
            while index < bytes.count {
                let end = bytes.lineFeed(from: index, to: bytes.count)
                if matches(bytes, from: index, to: end) { numbers.append(number) }
                index = end + 1
                number += 1
            }
            return numbers
        }
    }
}

extension LazyDFA {
    /// The numbers of matching lines; nil when it gave up.
    mutating func lines(of document: [UInt8]) -> [Int]? {
        document.withUnsafeBytes { bytes in
            var numbers: [Int] = []
            var index = 0
            while index < bytes.count {
                switch firstMatch(in: bytes, from: index, to: bytes.count) {
                case .none: return numbers
                case .gaveUp: return nil
                case .match(let place):
                    numbers.append(bytes.lineFeeds(from: 0, to: place) + 1)
                    index = bytes.lineFeed(from: place, to: bytes.count) + 1
                }
            }
            return numbers
        }
    }
}
