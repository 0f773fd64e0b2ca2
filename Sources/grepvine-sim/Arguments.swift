import GrepvineNode
import GrepvineSimulation

/// What a command line that cannot be understood gets as its answer.
struct UsageError: Error {
    let text: String
}

/// The command line.
struct Arguments: Sendable {
    static let usage = """
        usage: grepvine-sim [--seed N | --seeds A..B] [--jobs N] [--planted-bug NAME] [--verbose]
               grepvine-sim membership EXPERIMENT [--nodes N,…] [--seeds A..B] [--jobs N]
               grepvine-sim reconcile [--entries N] [--differences N,…]
        """

    private(set) var seeds: ClosedRange<UInt64> = 1...200
    /// Runs that go on at the same time.
    private(set) var jobs = 2
    private(set) var plantedBug: NodeConfiguration.PlantedBug?
    private(set) var isVerbose = false
    private(set) var isHelp = false

    init(_ words: some Sequence<String>) throws(UsageError) {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            switch word {
            case "--seed", "--seeds": seeds = try Self.seeds(Self.value(of: word, &words))
            case "--jobs": jobs = try Self.count(Self.value(of: word, &words))
            case "--planted-bug": plantedBug = try Self.bug(Self.value(of: word, &words))
            case "--verbose", "-v": isVerbose = true
            case "--help", "-h": isHelp = true
            default: throw UsageError(text: "unknown argument \(word)")
            }
        }
    }

    static func value(
        of flag: String, _ words: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let value = words.popFirst() else { throw UsageError(text: "\(flag) needs a value") }
        return value
    }

    /// `17` or `1..200`.
    static func seeds(_ text: String) throws(UsageError) -> ClosedRange<UInt64> {
        let ends = text.split(separator: "..", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let first = UInt64(ends[0]),
            let last = UInt64(ends[ends.count - 1]), first <= last
        else { throw UsageError(text: "seeds are a number or a range such as 1..200, not \(text)") }
        return first...last
    }

    static func count(_ text: String) throws(UsageError) -> Int {
        guard let count = Int(text), (1...64).contains(count) else {
            throw UsageError(text: "jobs are a number from 1 to 64, not \(text)")
        }
        return count
    }

    static func number(_ text: String) throws(UsageError) -> Int {
        guard let number = Int(text), (1...10_000_000).contains(number) else {
            throw UsageError(text: "\(text) is no number from 1 to 10000000")
        }
        return number
    }

    static func numbers(_ text: String) throws(UsageError) -> [Int] {
        var numbers: [Int] = []
        for part in text.split(separator: ",") { numbers.append(try number(String(part))) }
        return numbers
    }

    private static func bug(_ text: String) throws(UsageError) -> NodeConfiguration.PlantedBug {
        if let bug = NodeConfiguration.PlantedBug(rawValue: text) { return bug }
        let names = NodeConfiguration.PlantedBug.allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageError(text: "planted bugs are \(names), not \(text)")
    }

    static func printHelp() -> Int32 {
        print(
            """
            Runs whole clusters of virtual nodes under faults and checks what they promise.

            \(usage)

              --seed N            run one seed; what happened is printed when it fails
              --seeds A..B        run these, 1..200 unless told otherwise
              --jobs N            seeds that run at the same time, 2
              --planted-bug NAME  break the nodes on purpose, to see that it is found
              --verbose           print what happened in each run

            grepvine-sim membership --help tells about experiments with the membership alone.
            """)
        return 0
    }
}
