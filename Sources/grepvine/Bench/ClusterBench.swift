import GrepvineClient
import GrepvineDistCore

/// Measures a cluster through the client: everything to one node, or each key to its owner.
/// The modes take turns, round by round, so that whatever else the machine does hits both.
struct ClusterBench {
    enum Mode: String, CaseIterable, Sendable {
        case proxy
        case direct
    }

    private let console: Console
    private let values: Values
    private let access: ClusterAccess
    private let workload: ClusterWorkload
    private let modes: [Mode]

    init(_ invocation: Invocation) throws(Stop) {
        console = invocation.console
        values = invocation.values
        for flag in ["rate", "pipeline", "server-pid"] {
            if case .flag = values[flag]?.origin {
                throw Stop("--\(flag) measures one server: it needs --resp")
            }
        }
        access = invocation.cluster
        workload = ClusterWorkload(
            keys: values.integer("keys"), size: values.integer("size"),
            level: values.consistency("consistency"), clients: values.integer("clients"))
        let mode = values.text("mode")
        modes = Mode.allCases.filter { mode == "both" || mode == $0.rawValue }
    }

    func run() async throws -> ExitCode {
        if !values.toggle("skip-load") {
            try await access.use { try await workload.load($0) }
            console.say("loaded \(BenchReport.grouped(workload.keys)) keys")
        }
        var results: [ClusterResult] = []
        for operation in values.texts("test").compactMap(BenchOperation.init) {
            results += try await measure(operation)
        }
        report(results)
        return results.allSatisfy { $0.result.isTrue } ? .success : .negative
    }

    private func measure(_ operation: BenchOperation) async throws -> [ClusterResult] {
        var rounds = [[BenchRound]](repeating: [], count: modes.count)
        for number in 0..<values.integer("rounds") {
            for (index, mode) in modes.enumerated() {
                let seed = UInt64(values.integer("seed") + number)
                let round = try await (mode == .proxy ? access.proxied : access).use {
                    try await workload.round(
                        operation, $0, for: .seconds(values.integer("seconds")), seed: seed)
                }
                rounds[index].append(round)
            }
        }
        if let error = rounds.joined().lazy.compactMap(\.firstError).first {
            console.say("first error: \(error)")
        }
        return zip(modes, rounds).map { mode, rounds in
            ClusterResult(mode: mode, result: BenchResult(operation, pipeline: 1, rounds))
        }
    }

    private func report(_ results: [ClusterResult]) {
        guard !values.toggle("json") else {
            return console.output.write(ClusterReport.json(results))
        }
        console.say(
            "\(values.integer("clients")) calls at once, \(BenchReport.grouped(workload.keys)) "
                + "keys, values of \(workload.size) bytes, level "
                + "\(workload.level?.rawValue ?? "of the node"), median of "
                + "\(values.integer("rounds")) × \(values.integer("seconds")) s")
        console.output.write(ClusterReport.table(results))
    }
}

/// One line of a cluster's measurement.
struct ClusterResult: Sendable {
    var mode: ClusterBench.Mode
    var result: BenchResult
}

/// The calls of one measurement.
struct ClusterWorkload: Sendable {
    let keys: Int
    let size: Int
    let level: Consistency?
    /// Calls under way at once.
    let clients: Int

    /// Sets every key once.
    func load(_ client: Client) async throws {
        let lanes = 128
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    for number in stride(from: lane, to: keys, by: lanes) {
                        let key = BenchKey.key(number)
                        try await client.set(key, value(of: key), consistency: level)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Calls for some time, each lane one after another.
    func round(
        _ operation: BenchOperation, _ client: Client, for duration: Duration, seed: UInt64
    ) async throws -> BenchRound {
        // The first calls find the cluster and connect: that is not what is measured.
        for number in 0..<min(keys, 64) { _ = try await client.get(BenchKey.key(number)) }
        let start = ProcessFacts.monotonicNanoseconds
        let end = start + duration.wholeNanoseconds
        var round = await withTaskGroup(of: BenchRound.self) { group in
            for lane in 0..<clients {
                group.addTask {
                    let draws = KeySequence.uniform(
                        over: keys, seed: seed &* 1_000_003 &+ UInt64(lane))
                    return await calls(operation, client, until: end, draws)
                }
            }
            return await group.reduce(into: BenchRound()) { $0.merge($1) }
        }
        round.elapsed = ProcessFacts.monotonicNanoseconds - start
        return round
    }

    private func calls(
        _ operation: BenchOperation, _ client: Client, until end: Int64, _ keys: KeySequence
    ) async -> BenchRound {
        var round = BenchRound()
        var keys = keys
        var now = ProcessFacts.monotonicNanoseconds
        while now < end {
            let key = BenchKey.key(keys.next())
            do throws(Failure) {
                switch operation {
                case .get:
                    let entry = try await client.get(key, consistency: level)
                    if entry == nil { round.misses += 1 }
                    if let entry, entry.value != value(of: key) { round.wrong += 1 }
                case .set: try await client.set(key, value(of: key), consistency: level)
                }
            } catch {
                round.note("\(error)")
            }
            let after = ProcessFacts.monotonicNanoseconds
            round.latencies.record(after - now)
            now = after
        }
        return round
    }

    /// Begins with its key, as the values that `bench --resp` writes do.
    private func value(of key: Key) -> [UInt8] {
        guard size >= BenchKey.length else {
            return Array(repeating: UInt8(ascii: "v"), count: size)
        }
        return key.bytes
            + Array(repeating: UInt8(ascii: "v"), count: size - BenchKey.length)
    }
}

/// Both modes side by side.
enum ClusterReport {
    private static let columns = [
        "test", "mode", "ops/s", "p50 µs", "p95 µs", "p99 µs", "max µs", "p95 against proxy",
        "misses", "errors", "wrong",
    ]

    static func table(_ results: [ClusterResult]) -> String {
        TextTable.text([columns] + results.map { row($0, among: results) }, leftAligned: 2)
    }

    private static func row(_ line: ClusterResult, among all: [ClusterResult]) -> [String] {
        let round = line.result.round
        let latencies = round.latencies
        return [
            line.result.operation.rawValue, line.mode.rawValue,
            BenchReport.grouped(Int(round.operationsPerSecond.rounded())),
            BenchReport.micros(latencies.quantile(0.5)),
            BenchReport.micros(latencies.quantile(0.95)),
            BenchReport.micros(latencies.quantile(0.99)), BenchReport.micros(latencies.maximum),
            change(line, among: all) ?? "-", "\(round.misses)", "\(round.errors)",
            "\(round.wrong)",
        ]
    }

    /// How much lower or higher the 95th percentile is than through one node.
    private static func change(_ line: ClusterResult, among all: [ClusterResult]) -> String? {
        guard line.mode == .direct,
            let proxy = all.first(where: {
                $0.mode == .proxy && $0.result.operation == line.result.operation
            })
        else { return nil }
        let through = Double(max(1, proxy.result.round.latencies.quantile(0.95)))
        let straight = Double(line.result.round.latencies.quantile(0.95))
        let percent = Int(((straight / through - 1) * 100).rounded())
        return "\(percent > 0 ? "+" : "")\(percent) %"
    }

    static func json(_ results: [ClusterResult]) -> String {
        let lines = results.map {
            "  {\"mode\":\"\($0.mode.rawValue)\"," + BenchReport.members($0.result) + "}"
        }
        return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }
}
