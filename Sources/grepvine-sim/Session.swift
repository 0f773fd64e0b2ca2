import GrepvineNode
import GrepvineSimulation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs the seeds of a command line and says how it went: progress and failures on stderr, one line
/// of results on stdout.
struct Session {
    private let arguments: Arguments
    private let began = Self.seconds
    private var runs = 0
    private var failures: [UInt64] = []
    private var calls = 0
    private var succeeded = 0
    private var greps = 0
    private var retries = 0
    private var steps = 0
    private var virtualTime = Duration.zero
    private var faults: [String: Int] = [:]
    private var lastHash: UInt64 = 0

    init(_ arguments: Arguments) { self.arguments = arguments }

    /// The exit code: 0 when every promise held, 1 when one was broken. With a planted bug the
    /// first broken promise ends the run.
    mutating func run() async -> Int32 {
        var options = SimulationOptions()
        options.plantedBug = arguments.plantedBug
        options.keepsTrace = arguments.isVerbose
        let started = options
        await withTaskGroup(of: SimulationReport.self) { group in
            var seeds = arguments.seeds.makeIterator()
            for _ in 0..<arguments.jobs {
                guard let seed = seeds.next() else { break }
                group.addTask { Simulation.run(seed: seed, options: started) }
            }
            while let report = await group.next() {
                note(report)
                if arguments.plantedBug != nil, !failures.isEmpty { continue }
                guard let seed = seeds.next() else { continue }
                group.addTask { Simulation.run(seed: seed, options: started) }
            }
        }
        summarize()
        return failures.isEmpty ? 0 : 1
    }

    private mutating func note(_ report: SimulationReport) {
        runs += 1
        calls += report.calls
        succeeded += report.succeeded
        greps += report.greps
        retries += report.retries
        steps += report.steps
        virtualTime += report.virtualTime
        lastHash = report.traceHash
        faults.merge(report.faults, uniquingKeysWith: +)
        if !report.violations.isEmpty { explain(report) }
        if report.violations.isEmpty, arguments.isVerbose { tell(report.trace) }
        if runs % 50 == 0 {
            tell(["\(runs) seeds, \(Self.decimal(Self.seconds - began)) s"])
        }
    }

    private mutating func explain(_ report: SimulationReport) {
        failures.append(report.seed)
        var trace = report.trace
        if trace.isEmpty, failures.count == 1, isReplay {
            var options = SimulationOptions()
            options.plantedBug = arguments.plantedBug
            options.keepsTrace = true
            trace = Simulation.run(seed: report.seed, options: options).trace
        }
        tell(trace)
        tell(["seed \(report.seed) with \(report.nodes) nodes:"])
        tell(report.violations.prefix(20).map { "  \($0)" })
        if !isReplay { tell(["  replay: \(replay(report.seed))"]) }
    }

    private var isReplay: Bool { arguments.seeds.count == 1 }

    private func replay(_ seed: UInt64) -> String {
        let bug = arguments.plantedBug.map { " --planted-bug \($0.rawValue)" } ?? ""
        return "grepvine-sim --seed \(seed)\(bug)"
    }

    private func summarize() {
        let seconds = Self.seconds - began
        let rate = Double(runs) / max(seconds, 0.001)
        print(
            "\(runs) seeds in \(Self.decimal(seconds)) s (\(Self.decimal(rate))/s),"
                + " \(virtualTime.components.seconds) s of virtual time, \(steps) events,"
                + " \(calls) operations (\(succeeded) succeeded, \(retries) retried),"
                + " \(greps) greps; \(failures.count) failed")
        let names = faults.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
        print("faults: " + names.joined(separator: ", "))
        if isReplay { print("trace \(String(lastHash, radix: 16))") }
        guard let first = failures.sorted().first else { return }
        let seeds = failures.sorted().prefix(50).map(String.init).joined(separator: " ")
        print("failed seeds: \(seeds)\nreplay the first: \(replay(first))")
    }

    private func tell(_ lines: [String]) {
        for line in lines { StandardError.write(line + "\n") }
    }

    private static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func decimal(_ number: Double) -> String {
        "\((number * 10).rounded() / 10)"
    }
}
