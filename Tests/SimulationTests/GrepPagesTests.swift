import GrepvineDistCore
import Testing

@testable import GrepvineSimulation

@Suite("Pages of a grep while nodes fail and return")
struct GrepPagesTests {
    private static func documents(_ dice: inout SeededGenerator) -> [(String, [UInt8])] {
        let words = ["needle", "hay", "stack", "barn", ""]
        return (0..<60).map { number in
            let lines = (0..<Int.random(in: 1..<14, using: &dice)).map { _ in
                "\(words[Int.random(in: 0..<5, using: &dice)]) \(number)"
            }
            return ("doc/\(number)", Array(lines.joined(separator: "\n").utf8))
        }
    }

    private static func query(_ dice: inout SeededGenerator) -> GrepQuery {
        var query = GrepQuery(
            ["needle", "hay|stack", "n", "[0-9]$", "barn 1"].randomElement(using: &dice)!)
        query.output = [.lines, .lines, .counts, .keys].randomElement(using: &dice)!
        if Bool.random(using: &dice) { (query.before, query.after) = (1, 2) }
        if Int.random(in: 0..<4, using: &dice) == 0 { query.limitPerDocument = 3 }
        query.options.inverted = Int.random(in: 0..<4, using: &dice) == 0
        return query
    }

    @Test("joined they are the one long answer (G1)", arguments: 1...2 as ClosedRange<UInt64>)
    func joined(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let cluster = try SimulatedDocuments(seed: seed, Self.documents(&dice))
        var pages = 0
        for _ in 0..<3 {
            var query = Self.query(&dice)
            for index in 0..<3 where !cluster.isUp(index) { cluster.restart(index) }
            let whole = try #require(try wholePage(query, cluster, &dice))
            var hits: [DocumentHit] = []
            repeat {
                if Int.random(in: 0..<4, using: &dice) == 0 { disturb(cluster, &dice) }
                query.limit = Int.random(in: 1..<20, using: &dice)
                let page = try #require(try wholePage(query, cluster, &dice))
                hits += page.hits
                query.cursor = page.cursor
                pages += 1
            } while query.cursor != nil && pages < 2000
            #expect(JoinedHits(hits) == JoinedHits(whole.hits), "\(query)")
        }
        #expect(pages > 6)
    }

    /// One node goes or one comes back; two are always there.
    private func disturb(_ cluster: SimulatedDocuments, _ dice: inout SeededGenerator) {
        if let index = (0..<3).first(where: { !cluster.isUp($0) }) {
            cluster.restart(index)
        } else {
            cluster.kill(Int.random(in: 0..<3, using: &dice))
        }
    }

    /// Asks some node until an answer is whole, as a client would.
    private func wholePage(
        _ query: GrepQuery, _ cluster: SimulatedDocuments, _ dice: inout SeededGenerator
    ) throws -> (hits: [DocumentHit], cursor: String?)? {
        for _ in 0..<10 {
            let up = (0..<3).filter { cluster.isUp($0) }
            if let page = try cluster.page(query, at: up.randomElement(using: &dice)!) {
                return page
            }
            cluster.rest()
        }
        return nil
    }
}

/// Hits with the parts of each document put together: what pages show of it one after the other.
private struct JoinedHits: Equatable {
    private struct Document: Equatable {
        var key: Key
        var version: Version
        var matchingLines: Int
        var lines: [DocumentHit.Line]
    }

    private var documents: [Document] = []

    init(_ hits: [DocumentHit]) {
        for hit in hits {
            if let last = documents.last, last.key == hit.key {
                documents[documents.count - 1].matchingLines += hit.matchingLines
                documents[documents.count - 1].lines += hit.lines
            } else {
                documents.append(
                    Document(
                        key: hit.key, version: hit.version, matchingLines: hit.matchingLines,
                        lines: hit.lines))
            }
        }
    }
}
