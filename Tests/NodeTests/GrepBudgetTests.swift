import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("Budgets of a grep")
struct GrepBudgetTests {
    private static func node(
        _ configure: (inout NodeConfiguration) -> Void = { _ in }
    ) -> TestNode {
        let test = TestNode(configure)
        let face = TestFace(test)
        for number in 10..<60 {
            let text = (0..<600).map { "line \($0) with a needle \(number)" }
            #expect(face.call("SET", "k\(number)", text.joined(separator: "\n")) == "+OK\r\n")
        }
        return test
    }

    @Test(
        "a node looks at no more bytes than it may, and names all that it did not finish (G3)",
        arguments: [300_000, nil],
        [
            ("needle", .lines), ("n[e]+dle \\d", .lines), ("needle", .counts),
            ("[0-9]$", .counts),
        ] as [(String, GrepQuery.Output)])
    func bytes(_ asked: Int?, _ what: (pattern: String, output: GrepQuery.Output)) throws {
        let test = Self.node { if asked == nil { $0.limits.searchBytes = 300_000 } }
        var query = GrepQuery(what.pattern)
        (query.output, query.maxBytes) = (what.output, asked)
        let answer = try test.grep(query)
        #expect(answer.summary.reasons == [.bytes])
        #expect(!answer.summary.isComplete)
        #expect(answer.summary.missing.count == Partition.count)
        #expect(answer.summary.cursor == nil)
        #expect((300_000..<300_000 + (256 << 10)).contains(Int(answer.summary.bytesSearched)))
        // What it found until then is there, and of no document only a part.
        #expect((5..<45).contains(answer.hits.count), "\(answer.hits.count)")
        #expect(answer.hits.allSatisfy { $0.matchingLines == 600 })
        #expect(answer.hits.map(\.key) == answer.hits.map(\.key).sorted())
        #expect(test.metrics.grep.searchesOutOfBytes == 1)
        #expect(test.metrics.grep.incomplete == [0, 0, 1, 0])
    }

    @Test("enough bytes are as good as no bound")
    func enough() throws {
        let test = Self.node { $0.limits.searchBytes = 50 << 20 }
        var query = GrepQuery("needle")
        query.maxBytes = 2 << 20
        let answer = try test.grep(query)
        #expect(answer.summary.isComplete && answer.hits.count == 50)
    }

    @Test("what is looked at in the order of keys ends at a key")
    func walk() throws {
        let bench = SearchBench(segmentSize: 1 << 20, unitSize: 8192)
        for number in 0..<4000 {
            let words = (0..<200).map { "word\((number * 7 + $0 * 13) % 500)" }
            bench.set(Key("k\(number * 7919 % 4000)/x"), Array(words.joined(separator: "\n").utf8))
        }
        bench.indexAll()
        let snapshot = bench.snapshot(withIndex: true)
        var query = GrepQuery("word1\\d")
        query.limit = 4000
        let all = try SearchBench.run(query, snapshot).hits
        query.maxBytes = 100_000
        let (hits, last) = try SearchBench.report(query, snapshot)
        #expect(last.state == .bytes)
        #expect((1..<200).contains(hits.count))
        #expect(hits.map(\.key) == all.prefix(hits.count).map(\.key))
        #expect(last.work.scannedBytes < 110_000)
    }

    @Test(
        "pages of so many bytes are the one long answer (G1, G3)",
        arguments: [1, 30_000, 100_000, 1_000_000])
    func answers(_ most: Int) throws {
        let test = Self.node()
        var query = GrepQuery("needle \\d+")
        let whole = try test.grep(query).hits
        query.maxAnswer = most
        var hits: [DocumentHit] = []
        repeat {
            let page = try test.grep(query)
            #expect(page.summary.isComplete)
            #expect(page.summary.limitReached == (page.summary.cursor != nil))
            let size = page.hits.reduce(0) { $0 + $1.size }
            #expect(size <= most || page.hits.count == 1, "\(size)")
            hits += page.hits
            query.cursor = page.summary.cursor
        } while query.cursor != nil && hits.count < 100
        #expect(hits == whole && whole.count == 50)
    }

    @Test("when time is over a cursor goes on behind what was returned (G1, G3)")
    func time() throws {
        let test = Self.node()
        let query = GrepQuery("needle \\d+")
        let whole = try test.grep(query).hits
        let id = RequestID(session: 5, number: 1)
        var answers: [GrepBatch] = []
        func take(searching: Bool) {
            while !test.node.effects.isEmpty {
                let effects = test.node.effects
                test.node.effects = []
                for effect in effects {
                    if case .reply(.hits(let batch), id) = effect { answers.append(batch) }
                    if searching { _ = test.search(effect) }
                }
            }
        }
        test.node.handle(.request(.grep(query), id, deadline: .seconds(1)), at: test.now)
        take(searching: true)
        let first = try #require(answers.last)
        #expect((1..<50).contains(first.hits.count) && first.summary == nil)
        // From here on the search thread stands still.
        while answers.last?.summary == nil {
            test.node.handle(
                .request(.grepNext(stream: first.stream), id, deadline: nil), at: test.now)
            take(searching: false)
            if answers.last?.hits.isEmpty != false || answers.count > 40 { break }
        }
        test.advance(.seconds(2))
        take(searching: false)
        let summary = try #require(answers.last?.summary)
        #expect(summary.reasons == [.deadline] && summary.missing.count == Partition.count)
        var rest = query
        let cursor = try #require(summary.cursor)
        rest.cursor = cursor
        let returned = answers.flatMap(\.hits)
        #expect(returned + (try test.grep(rest).hits) == whole)
        #expect(!test.hasOpenGreps)
    }

    @Test("time that is over before the first hit leaves no cursor")
    func noTime() throws {
        let test = Self.node()
        let id = RequestID(session: 5, number: 1)
        test.node.handle(
            .request(.grep(GrepQuery("needle")), id, deadline: .milliseconds(300)), at: test.now)
        test.node.effects = []
        test.advance(.milliseconds(299))
        #expect(test.effects.isEmpty)
        test.advance(.milliseconds(30))
        let summary = test.effects.compactMap { effect -> GrepSummary? in
            if case .reply(.hits(let batch), id) = effect { batch.summary } else { nil }
        }
        #expect(summary.first?.reasons == [.deadline] && summary.first?.cursor == nil)
        #expect(summary.first?.missing.count == Partition.count)
    }

    @Test("a search beyond those that a node takes is refused, and that is no empty answer (W6)")
    func overloaded() throws {
        let test = Self.node { $0.limits.searches = 1 }
        let http = TestHTTP(test)
        http.feed(Array("GET /v1/grep?pattern=needle HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(http.isStreaming && test.hasOpenGreps)
        let face = TestFace(test)
        #expect(face.call("GREP", "needle", "FILES").hasPrefix("-OOM all owners run as many"))
        #expect(TestHTTP(test).get("/v1/grep?pattern=x").status == 503)
        #expect(test.metrics.grep.searchesRefused == 2)
        #expect(test.metrics.grep.incomplete == [0, 0, 0, 2])
        http.close()
        #expect(face.call("GREP", "needle", "FILES").hasPrefix("*2\r\n*50\r\n"))
    }

    @Test("both faces take the budgets and name what is missing and why (G3)")
    func faces() throws {
        let test = Self.node()
        let reply = try TestFace(test).value("GREP needle COUNT MAXBYTES 100000")
        let fields = try #require(reply.elements?.last?.elements)
        let names = stride(from: 0, to: fields.count, by: 2).map { fields[$0].text ?? "" }
        let place = try #require(names.firstIndex(of: "reasons"))
        #expect(fields[place * 2 + 1].elements?.map(\.text) == ["bytes"])
        #expect(fields[1] == .integer(0))
        let http = TestHTTP(test)
        let last = http.get("/v1/grep?pattern=needle&count&maxbytes=100000").lines.last ?? ""
        #expect(last.contains("\"complete\":false,\"missing\":[0,1,2,"))
        #expect(last.contains("\"reasons\":[\"bytes\"],\"deadline_passed\":false,"))
        let post = http.post(
            "/v1/grep", "{\"pattern\":\"needle\",\"files\":true,\"maxanswer\":300}")
        #expect((2...6).contains(post.lines.count))
        #expect(post.lines.last?.contains("\"limit_reached\":true,\"cursor\":\"") == true)
    }
}
