import GrepvineClient
import GrepvineDistCore
import GrepvineSearch

/// `grep --explain`: the plan, and what it came to on each node.
struct GrepExplanation {
    private let query: GrepQuery
    private let console: Console

    init(_ request: GrepRequest, _ console: Console) {
        query = request.query
        self.console = console
    }

    func run(_ client: Client) async throws -> ExitCode {
        var query = query
        query.output = .counts
        let plan = try? TrigramPlan(query)
        let start = ProcessFacts.monotonicNanoseconds
        var (documents, lines) = (0, 0)
        var summary = GrepSummary()
        for try await event in client.grep(query) {
            switch event {
            case .hit(let hit):
                documents += 1
                lines += hit.matchingLines
            case .summary(let last): summary = last
            }
        }
        let elapsed = ProcessFacts.monotonicNanoseconds - start
        console.output.write((plan?.description ?? "") + "\n" + Self.table(summary.searches))
        console.output.write(
            "\(lines) lines in \(documents) documents, \(Self.milliseconds(elapsed)) ms\n")
        let verdict = GrepVerdict(summary, foundSomething: lines > 0, query: query)
        for message in verdict.messages { console.say("grepvine: \(message)") }
        return verdict.code
    }

    static func table(_ searches: [NodeSearch]) -> String {
        let head = [
            "node", "segments", "units", "candidates", "bytes indexed", "read", "ruled out",
            "documents", "ms",
        ]
        let rows = searches.map { search in
            let work = search.work
            let numbers = [
                work.segments, work.units, work.candidates, work.indexedBytes, work.scannedBytes,
                work.skippedBytes, work.documents,
            ]
            return [search.name.isEmpty ? "\(search.node)" : search.name]
                + numbers.map { BenchReport.grouped(Int(clamping: $0)) }
                + [milliseconds(Int64(clamping: work.nanoseconds))]
        }
        return TextTable.text([head] + rows, leftAligned: 1)
    }

    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let hundredths = nanoseconds / 10_000
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
