import GrepvineSimulation

/// `grepvine-sim membership`: experiments with the membership protocol alone, as tables.
struct MembershipCommand: Sendable {
    enum Experiment: String, CaseIterable {
        case crash, traffic, lifeguard, partition, restart, apart
    }

    static let usage = """
        usage: grepvine-sim membership EXPERIMENT [--nodes N,…] [--seeds A..B] [--jobs N]
                                       [--crashes N] [--stalling N,…] [--seconds N]
        """

    private static let help = """
        Runs the membership protocol of many nodes in virtual time and prints a table.

        \(usage)

          crash      how soon a crash is suspected, known, and known to everybody
          traffic    packets and bytes for each node and second while all is well
          lifeguard  healthy nodes declared dead while others stall, with and without Lifeguard
          partition  halves apart for --seconds, then one view within 30 s, for every seed
          restart    all killed at once and started again: no ghosts, for every seed
          apart      halves that started while the network was cut between them, for every seed

        """

    private var experiment: Experiment?
    private var nodes = [100]
    private var seeds: ClosedRange<UInt64> = 1...1
    private var jobs = 2
    private var crashes = 20
    private var stalling = [1, 2, 4, 8, 16]
    private var seconds = 120

    init(_ words: some Sequence<String>) throws(UsageError) {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            switch word {
            case "--nodes": nodes = try Arguments.numbers(Arguments.value(of: word, &words))
            case "--seed", "--seeds":
                seeds = try Arguments.seeds(Arguments.value(of: word, &words))
            case "--jobs": jobs = try Arguments.count(Arguments.value(of: word, &words))
            case "--crashes": crashes = try Arguments.number(Arguments.value(of: word, &words))
            case "--stalling": stalling = try Arguments.numbers(Arguments.value(of: word, &words))
            case "--seconds": seconds = try Arguments.number(Arguments.value(of: word, &words))
            case "--help", "-h": experiment = nil
            default:
                guard let named = Experiment(rawValue: word) else {
                    throw UsageError(text: "unknown argument \(word)\n\(Self.usage)")
                }
                experiment = named
            }
        }
    }

    /// 0 when everything held, 1 when something did not.
    func run() async -> Int32 {
        switch experiment {
        case nil: print(Self.help)
        case .crash:
            let runs = nodes.map {
                CrashExperiment(nodes: $0, crashes: crashes, seed: seeds.lowerBound)
            }
            print(CrashExperiment.table(runs))
            return runs.allSatisfy(\.isComplete) ? 0 : 1
        case .traffic:
            print(
                TrafficExperiment.table(
                    nodes.map {
                        TrafficExperiment(nodes: $0, seconds: seconds, seed: seeds.lowerBound)
                    }))
        case .lifeguard: await lifeguard()
        case .partition:
            return await heal { [seconds, nodes] in
                HealingExperiment.partition(nodes: nodes[0], lasting: .seconds(seconds), seed: $0)
            }
        case .restart:
            return await heal { [nodes] in
                HealingExperiment.massRestart(nodes: nodes[0], seed: $0)
            }
        case .apart:
            return await heal { [nodes] in
                HealingExperiment.bootedApart(nodes: nodes[0], seed: $0)
            }
        }
        return 0
    }

    private func lifeguard() async {
        typealias Row = (
            variant: StallExperiment.Variant, stalling: Int, outcome: StallExperiment.Outcome
        )
        var rows: [Row] = []
        for count in stalling {
            for variant in StallExperiment.Variant.all {
                let nodes = nodes[0]
                let length = seconds
                let runs = seeds.flatMap { seed in StallExperiment.Rhythm.all.map { (seed, $0) } }
                let outcomes = await concurrently(runs) { seed, rhythm in
                    StallExperiment.run(
                        nodes: nodes, stalling: count, rhythm: rhythm,
                        lifeguard: variant.lifeguard, length: .seconds(length), seed: seed)
                }
                let sum = outcomes.reduce(into: StallExperiment.Outcome()) { $0 += $1 }
                rows.append((variant, count, sum))
            }
        }
        let runs = StallExperiment.Rhythm.all.count * seeds.count
        print(StallExperiment.table(rows, runs: runs))
    }

    /// One line for all seeds, and each that failed.
    private func heal(_ run: @escaping @Sendable (UInt64) -> Duration?) async -> Int32 {
        let times = await concurrently(Array(seeds)) { ($0, run($0)) }
        let failed = times.filter { $0.1 == nil }.map(\.0).sorted()
        print(HealingExperiment.summary(times.compactMap(\.1), failed: failed))
        return failed.isEmpty ? 0 : 1
    }

    private func concurrently<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], _ work: @escaping @Sendable (Input) -> Output
    ) async -> [Output] {
        await withTaskGroup(of: Output.self) { group in
            var waiting = inputs.makeIterator()
            for _ in 0..<jobs {
                if let input = waiting.next() { group.addTask { work(input) } }
            }
            var outputs: [Output] = []
            while let output = await group.next() {
                outputs.append(output)
                if let input = waiting.next() { group.addTask { work(input) } }
            }
            return outputs
        }
    }
}
