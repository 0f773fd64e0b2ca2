import GrepvineDistCore
import GrepvineStorage

/// What went for room, and what a key costs.
extension MetricsReport {
    static func evictions(_ node: borrowing Node, _ report: inout Report) {
        let store = node.store.statistics
        report.gauge(
            "memory_limit_bytes", "What records and indexes may take; 0 without a limit.",
            node.configuration.limits.memory ?? 0)
        report.gauge(
            "memory_bytes_per_key", "Records in use and the key index, by live keys.",
            store.liveKeys == 0 ? 0 : (store.liveBytes + store.indexBytes) / store.liveKeys)
        report.counter(
            "evictions_total", "Values that went for room, by reason.", by: "reason",
            [
                ("limit", store.evictions.untouched), ("expired", store.evictions.expired),
                ("told", store.evictions.told),
            ])
        report.counter(
            "evicted_copies_total", "Copies of other owners of what went for room here.",
            node.metrics.evictedCopies)
        report.gauge(
            "evictions_remembered", "Keys of which the node knows that they went.",
            store.evictionsRemembered)
        report.gauge(
            "eviction_memory_bytes", "Bytes for knowing them.", store.evictionMemoryBytes)
    }
}
