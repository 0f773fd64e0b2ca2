/// What one round of load brought.
struct BenchRound: Sendable {
    /// One entry per reply.
    var latencies = LatencyHistogram()
    /// Nanoseconds from the first command to the last reply.
    var elapsed: Int64 = 0
    /// Processor nanoseconds of the generator's own thread.
    var clientTime: Int64 = 0
    /// Processor nanoseconds of the server; nil when nobody said which process it is.
    var serverTime: Int64?
    /// Replies that say that the key is not there.
    var misses = 0
    /// Error replies and values of the wrong length.
    var errors = 0
    /// Checked values that were another key's.
    var wrong = 0
    private(set) var firstError: String?

    var operations: Int { Int(latencies.count) }

    var operationsPerSecond: Double {
        elapsed > 0 ? Double(operations) * 1e9 / Double(elapsed) : 0
    }

    /// Counts a reply that should not be, and keeps the first for people to see.
    mutating func note(_ reply: UnsafeRawBufferPointer) {
        note(firstError ?? String(decoding: reply.prefix(120), as: UTF8.self).trimmed)
    }

    mutating func note(_ error: String) {
        errors += 1
        if firstError == nil { firstError = error }
    }

    /// Adds what another lane of the same round brought.
    mutating func merge(_ other: BenchRound) {
        latencies.merge(other.latencies)
        misses += other.misses
        errors += other.errors
        wrong += other.wrong
        firstError = firstError ?? other.firstError
    }

    /// The round with the middle rate. There is at least one.
    static func median(of rounds: [BenchRound]) -> BenchRound {
        let sorted = rounds.sorted { $0.operationsPerSecond < $1.operationsPerSecond }
        return sorted[sorted.count / 2]
    }
}
