import GrepvineDistCore

/// Measures servers over the Redis protocol. They take turns, round by round.
struct ServerBench {
    /// One of them, and the connections to it.
    private final class Target {
        let address: Address
        let process: Int?
        let generator: LoadGenerator

        init(_ address: Address, process: Int?, _ values: Values) throws {
            if let process, ProcessorTime.used(by: process) == nil {
                throw Stop("--server-pid: there is no process \(process) to read the time of")
            }
            self.address = address
            self.process = process
            generator = try .connected(
                to: address, connections: values.integer("clients"),
                patience: values.duration("timeout"))
        }

        func run(_ plan: LoadGenerator.Plan, _ keys: inout KeySequence) throws -> BenchRound {
            let before = process.flatMap(ProcessorTime.used)
            var round = try generator.run(plan, keys: &keys)
            if let before, let after = process.flatMap(ProcessorTime.used) {
                round.serverTime = after - before
            }
            return round
        }
    }

    private let values: Values
    private let console: Console
    private let keys: Int

    init(_ invocation: Invocation) {
        values = invocation.values
        console = invocation.console
        keys = invocation.values.integer("keys")
    }

    func run() throws -> ExitCode {
        let targets = try targets()
        if !values.toggle("skip-load") { for target in targets { try load(target) } }
        var groups: [[ServerResult]] = []
        for operation in values.texts("test").compactMap(BenchOperation.init) {
            for pipeline in values.integers("pipeline") {
                groups.append(try measure(operation, pipeline, targets))
            }
        }
        report(groups)
        return groups.joined().allSatisfy(\.result.isTrue) ? .success : .negative
    }

    private func targets() throws -> [Target] {
        let addresses = values.addresses("resp")
        let processes = values.integers("server-pid")
        guard processes.isEmpty || processes.count == addresses.count else {
            throw Stop(
                "--server-pid names \(processes.count) processes, "
                    + "--resp \(addresses.count) servers")
        }
        return try addresses.enumerated().map { index, address in
            try Target(address, process: processes.isEmpty ? nil : processes[index], values)
        }
    }

    /// Sets every key once, so that reads find what they ask for.
    private func load(_ target: Target) throws {
        var all = KeySequence.each(of: keys)
        let plan = LoadGenerator.Plan(
            operation: .set, pipeline: 64, valueSize: values.integer("size"))
        let round = try target.run(plan, &all)
        guard round.errors == 0 else {
            throw Stop("\(target.address) refuses writes: \(round.firstError ?? "")")
        }
        console.say(
            "loaded \(BenchReport.grouped(keys)) keys into \(target.address) in "
                + "\(BenchReport.grouped(Int(round.elapsed / 1_000_000))) ms")
    }

    /// The same random keys for every server.
    private func measure(
        _ operation: BenchOperation, _ pipeline: Int, _ targets: [Target]
    ) throws -> [ServerResult] {
        let plan = LoadGenerator.Plan(
            operation: operation, pipeline: pipeline, valueSize: values.integer("size"),
            rate: values.optionalInteger("rate"), duration: .seconds(values.integer("seconds")))
        let seed = UInt64(values.integer("seed"))
        var draws = targets.map { _ in KeySequence.uniform(over: keys, seed: seed) }
        var rounds = targets.map { _ in [BenchRound]() }
        for _ in 0..<values.integer("rounds") {
            for (index, target) in targets.enumerated() {
                rounds[index].append(try target.run(plan, &draws[index]))
            }
        }
        return targets.enumerated().map { index, target in
            if let error = rounds[index].lazy.compactMap(\.firstError).first {
                console.say("first error reply of \(target.address): \(error)")
            }
            let result = BenchResult(operation, pipeline: pipeline, rounds[index])
            return ServerResult(address: target.address, result: result)
        }
    }

    private func report(_ groups: [[ServerResult]]) {
        guard !values.toggle("json") else {
            return console.output.write(ServerResult.json(groups))
        }
        let rate = values.optionalInteger("rate").map { "\(BenchReport.grouped($0)) a second" }
        let addresses = values.addresses("resp").map { "\($0)" }.joined(separator: " and ")
        console.say(
            "\(addresses), \(values.integer("clients")) connections, "
                + "\(BenchReport.grouped(keys)) keys, values of \(values.integer("size")) bytes, "
                + "\(rate ?? "as many as it answers"), median of "
                + "\(values.integer("rounds")) × \(values.integer("seconds")) s")
        console.output.write(ServerResult.table(groups))
    }
}

/// One line of the comparison.
private struct ServerResult {
    let address: Address
    let result: BenchResult

    /// Each group is one measurement of all servers; the first is what the others are held against.
    static func table(_ groups: [[ServerResult]]) -> String {
        guard groups.contains(where: { $0.count > 1 }) else {
            return BenchReport.table(groups.joined().map(\.result))
        }
        let header = ["server", "× first"] + BenchReport.columns
        let rows = groups.flatMap { group in
            group.map { entry in
                let ratio = entry.result.ratio(to: group[0].result)
                return ["\(entry.address)", BenchReport.hundredths(ratio)]
                    + BenchReport.row(entry.result)
            }
        }
        return TextTable.text([header] + rows, leftAligned: 1)
    }

    static func json(_ groups: [[ServerResult]]) -> String {
        let lines = groups.joined().map {
            "  {\"server\":\"\($0.address)\",\"pipeline\":\($0.result.pipeline),"
                + BenchReport.members($0.result) + "}"
        }
        return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    }
}
