package import GrepvineDistCore
import GrepvineStorage

/// What the stability fence counts.
extension MetricsReport {
    static func fences(_ node: borrowing Node, _ report: inout Report, now: Moment) {
        let fences = node.metrics.fences
        report.counter(
            "fence_rounds_total", "Rounds that this node led, by their end.", by: "end",
            [("settled", fences.settled), ("abandoned", fences.abandoned)])
        report.gauge("fence_rounds", "Rounds under way or waiting.", node.fences.underWay)
        report.counter(
            "purged_total", "Tombstones and expired values that went behind a fence.",
            fences.purged)
        report.counter(
            "fenced_writes_total", "Writes that a fence stopped.", fences.fencedWrites)
        report.counter(
            "fenced_copies_total", "Copies of other owners that a fence stopped.",
            fences.fencedCopies)
        report.gauge(
            "fence_age_seconds",
            "How long the partition waits for its fence that waits longest; 0 without tombstones.",
            Int(node.oldestFence(now: now).wholeMilliseconds / 1000))
    }
}

extension Node {
    /// How long the purging of the partition that waits longest has been due.
    func oldestFence(now: Moment) -> Duration {
        var oldest = now.wall
        for partition in topology?.partitions(ownedBy: id) ?? [] {
            guard let earliest = store.earliestPurge(in: partition) else { continue }
            oldest = min(oldest, max(earliest, fences.table[partition].stable).wall)
        }
        return now.wall - oldest
    }

    /// What is stamped up to here was the same on all owners once (T4).
    package func stablePoint(of partition: Partition) -> HybridClock {
        fences.table[partition].stable
    }
}
