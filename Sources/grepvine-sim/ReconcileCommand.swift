import GrepvineSimulation

/// `grepvine-sim reconcile`: what two owners send until they hold the same, as a table.
struct ReconcileCommand: Sendable {
    private static let usage = """
        usage: grepvine-sim reconcile [--entries N] [--differences N,…] [--seed N]
        """

    private static let help = """
        Two owners hold the same entries; some more come to one or the other. Prints the bytes that
        both send until each has all of them.

        \(usage)

        """

    private var entries = 1_000_000
    private var differences = [1, 10, 100, 1000, 10_000]
    private var seed: UInt64 = 1
    private var isHelp = false

    init(_ words: some Sequence<String>) throws(UsageError) {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            switch word {
            case "--entries": entries = try Arguments.number(Arguments.value(of: word, &words))
            case "--differences":
                differences = try Arguments.numbers(Arguments.value(of: word, &words))
            case "--seed": seed = try Arguments.seeds(Arguments.value(of: word, &words)).lowerBound
            case "--help", "-h": isHelp = true
            default: throw UsageError(text: "unknown argument \(word)\n\(Self.usage)")
            }
        }
    }

    /// 0 when the owners became the same.
    func run() -> Int32 {
        if isHelp {
            print(Self.help)
            return 0
        }
        let experiment = ReconciliationExperiment(entries: entries, seed: seed)
        let rows = differences.map { experiment.row(differences: $0) }
        print("\(entries) entries")
        print(ReconciliationExperiment.table(rows))
        return rows.allSatisfy(\.isComplete) ? 0 : 1
    }
}
