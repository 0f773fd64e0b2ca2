import Foundation
import GrepvineDistCore
import GrepvineSearch
import GrepvineStorage
import Testing

@testable import GrepvineNode

@Suite("A search with an index finds what one without it finds")
struct SearchIndexTests {
    private static let parts = [
        "needle", "hay", "stack", "Foo", "foo", "bar", "é", "É", "привет", "ПРИВЕТ", "ſ", "K",
        "\u{212a}", " ", " ", "\n", "\n", "\r\n", "0", "42", "int main(", ")", "a", "b", "x_y",
        "\u{10ffff}", "\t",
    ]
    private static let patterns = [
        "needle", "foo", "FOO", "foobar", "haystack", "^foo", "bar$", "^int main\\(", "foo|needle",
        "fo+bar", "(foo|bar)baz?", "привет", "x_y", "[0-9]+needle", "hay.*stack", "\\bfoo\\b",
        "a\\b", "", "^$", "[^a]foo", "needle[ \\t]*$", "nee(dle)?", "(hay|needle)(stack|foo)",
        "ab", "é", "no such text at all", "foo.bar", "42|int", "k", "s", "\\x{10ffff}foo",
        "[fF]oo[bB]ar", "(a|b|x_y){2}foo", "\r$", ".",
    ]

    private static func value(_ random: inout SeededGenerator) -> [UInt8] {
        var text: [UInt8] = []
        let length = Int.random(in: 0...9, using: &random) == 0 ? 3000 : 200
        for _ in 0..<Int.random(in: 0..<length / 3, using: &random) {
            if Int.random(in: 0..<40, using: &random) == 0 {
                text += [0xff, 0xc3, 0x00]
            } else {
                text += Array((parts.randomElement(using: &random) ?? "").utf8)
            }
        }
        return text
    }

    private static func key(_ random: inout SeededGenerator) -> Key {
        let number = Int.random(in: 0..<150, using: &random)
        return Key("\(number % 3 == 0 ? "foo" : "d")/needle\(number)")
    }

    private static func query(_ random: inout SeededGenerator) -> GrepQuery {
        var query = GrepQuery(patterns.randomElement(using: &random) ?? "")
        query.options.ignoresCase = Bool.random(using: &random)
        query.options.wholeWords = Int.random(in: 0..<6, using: &random) == 0
        query.options.inverted = Int.random(in: 0..<8, using: &random) == 0
        query.output = [.lines, .lines, .counts, .keys].randomElement(using: &random) ?? .lines
        if Int.random(in: 0..<5, using: &random) == 0 { query.limitPerDocument = 2 }
        if Int.random(in: 0..<5, using: &random) == 0 { query.keyPrefix = Array("foo/".utf8) }
        if Int.random(in: 0..<3, using: &random) == 0 { (query.before, query.after) = (1, 2) }
        return query
    }

    /// Rounds of a seed: a few, unless `GREPVINE_INDEX_ROUNDS` asks for more.
    private static let rounds =
        ProcessInfo.processInfo.environment["GREPVINE_INDEX_ROUNDS"].flatMap { Int($0) } ?? 6

    @Test(
        "whatever is written, overwritten and deleted before, during and after indexing",
        arguments: 1...4 as ClosedRange)
    func underWrites(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bench = SearchBench(unitSize: seed % 2 == 0 ? 256 : 2048, seed: seed)
        var skipped: UInt64 = 0
        for _ in 0..<Self.rounds {
            for _ in 0..<Int.random(in: 1..<120, using: &random) {
                let key = Self.key(&random)
                if Int.random(in: 0..<6, using: &random) == 0 {
                    bench.delete(key)
                } else {
                    bench.set(key, Self.value(&random))
                }
                if Int.random(in: 0..<30, using: &random) == 0 { bench.look() }
                if Int.random(in: 0..<30, using: &random) == 0 { bench.finishOne() }
            }
            if Int.random(in: 0..<3, using: &random) == 0 { bench.indexAll() }
            skipped += try expectSame(bench, &random)
        }
        #expect(bench.attached > 2)
        #expect(skipped > 0)
    }

    /// Returns how many bytes indexes ruled out.
    private func expectSame(
        _ bench: SearchBench, _ random: inout SeededGenerator
    ) throws -> UInt64 {
        var skipped: UInt64 = 0
        let (indexed, plain) = (bench.snapshot(withIndex: true), bench.snapshot(withIndex: false))
        let queries = (0..<8).map { _ in Self.query(&random) }
        let expected = try queries.map { try bench.expected($0) }
        // The snapshots are of this moment, whatever is written now.
        for _ in 0..<30 { bench.set(Self.key(&random), Self.value(&random)) }
        bench.indexAll()
        for (query, hits) in zip(queries, expected) {
            let with = try SearchBench.run(query, indexed)
            let without = try SearchBench.run(query, plain)
            #expect(with.hits == hits, "\(query)")
            #expect(without.hits == hits, "\(query)")
            #expect(without.work.skippedBytes == 0)
            skipped += with.work.skippedBytes
        }
        return skipped
    }

    @Test("only of the partitions and behind the key that were asked for")
    func parts() throws {
        var random = SeededGenerator(seed: 77)
        let bench = SearchBench()
        for number in 0..<400 { bench.set(Key("key\(number)"), Self.value(&random)) }
        bench.indexAll()
        let partitions = PartitionSet(Partition.all.filter { $0.number % 3 == 1 })
        for pattern in Self.patterns {
            let query = GrepQuery(pattern)
            let found = try SearchBench.run(
                query, bench.snapshot(withIndex: true), partitions: partitions, after: "key2")
            let hits = try bench.expected(query, partitions: partitions, after: "key2")
            #expect(found.hits == hits, "\(pattern)")
        }
    }

    @Test("in the order of keys and no further than a limit or a prefix asks for")
    func early() throws {
        let bench = SearchBench(segmentSize: 1 << 20, unitSize: 8192)
        for number in 0..<4000 {
            let words = (0..<200).map { "word\((number * 7 + $0 * 13) % 500)" }
            let lines = words.joined(separator: number % 2 == 0 ? " " : "\n")
            bench.set(Key("k\(number * 7919 % 4000)/x"), Array(lines.utf8))
        }
        for number in stride(from: 0, to: 4000, by: 9) { bench.delete(Key("k\(number)/x")) }
        bench.indexAll()
        bench.set("k2000/x", Array("word1 is here, too".utf8))
        let snapshot = bench.snapshot(withIndex: true)
        for (pattern, limit) in [("word1", 10), ("w.rd[17]", 3), ("word499", 500), ("w?x", 40)] {
            for output in [GrepQuery.Output.lines, .counts, .keys] {
                var query = GrepQuery(pattern)
                query.output = output
                let all = try SearchBench.run(query, snapshot).hits
                query.limit = limit
                let (hits, work) = try SearchBench.run(query, snapshot)
                let found = output == .lines ? hits.reduce(0) { $0 + $1.matchingLines } : hits.count
                #expect(hits.map(\.key) == all.prefix(hits.count).map(\.key))
                #expect(found > limit || hits.count == all.count)
                if limit <= 10 { #expect(work.scannedBytes < 1_000_000, "\(pattern)") }
            }
        }
        var query = GrepQuery("w.rd1")
        query.keyPrefix = Array("k39".utf8)
        let (hits, work) = try SearchBench.run(query, snapshot)
        #expect(hits == (try bench.expected(query)))
        #expect(work.scannedBytes < 1_500_000)
        let rest = try SearchBench.run(query, snapshot, after: "k395/x")
        #expect(rest.hits == (try bench.expected(query, after: "k395/x")))
    }

    @Test("and looks at little for it when the text is rare")
    func selective() throws {
        let bench = SearchBench(segmentSize: 1 << 20, unitSize: 8192)
        for number in 0..<3000 {
            let words = (0..<40).map { "word\((number * 7 + $0 * 13) % 500)" }
            bench.set(Key("key\(number)"), Array(words.joined(separator: " ").utf8))
        }
        bench.set("rare", Array("somewhere a needle\n".utf8))
        bench.indexAll()
        let found = try SearchBench.run(GrepQuery("needle"), bench.snapshot(withIndex: true))
        #expect(found.hits.map(\.key) == ["rare"])
        #expect(found.work.scannedBytes < 100_000)
        #expect(found.work.skippedBytes > 900_000)
        let none = try SearchBench.run(GrepQuery("nowhere"), bench.snapshot(withIndex: true))
        #expect(none.hits == [])
        #expect(none.work.candidates == 0)
        let scan = try SearchBench.run(GrepQuery("w..d"), bench.snapshot(withIndex: true))
        #expect(scan.work.skippedBytes == 0)
        #expect(scan.hits.count == 3000)
    }
}
