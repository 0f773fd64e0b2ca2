import GrepvineClient
import GrepvineDistCore

/// Measures greps through the client, one after the other on one connection: all lines counted,
/// and the first hundred lines in the order of keys.
struct GrepBench {
    private let access: ClusterAccess
    private let console: Console
    private let patterns: [String]
    private let longest: Duration

    /// Runs of one pattern at most, and at least.
    private static let most = 200
    private static let least = 5

    init(_ invocation: Invocation) {
        access = invocation.cluster
        console = invocation.console
        patterns = invocation.values.texts("grep")
        longest = .seconds(invocation.values.integer("seconds"))
    }

    /// What the runs of one query came to.
    private struct Result {
        var lines = 0
        var documents = 0
        var latency = LatencyHistogram()
        /// Of the searches alone, on the node that took longest.
        var search = LatencyHistogram()
        var summary = GrepSummary()
    }

    func run() async throws -> ExitCode {
        var rows = [
            [
                "pattern", "lines", "documents", "bytes read", "all p50 µs", "p99 µs",
                "search p50 µs", "first 100 p50 µs",
            ]
        ]
        var isComplete = true
        for pattern in patterns {
            let (all, first) = try await access.use { client in
                var query = GrepQuery(pattern)
                query.output = .counts
                let all = try await measure(query, client)
                query.output = .lines
                query.limit = 100
                return (all, try await measure(query, client))
            }
            isComplete = isComplete && all.summary.isComplete
            rows.append([
                pattern, BenchReport.grouped(all.lines), BenchReport.grouped(all.documents),
                BenchReport.grouped(Int(clamping: all.summary.bytesSearched)),
                Self.micros(all.latency.quantile(0.5)), Self.micros(all.latency.quantile(0.99)),
                Self.micros(all.search.quantile(0.5)),
                Self.micros(first.latency.quantile(0.5)),
            ])
        }
        console.output.write(TextTable.text(rows, leftAligned: 1))
        return isComplete ? .success : .partial
    }

    private func measure(_ query: GrepQuery, _ client: Client) async throws -> Result {
        var result = Result()
        let end = ProcessFacts.monotonicNanoseconds + longest.nanoseconds
        var runs = 0
        while runs < Self.least || runs < Self.most && ProcessFacts.monotonicNanoseconds < end {
            (result.lines, result.documents) = (0, 0)
            let start = ProcessFacts.monotonicNanoseconds
            for try await event in client.grep(query) {
                switch event {
                case .hit(let hit):
                    result.documents += 1
                    result.lines += hit.matchingLines
                case .summary(let summary): result.summary = summary
                }
            }
            result.latency.record(ProcessFacts.monotonicNanoseconds - start)
            result.search.record(
                Int64(clamping: result.summary.searches.map(\.work.nanoseconds).max() ?? 0))
            runs += 1
        }
        return result
    }

    private static func micros(_ nanoseconds: Int64) -> String {
        BenchReport.grouped(Int(nanoseconds / 1000))
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
