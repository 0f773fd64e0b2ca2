/// One line of a measurement: what was asked for and the median of its rounds.
struct BenchResult: Sendable {
    var operation: BenchOperation
    var pipeline: Int
    var round: BenchRound
    /// Lowest and highest rate of the rounds.
    var slowest: Double
    var fastest: Double

    init(_ operation: BenchOperation, pipeline: Int, _ rounds: [BenchRound]) {
        self.operation = operation
        self.pipeline = pipeline
        round = .median(of: rounds)
        let rates = rounds.map(\.operationsPerSecond)
        slowest = rates.min() ?? 0
        fastest = rates.max() ?? 0
        // A wrong answer in any round counts, whichever round is the median.
        round.errors = rounds.reduce(0) { $0 + $1.errors }
        round.misses = rounds.reduce(0) { $0 + $1.misses }
        round.wrong = rounds.reduce(0) { $0 + $1.wrong }
    }

    /// Nanoseconds of server processor time for one operation.
    var serverTimePerOperation: Double? {
        round.serverTime.map { Double($0) / Double(max(1, round.operations)) }
    }

    /// Share of one core, 1 when it never rested.
    var serverLoad: Double? { round.serverTime.map { Double($0) / Double(max(1, round.elapsed)) } }

    /// No reply was an error, a miss or another key's value.
    var isTrue: Bool { round.errors + round.misses + round.wrong == 0 }

    /// How many times as many operations in the same time.
    func ratio(to other: BenchResult) -> Double {
        round.operationsPerSecond / max(1, other.round.operationsPerSecond)
    }

    var clientLoad: Double { Double(round.clientTime) / Double(max(1, round.elapsed)) }
}

/// Results as a table for people or JSON for programs.
enum BenchReport {
    static let columns = [
        "test", "pipeline", "ops/s", "p50 µs", "p95 µs", "p99 µs", "max µs", "server ns/op",
        "server load", "client load", "misses", "errors", "wrong",
    ]

    static func table(_ results: [BenchResult]) -> String {
        TextTable.text([columns] + results.map(row), leftAligned: 1)
    }

    static func row(_ result: BenchResult) -> [String] {
        let round = result.round
        return [
            result.operation.rawValue, "\(result.pipeline)",
            grouped(Int(round.operationsPerSecond.rounded())),
            micros(round.latencies.quantile(0.5)), micros(round.latencies.quantile(0.95)),
            micros(round.latencies.quantile(0.99)), micros(round.latencies.maximum),
            result.serverTimePerOperation.map { grouped(Int($0.rounded())) } ?? "-",
            result.serverLoad.map(percent) ?? "-", percent(result.clientLoad),
            "\(round.misses)", "\(round.errors)", "\(round.wrong)",
        ]
    }

    /// The members of a result's JSON object, without its braces.
    static func members(_ result: BenchResult) -> String {
        let round = result.round
        var members = [
            "\"test\":\"\(result.operation.rawValue)\"", "\"operations\":\(round.operations)",
            "\"operationsPerSecond\":\(round.operationsPerSecond)",
            "\"slowestRound\":\(result.slowest)", "\"fastestRound\":\(result.fastest)",
        ]
        for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            members.append("\"\(name)Nanoseconds\":\(round.latencies.quantile(share))")
        }
        members.append("\"maximumNanoseconds\":\(round.latencies.maximum)")
        if let time = result.serverTimePerOperation {
            members.append("\"serverNanosecondsPerOperation\":\(time)")
        }
        if round.clientTime > 0 { members.append("\"clientLoad\":\(result.clientLoad)") }
        members += [
            "\"misses\":\(round.misses)", "\"errors\":\(round.errors)",
            "\"wrong\":\(round.wrong)",
        ]
        return members.joined(separator: ",")
    }

    /// One decimal below a hundred, none above.
    static func micros(_ nanoseconds: Int64) -> String {
        let tenths = (nanoseconds + 50) / 100
        return tenths < 1000 ? "\(tenths / 10).\(tenths % 10)" : grouped(Int(tenths / 10))
    }

    /// Thousands apart: 1,234,567.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// 1.07
    static func hundredths(_ number: Double) -> String {
        let whole = Int((number * 100).rounded())
        return "\(whole / 100)." + String(String(whole % 100 + 100).suffix(2))
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
