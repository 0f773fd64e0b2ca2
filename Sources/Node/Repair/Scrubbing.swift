import GrepvineDistCore
import GrepvineStorage

/// Sums partitions up anew from their bytes, one after the other, spread over a day (A3).
struct ScrubWalk {
    private(set) var partition = Partition(number: 0)
    private(set) var due: Instant
    private let pause: Duration

    init(period: Duration, now: Instant) {
        pause = max(
            .milliseconds(1), .nanoseconds(period.wholeNanoseconds / Int64(Partition.count)))
        due = now + pause
    }

    /// The partition whose turn it is.
    mutating func next(now: Instant) -> Partition? {
        guard due <= now else { return nil }
        defer { partition = Partition(number: (partition.number + 1) % UInt16(Partition.count)) }
        // What was missed while the process stood still is not made up for at once.
        due = now + pause
        return partition
    }
}

extension Node {
    /// Looks at every byte of a partition when its turn has come. What is wrong is put right,
    /// counted and said, and the partition is compared with the other owners.
    mutating func scrub(now: Moment) {
        guard let partition = repair.scrub.next(now: now.instant) else { return }
        let outcome = store.scrub(partition)
        metrics.repair.scrubbed += 1
        metrics.repair.damaged += UInt64(outcome.damaged)
        if outcome.isMiscounted { metrics.repair.miscounted += 1 }
        guard outcome.isMiscounted || outcome.damaged > 0 else { return }
        log(
            .error, "scrub-mismatch",
            [
                "partition": .count(partition.number), "records": .count(outcome.records),
                "damaged": .count(outcome.damaged),
                "digest": .text(outcome.isMiscounted ? "wrong, put right" : "right"),
            ])
        markDirty(partition)
    }
}
