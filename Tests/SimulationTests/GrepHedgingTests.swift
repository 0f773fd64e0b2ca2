import GrepvineDistCore
import Testing

@testable import GrepvineNode
@testable import GrepvineSimulation

@Suite("A grep while an owner stands still")
struct GrepHedgingTests {
    /// Large enough for several batches of each owner.
    private static func cluster(seed: UInt64) throws -> (SimulatedDocuments, [Key: Int]) {
        var lines: [Key: Int] = [:]
        let documents = (0..<45).map { number -> (String, [UInt8]) in
            let count = 600 + number * 7
            lines[Key("doc/\(number)")] = count
            let text = (0..<count).map { "a needle \(number) \($0) in some hay\n" }
            return ("doc/\(number)", Array(text.joined().utf8))
        }
        return (try SimulatedDocuments(seed: seed, documents), lines)
    }

    @Test("is whole long before anybody calls that owner dead: others do its part (G2)")
    func stopped() throws {
        let (cluster, lines) = try Self.cluster(seed: 1)
        for delay in [Int64(0), 1_000_000, 4_000_000, 9_000_000] {
            let answer = try cluster.grep(
                GrepQuery("needle"), at: 0, pausing: 1, after: delay, for: 20_000_000_000)
            #expect(answer.summary?.isComplete == true)
            #expect(Self.counts(answer.hits) == lines)
            #expect(answer.elapsed < 700_000_000, "\(answer.elapsed)")
        }
        let metrics = try #require(cluster.metrics(0))
        #expect(metrics.grep.hedges > 0 && metrics.grep.hedges == metrics.grep.hedgesWon)
        #expect(metrics.grepReplans == 0)
        #expect(cluster.complaints == [])
    }

    @Test(
        "has every hit once, whoever comes first, with frames lost as well (G1, G2)",
        arguments: [2, 4] as [UInt64])
    func races(seed: UInt64) throws {
        // Seeds of three modulo four have nodes that evict, and then there is less to find.
        var dice = SeededGenerator(seed: seed)
        let (cluster, lines) = try Self.cluster(seed: seed)
        var whole = 0
        for round in 0..<16 {
            let victim = Int.random(in: 0..<3, using: &dice)
            // Longer and shorter than it takes the others to get there.
            let answer = try cluster.grep(
                GrepQuery("needle"), at: (victim + 1) % 3, pausing: victim,
                after: .random(in: 0...12_000_000, using: &dice),
                for: .random(in: 200_000_000...300_000_000, using: &dice),
                loss: round % 2 == 0 ? 0 : 0.1)
            #expect(Set(answer.hits.map(\.key)).count == answer.hits.count)
            guard let summary = answer.summary, summary.isComplete else { continue }
            whole += 1
            #expect(Self.counts(answer.hits) == lines)
        }
        #expect(whole >= 8)
        #expect(cluster.complaints == [])
        let metrics = (0..<3).compactMap { cluster.metrics($0)?.grep }
        let hedges = metrics.reduce(0) { $0 + $1.hedges }
        let won = metrics.reduce(0) { $0 + $1.hedgesWon }
        #expect(won > 0 && won < hedges, "\(won) of \(hedges)")
    }

    private static func counts(_ hits: [DocumentHit]) -> [Key: Int] {
        Dictionary(hits.map { ($0.key, $0.matchingLines) }) { $0 + $1 }
    }
}
