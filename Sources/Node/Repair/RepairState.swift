import GrepvineDistCore

/// Everything that a node knows of keeping its partitions the same as those of other owners.
struct RepairState {
    var generator: SeededGenerator
    var pairs: [NodeID: RepairPair] = [:]
    var exchanges: [ExchangeName: RepairExchange] = [:]
    var sources: [ExchangeName: RepairSource] = [:]
    var fetches: [ExchangeName: RepairFetch] = [:]
    var budget: ByteBudget
    var scrub: ScrubWalk
    /// The earliest that any pair has to do; at most as late as the truth.
    private(set) var nextDue = Instant.distantFuture

    /// Exchanges that this node begins at a time, and others that it takes part in.
    static let mostExchanges = 2
    static let mostSources = 6
    /// Entries of an exchange, unless one partition alone has more: one pass over them is two
    /// milliseconds.
    static let mostEntries = 16_384
    /// Bytes of records in one answer.
    static let pageBytes = 256 << 10

    init(generator: SeededGenerator, settings: RepairSettings, now: Instant) {
        self.generator = generator
        budget = ByteBudget(bytesPerSecond: settings.bandwidth, now: now)
        scrub = ScrubWalk(period: settings.scrub, now: now)
    }

    mutating func jitter() -> UInt64 { generator.next() >> 1 }

    /// Changes a pair and knows when something is due.
    mutating func update(_ peer: NodeID, _ change: (inout RepairPair) -> Void) {
        guard let index = pairs.index(forKey: peer) else { return }
        change(&pairs.values[index])
        nextDue = min(nextDue, pairs.values[index].due)
    }

    /// Looks up anew what is due next.
    mutating func reschedule() {
        nextDue = pairs.values.reduce(.distantFuture) { min($0, $1.due) }
    }

    /// Peers with something to do, ascending.
    func due(at now: Instant) -> [NodeID] {
        pairs.filter { $0.value.due <= now }.keys.sorted()
    }

    func isOver(_ source: ExchangeName, _ now: Instant) -> Bool {
        sources[source].map { $0.deadline <= now } ?? false
    }

    /// Of a fetch that waits for an answer and not for the budget.
    func isStuck(_ fetch: ExchangeName, _ now: Instant) -> Bool {
        fetches[fetch].map { !$0.isWaiting && $0.deadline <= now } ?? false
    }

    /// Exchanges in either direction that are not over.
    var underWay: Int { exchanges.count + fetches.count }
}

/// How eagerly a node repairs.
public struct RepairSettings: Sendable {
    /// The shortest pause between two comparisons with one other owner; while nothing differs it
    /// doubles up to ten minutes.
    public var interval = Duration.seconds(10)
    /// Writes younger than this may be on their way: they are not taken for differences.
    package var settling = Duration.seconds(1)
    /// Bytes of records that repair takes in per second.
    public var bandwidth = 32 << 20
    /// Tombstones that every owner has are purged this often.
    public var purge = Duration.seconds(300)
    /// Fences stay this far behind the oldest write that may be under way.
    package var purgeMargin = Duration.seconds(10)
    /// All partitions are summed up anew from their bytes in this time.
    public var scrub = Duration.seconds(86_400)

    public init() {}
}
