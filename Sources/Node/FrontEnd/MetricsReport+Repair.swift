import GrepvineDistCore

/// What keeping the same as other owners counts.
extension MetricsReport {
    static func repair(_ node: borrowing Node, _ report: inout Report, now: Moment) {
        let repair = node.metrics.repair
        report.counter("repair_rounds_total", "Comparisons begun.", repair.rounds)
        report.counter("repair_exchanges_total", "Reconciliations begun.", repair.exchanges)
        report.counter("repair_differences_total", "Differences found.", repair.differences)
        report.counter(
            "repair_bytes_total", "Bytes of repair, by what they are for.", by: "use",
            [
                ("compare", repair.comparedBytes), ("sketch", repair.sketchedBytes),
                ("records_sent", repair.sentBytes), ("records_received", repair.receivedBytes),
            ])
        report.counter(
            "repairs_total", "Records brought up to date, by cause.", by: "cause",
            [
                ("anti-entropy", repair.applied), ("recovery", node.metrics.recordsSynced),
                ("read", node.metrics.readRepairs),
            ])
        let status = node.repairReport(of: nil, now: now)
        report.gauge("repair_running", "Exchanges under way.", node.repair.underWay)
        report.gauge("repair_dirty_partitions", "Partitions to compare first.", status.dirty)
        report.gauge(
            "repair_differing_partitions", "Partitions that differ from another owner's.",
            status.differing)
        report.counter("scrubbed_partitions_total", "Partitions summed up anew.", repair.scrubbed)
        report.counter(
            "scrub_mismatches_total", "Those whose digest was wrong.", repair.miscounted)
        report.counter(
            "scrub_damaged_records_total", "Records whose checksum was wrong.", repair.damaged)
        ages(node, &report, now: now)
    }

    /// Ages of the last comparison that found no difference with any other owner.
    private static func ages(
        _ node: borrowing Node, _ report: inout Report, now: Moment
    ) {
        let name = "repair_clean_age_seconds"
        report.header(name, "histogram", "Time since a partition was seen to be the same on all.")
        let ages = node.cleanAges(now: now)
        let sum = ages.compactMap(\.self).reduce(0) { $0 + $1.wholeMilliseconds / 1000 }
        for limit in [1, 10, 60, 600, 1800, 3600, 86_400] {
            let count = ages.count { $0.map { $0 <= .seconds(limit) } ?? false }
            report.text += "grepvine_\(name)_bucket{le=\"\(limit)\"} \(count)\n"
        }
        report.text += "grepvine_\(name)_bucket{le=\"+Inf\"} \(ages.count)\n"
        report.text += "grepvine_\(name)_sum \(sum)\ngrepvine_\(name)_count \(ages.count)\n"
    }
}
