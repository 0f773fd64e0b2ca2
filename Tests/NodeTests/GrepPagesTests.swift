import GrepvineDistCore
import Testing

@testable import GrepvineNode

@Suite("Pages of a grep")
struct GrepPagesTests {
    private static let words = [
        "needle", "hay", "Foo", "foo", "é", " ", " ", "\n", "\n", "\n", "\r\n", "0", "x_y",
    ]
    private static let patterns = [
        "needle", "foo", "[0-9]", "^$", "^", "hay|x", "é", "\\w+", "no such text", "o$",
    ]

    private static func value(_ dice: inout SeededGenerator, binary: Bool) -> String {
        var text = (0..<Int.random(in: 0..<60, using: &dice)).map { _ in
            words.randomElement(using: &dice)!
        }
        if binary, Int.random(in: 0..<8, using: &dice) == 0 { text.append("\0") }
        return text.joined()
    }

    private static func query(_ dice: inout SeededGenerator) -> GrepQuery {
        var query = GrepQuery(patterns.randomElement(using: &dice)!)
        query.options.ignoresCase = Bool.random(using: &dice)
        query.options.inverted = Int.random(in: 0..<4, using: &dice) == 0
        query.output =
            [.lines, .lines, .lines, .counts, .keys, .matchCounts, .keysWithoutMatch]
            .randomElement(using: &dice)!
        if Int.random(in: 0..<3, using: &dice) == 0 { query.limitPerDocument = 2 }
        if Int.random(in: 0..<4, using: &dice) == 0 { query.keyPrefix = Array("s".utf8) }
        if Bool.random(using: &dice) {
            query.before = Int.random(in: 0..<4, using: &dice)
            query.after = Int.random(in: 0..<4, using: &dice)
        }
        return query
    }

    @Test(
        "joined they are the one long answer, whatever is asked for (G1)",
        arguments: 1...6 as ClosedRange<UInt64>)
    func joined(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let test = TestNode()
        let face = TestFace(test)
        for number in 0..<40 {
            let key = "\(number % 2 == 0 ? "s" : "t")/\(number)"
            #expect(face.call("SET", key, Self.value(&dice, binary: false)) == "+OK\r\n")
        }
        for _ in 0..<12 {
            let query = Self.query(&dice)
            let whole = try test.grep(query)
            #expect(whole.summary.cursor == nil && !whole.summary.limitReached)
            let pages = try pages(of: query, test, &dice) {}
            #expect(join(pages) == join(whole.hits), "\(query)")
        }
    }

    @Test("with documents of NUL bytes their lines are the same, too")
    func binary() throws {
        var dice = SeededGenerator(seed: 9)
        let test = TestNode()
        let face = TestFace(test)
        for number in 0..<40 {
            #expect(face.call("SET", "k\(number)", Self.value(&dice, binary: true)) == "+OK\r\n")
        }
        for _ in 0..<60 {
            var query = Self.query(&dice)
            query.binary = [.isSkipped, .isReported, .endsLines].randomElement(using: &dice)!
            let pages = try pages(of: query, test, &dice) {}
            #expect(join(pages) == join(try test.grep(query).hits), "\(query)")
        }
    }

    @Test("what nobody writes meanwhile has no gap and comes once")
    func underWrites() throws {
        var dice = SeededGenerator(seed: 4)
        let test = TestNode()
        let face = TestFace(test)
        for number in 0..<60 {
            let key = "\(number % 3 == 0 ? "still" : "moving")/\(number)"
            #expect(face.call("SET", key, Self.value(&dice, binary: false)) == "+OK\r\n")
        }
        for _ in 0..<20 {
            let query = Self.query(&dice)
            let still = { (hits: [DocumentHit]) in
                hits.filter { $0.key.bytes.starts(with: "still".utf8) }
            }
            let whole = still(try test.grep(query).hits)
            var writes = SeededGenerator(seed: dice.next())
            let pages = try pages(of: query, test, &dice) {
                let key = "moving/\(Int.random(in: 0..<90, using: &writes))"
                if Bool.random(using: &writes) {
                    _ = face.call("DEL", key)
                } else {
                    _ = face.call("SET", key, Self.value(&writes, binary: false))
                }
            }
            #expect(join(still(pages)) == join(whole), "\(query)")
        }
    }

    @Test("a limit that is just reached by the last line leaves no cursor")
    func exact() throws {
        let test = TestNode()
        _ = TestFace(test).call("SET", "k", "needle\nneedle\nneedle")
        var query = GrepQuery("needle")
        query.limit = 3
        #expect(try test.grep(query).summary.cursor == nil)
        query.limit = 2
        let page = try test.grep(query)
        #expect(page.hits.first?.lines.map(\.number) == [1, 2])
        #expect(page.summary.limitReached)
        query.cursor = page.summary.cursor
        let rest = try test.grep(query)
        #expect(rest.hits.first?.lines.map(\.number) == [3])
        #expect(rest.summary.cursor == nil && !rest.summary.limitReached)
        query.pattern = "other"
        #expect(throws: GrepCursor.otherQuery) { try test.grep(query) }
    }

    @Test("the age of what is searched is that of the first page")
    func age() throws {
        let test = TestNode()
        let face = TestFace(test)
        for key in ["a", "b", "c"] { _ = face.call("SET", key, "needle") }
        var query = GrepQuery("needle")
        query.limit = 1
        query.filter.notBefore = test.now.wall + .seconds(-60)
        var keys: [String] = []
        repeat {
            let page = try test.grep(query)
            keys += page.hits.map { "\($0.key)" }
            query.cursor = page.summary.cursor
            test.advance(.seconds(100))
            query.filter.notBefore = test.now.wall + .seconds(-60)
        } while query.cursor != nil
        #expect(keys == ["a", "b", "c"])
    }

    private func pages(
        of query: GrepQuery, _ test: TestNode, _ dice: inout SeededGenerator,
        between: () -> Void
    ) throws -> [DocumentHit] {
        var query = query
        var hits: [DocumentHit] = []
        for _ in 0..<3000 {
            query.limit = Int.random(in: 1..<6, using: &dice)
            let page = try test.grep(query)
            #expect(page.summary.limitReached == (page.summary.cursor != nil))
            let count =
                query.output == .lines
                ? page.hits.reduce(0) { $0 + $1.matchingLines } : page.hits.count
            #expect(page.summary.limitReached ? count == query.limit : count <= query.limit!)
            hits += page.hits
            guard let cursor = page.summary.cursor else { return hits }
            query.cursor = cursor
            between()
        }
        Issue.record("pages without end")
        return hits
    }

    /// The parts of each document put together, as a reader sees them one after the other.
    private func join(_ hits: [DocumentHit]) -> [DocumentHit] {
        var documents: [DocumentHit] = []
        for hit in hits {
            guard var last = documents.last, last.key == hit.key else {
                documents.append(hit)
                continue
            }
            last.matchingLines += hit.matchingLines
            last.matches += hit.matches
            last.lines += hit.lines
            last.binaryOffset = hit.binaryOffset
            documents[documents.count - 1] = last
        }
        return documents
    }
}

extension TestNode {
    /// Reads one grep to its end.
    func grep(_ query: GrepQuery) throws(Failure) -> (hits: [DocumentHit], summary: GrepSummary) {
        let id = RequestID(session: 77, number: 1)
        var hits: [DocumentHit] = []
        var request = Request.grep(query)
        while true {
            node.handle(.request(request, id, deadline: nil), at: now)
            var answer: Response?
            while !node.effects.isEmpty {
                let effects = node.effects
                node.effects = []
                for effect in effects {
                    if case .reply(let response, id) = effect { answer = response }
                    _ = search(effect)
                }
            }
            switch answer {
            case .hits(let batch):
                hits += batch.hits
                if let summary = batch.summary { return (hits, summary) }
                request = .grepNext(stream: batch.stream)
            case .failure(let failure): throw failure
            default: throw Failure(.timedOut, "no answer")
            }
        }
    }
}
