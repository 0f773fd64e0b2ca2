import GrepvineDistCore

/// This node and one other owner: when they compare what they share, and how far they are (A1, A2).
struct RepairPair {
    enum Stage: Equatable {
        case resting
        /// The question with this number is out.
        case comparing(UInt64)
        /// These differed once. They are looked at again when writes in flight have arrived.
        case doubting([Partition])
        case lookingAgain(UInt64, [Partition])
        /// These differed twice, and wait for their exchange.
        case reconciling([Partition])
    }

    var stage = Stage.resting
    /// When the stage ends by itself: it is time to compare, to look again, or no answer came.
    var due: Instant
    var pace: RepairPace
    /// The comparison under way: its salt, when this node asked last, and the partitions it named.
    var salt: UInt64 = 0
    var asked = Instant.start
    var named: [Partition] = []
    /// Exchanges of this round that are under way, and whether any of them moved a record.
    var running = 0
    var hasMoved = false
    /// Differences that the latest exchange found, or that a comparison lets expect, and in how
    /// many partitions.
    private(set) var latest = (differences: 1, partitions: 1)
    /// Partitions that are believed to differ: they are compared at once and reconciled first.
    var dirty = PartitionSet()
    /// Partitions that differed when they were last looked at twice.
    var differing = PartitionSet()
    /// When each partition was last seen to be the same on both; nil for never.
    private(set) var clean = [Instant?](repeating: nil, count: Partition.count)
    /// Everything that either of them held then is known to be on both; nil for never. Unlike
    /// `clean` it knows nothing of what the other one asked, who may have asked long before.
    private(set) var proven = [Instant?](repeating: nil, count: Partition.count)

    mutating func noteDifferences(_ count: Int, in partitions: Int) {
        latest = (count, max(1, partitions))
    }

    /// As many in each partition as the latest exchange found, and one at least: they do differ.
    func expectedDifferences(in partitions: Int) -> Int {
        max(partitions, partitions * min(latest.differences, 1 << 24) / latest.partitions)
    }

    /// The other one asked, and holds the same.
    mutating func note(clean partition: Partition, now: Instant) {
        clean[Int(partition.number)] = now
        differing.remove(partition)
        dirty.remove(partition)
    }

    /// This node asked, and the other one holds the same as this one did then.
    mutating func note(proven partition: Partition, now: Instant) {
        note(clean: partition, now: now)
        proven[Int(partition.number)] = asked
    }
}
