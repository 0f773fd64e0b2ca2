import GrepvineDistCore

/// Partitions that are copied whole from other owners, because this node lost its memory.
struct SyncState {
    /// One partition that is being read from one co-owner.
    struct Pull {
        var partition: Partition
        var peer: NodeID
        var cursor: UInt64 = 0
        let began: Instant
        var deadline: Instant
        var triesLeft = 4
        /// Every record so far could be merged.
        var isWhole = true
        /// Of the keys that came.
        var names: Set<UInt64> = []
    }

    struct Exchange: Hashable {
        var partition: Partition
        var peer: NodeID
    }

    /// The node's own randomness, for cluster ids and jitter.
    var generator: SeededGenerator
    /// When to try again what is left to copy.
    var nextRound = Instant.distantFuture
    /// A write that an earlier life of this node acknowledged may reach its level with owners that
    /// take it only now, until its coordinator gives it up. What is copied before then is of use,
    /// but only what is copied afterwards shows that nothing is missing (R5).
    let settled: Instant
    private(set) var queue: [Exchange] = []
    private var queued: Set<Exchange> = []
    var active: [UInt64: Pull] = [:]

    static let parallelPulls = 8
    static let pageBytes = 256 << 10

    /// - Parameter settled: when nothing is under way any more that an earlier life of this node
    ///   took part in.
    init(generator: SeededGenerator, settled: Instant) {
        self.generator = generator
        self.settled = settled
    }

    /// Adds a pull unless it waits already. The queue is bounded by partitions × owners.
    mutating func enqueue(_ partition: Partition, from peer: NodeID) {
        let task = Exchange(partition: partition, peer: peer)
        guard !active.values.contains(where: { $0.partition == partition && $0.peer == peer }),
            queued.insert(task).inserted
        else { return }
        queue.append(task)
    }

    /// The next pull to start, when one may.
    mutating func next() -> Exchange? {
        guard active.count < Self.parallelPulls, !queue.isEmpty else { return nil }
        let task = queue.removeFirst()
        queued.remove(task)
        return task
    }

    /// What was read of the partition so far is forgotten, so pages of it show nothing any more.
    mutating func restart(_ partition: Partition) {
        active = active.filter { $0.value.partition != partition }
    }

    /// Forgets everything that waits for or is read from `peer`.
    mutating func drop(_ peer: NodeID) {
        queue.removeAll { $0.peer == peer }
        queued = Set(queue)
        active = active.filter { $0.value.peer != peer }
    }

    var waiting: Int { queue.count + active.count }
}
