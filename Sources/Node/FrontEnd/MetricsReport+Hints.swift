import GrepvineDistCore

/// What is kept for owners that missed writes.
extension MetricsReport {
    static func hints(_ node: borrowing Node, _ report: inout Report) {
        report.gauge("hints", "Writes kept for owners that missed them.", node.hints.count)
        report.gauge("hint_bytes", "Bytes of them.", node.hints.bytes)
        report.header("hints_total", "counter", "Hints by owner, and what became of them.")
        for owner in node.hints.owners {
            guard let counts = node.hints.targets[owner]?.counts else { continue }
            for (event, count) in [
                ("queued", counts.queued), ("replayed", counts.replayed),
                ("expired", counts.expired), ("dropped", counts.dropped),
            ] {
                report.text += "grepvine_hints_total{owner=\"\(node.name(of: owner))\","
                report.text += "event=\"\(event)\"} \(count)\n"
            }
        }
    }
}
