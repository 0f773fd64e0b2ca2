import GrepvineDistCore

/// What a store let go of for room, so that nothing as old is ever taken for new (E1): for the last
/// evictions of a partition which key it was and how it was stamped, and for all those before them
/// the highest stamp, the floor of the partition.
///
/// A partition has some buckets of eight. A full bucket forgets what is stamped lowest, and the
/// floor rises by as little as it can. Its bytes are fixed once it is in use.
struct EvictionMemory {
    private var table: MemorySegment?
    private var floors = [HybridClock](
        repeating: HybridClock(rawValue: 0), count: Partition.count)
    /// Which run of buckets each partition has; nil for one that the node does not own.
    private var runs: [Int?] = Array(0..<Partition.count)
    private var runCount = Partition.count
    private var buckets = 1
    /// Evictions to remember in all.
    private let capacity: Int
    private(set) var count = 0
    /// Nothing was ever evicted: what every merge and read looks at first.
    private(set) var isEmpty = true

    static let ways = 8
    static let entryBytes = 16
    /// So that what is remembered of one partition fits into one message.
    static let mostBuckets = 2048

    private static let seed: UInt64 = 0x5333_4649_464f_0001

    /// - Parameter isExpected: takes its bytes at once, so that the first eviction takes none.
    init(capacity: Int, isExpected: Bool) {
        self.capacity = capacity
        if isExpected { allocate() }
    }

    var bytes: Int { table?.footprint ?? 0 }

    /// The same on all nodes; never 0.
    static func name(of key: UnsafeRawBufferPointer) -> UInt64 {
        max(1, Mix.hash(key.bytes, seed: seed))
    }

    /// Divides the memory among these partitions. When they are others than before, what is
    /// remembered exactly goes into the floors; what another node has now is its own to remember.
    mutating func own(_ partitions: [Partition]) {
        var runs = [Int?](repeating: nil, count: Partition.count)
        for (run, partition) in partitions.enumerated() { runs[Int(partition.number)] = run }
        guard runs != self.runs else { return }
        for partition in Partition.all {
            if runs[Int(partition.number)] == nil { forget(partition) } else { blur(partition) }
        }
        (self.runs, runCount) = (runs, partitions.count)
        guard table != nil else { return }
        table = nil
        allocate()
    }

    /// A record of the key, stamped like this or lower, was let go of.
    mutating func insert(_ name: UInt64, _ partition: Partition, _ clock: HybridClock) {
        isEmpty = false
        allocate()
        guard let bucket = bucket(of: name, partition) else { return raise(partition, to: clock) }
        var lowest = 0
        for way in 0..<Self.ways {
            if bucket[2 * way] == name {
                bucket[2 * way + 1] = max(bucket[2 * way + 1], clock.rawValue)
                return
            }
            if bucket[2 * way + 1] < bucket[2 * lowest + 1] { lowest = way }
        }
        // A free place has a stamp of 0, which raises nothing.
        let forgotten = min(bucket[2 * lowest + 1], clock.rawValue)
        raise(partition, to: HybridClock(rawValue: forgotten))
        guard bucket[2 * lowest + 1] < clock.rawValue else { return }
        if bucket[2 * lowest] == 0 { count += 1 }
        bucket[2 * lowest] = name
        bucket[2 * lowest + 1] = clock.rawValue
    }

    /// Up to where records of the key may have been let go of; 0 for never.
    func limit(of name: UInt64, _ partition: Partition) -> HybridClock {
        max(floor(of: partition), exactly(name, partition))
    }

    func exactly(_ name: UInt64, _ partition: Partition) -> HybridClock {
        guard let bucket = bucket(of: name, partition) else { return HybridClock(rawValue: 0) }
        for way in 0..<Self.ways where bucket[2 * way] == name {
            return HybridClock(rawValue: bucket[2 * way + 1])
        }
        return HybridClock(rawValue: 0)
    }

    /// Something newer of the key is stored.
    mutating func remove(_ name: UInt64, _ partition: Partition) {
        guard let bucket = bucket(of: name, partition) else { return }
        for way in 0..<Self.ways where bucket[2 * way] == name {
            (bucket[2 * way], bucket[2 * way + 1]) = (0, 0)
            count -= 1
        }
    }

    func floor(of partition: Partition) -> HybridClock { floors[Int(partition.number)] }

    mutating func raise(_ partition: Partition, to clock: HybridClock) {
        let number = Int(partition.number)
        if clock.rawValue > 0 { isEmpty = false }
        floors[number] = max(floors[number], clock)
    }

    /// Names and stamps, in no particular order.
    func entries(of partition: Partition) -> [(name: UInt64, clock: HybridClock)] {
        guard let words = words(of: partition) else { return [] }
        var entries: [(UInt64, HybridClock)] = []
        for place in 0..<buckets * Self.ways where words[2 * place] != 0 {
            entries.append((words[2 * place], HybridClock(rawValue: words[2 * place + 1])))
        }
        return entries
    }

    /// The partition is learned anew from other owners.
    mutating func forget(_ partition: Partition) {
        blur(partition)
        floors[Int(partition.number)] = HybridClock(rawValue: 0)
    }

    private mutating func blur(_ partition: Partition) {
        guard let words = words(of: partition) else { return }
        for place in 0..<buckets * Self.ways where words[2 * place] != 0 {
            raise(partition, to: HybridClock(rawValue: words[2 * place + 1]))
            (words[2 * place], words[2 * place + 1]) = (0, 0)
            count -= 1
        }
    }

    private mutating func allocate() {
        guard table == nil, runCount > 0 else { return }
        buckets = min(Self.mostBuckets, max(1, capacity / Self.ways / runCount))
        table = MemorySegment(bytes: runCount * buckets * Self.ways * Self.entryBytes)
    }

    private func words(of partition: Partition) -> UnsafeMutablePointer<UInt64>? {
        guard let table, let run = runs[Int(partition.number)] else { return nil }
        let first = run * buckets * Self.ways * Self.entryBytes
        return (table.base + first).assumingMemoryBound(to: UInt64.self)
    }

    private func bucket(
        of name: UInt64, _ partition: Partition
    ) -> UnsafeMutablePointer<UInt64>? {
        words(of: partition).map { $0 + Int(name % UInt64(buckets)) * Self.ways * 2 }
    }
}
