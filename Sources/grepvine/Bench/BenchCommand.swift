import GrepvineDistCore

extension Command {
    static let bench = Command(
        "bench", summary: "Measure how fast a server or a cluster answers.",
        details: [
            "With --resp it measures anything that speaks the Redis protocol. Latency is the time "
                + "from sending a batch to each of its replies, or with --rate from when each "
                + "operation was due. The processor time of the server says more than the rate "
                + "when client and server share cores. Without --resp it measures a cluster "
                + "through the client: with everything going to the first --server, and with each "
                + "key going to its owner.",
            "Exit code 1 means that some reply was an error, a miss or another key's value.",
        ]
    ) { invocation in
        if !invocation.values.texts("grep").isEmpty { return try await GrepBench(invocation).run() }
        guard let address = invocation.values.address("resp") else {
            return try await ClusterBench(invocation).run()
        }
        return try ServerBench(invocation, address).run()
    }
}

/// Measures one server over the Redis protocol.
struct ServerBench {
    private let address: Address
    private let values: Values
    private let console: Console
    private let keys: Int

    init(_ invocation: Invocation, _ address: Address) {
        self.address = address
        values = invocation.values
        console = invocation.console
        keys = invocation.values.integer("keys")
    }

    func run() throws -> ExitCode {
        let generator = try LoadGenerator.connected(
            to: address, connections: values.integer("clients"),
            patience: values.duration("timeout"))
        if let process = values.optionalInteger("server-pid"),
            ProcessorTime.used(by: process) == nil
        {
            throw Stop("--server-pid: there is no process \(process) to read the time of")
        }
        if !values.toggle("skip-load") { try load(generator) }
        var results: [BenchResult] = []
        for operation in values.texts("test").compactMap(BenchOperation.init) {
            for pipeline in values.integers("pipeline") {
                results.append(try measure(operation, pipeline, generator))
            }
        }
        report(results)
        return results.allSatisfy(\.isTrue) ? .success : .negative
    }

    /// Sets every key once, so that reads find what they ask for.
    private func load(_ generator: borrowing LoadGenerator) throws {
        var all = KeySequence.each(of: keys)
        let plan = LoadGenerator.Plan(
            operation: .set, pipeline: 64, valueSize: values.integer("size"))
        let round = try generator.run(plan, keys: &all)
        guard round.errors == 0 else {
            throw Stop("the server refuses writes: \(round.firstError ?? "")")
        }
        console.say(
            "loaded \(BenchReport.grouped(keys)) keys in "
                + "\(BenchReport.grouped(Int(round.elapsed / 1_000_000))) ms")
    }

    private func measure(
        _ operation: BenchOperation, _ pipeline: Int, _ generator: borrowing LoadGenerator
    ) throws -> BenchResult {
        let plan = LoadGenerator.Plan(
            operation: operation, pipeline: pipeline, valueSize: values.integer("size"),
            rate: values.optionalInteger("rate"), duration: .seconds(values.integer("seconds")))
        var draws = KeySequence.uniform(over: keys, seed: UInt64(values.integer("seed")))
        let process = values.optionalInteger("server-pid")
        var rounds: [BenchRound] = []
        for _ in 0..<values.integer("rounds") {
            let before = process.flatMap(ProcessorTime.used)
            var round = try generator.run(plan, keys: &draws)
            if let before, let after = process.flatMap(ProcessorTime.used) {
                round.serverTime = after - before
            }
            rounds.append(round)
        }
        if let error = rounds.lazy.compactMap(\.firstError).first {
            console.say("first error reply: \(error)")
        }
        return BenchResult(operation, pipeline: pipeline, rounds)
    }

    private func report(_ results: [BenchResult]) {
        guard !values.toggle("json") else {
            return console.output.write(BenchReport.json(results))
        }
        let rate = values.optionalInteger("rate").map { "\(BenchReport.grouped($0)) a second" }
        console.say(
            "\(address), \(values.integer("clients")) connections, "
                + "\(BenchReport.grouped(keys)) keys, values of \(values.integer("size")) bytes, "
                + "\(rate ?? "as many as it answers"), median of "
                + "\(values.integer("rounds")) × \(values.integer("seconds")) s")
        console.output.write(BenchReport.table(results))
    }
}
