import GrepvineDistCore

/// What went wrong on purpose. Nodes that cannot be told to do that say nothing about it.
extension MetricsReport {
    static func chaos(_ counts: ChaosCounts?, _ report: inout Report) {
        guard let counts else { return }
        report.counter(
            "chaos_dropped_total", "Datagrams and frames of peers lost on purpose.",
            counts.dropped)
        report.counter("chaos_delayed_total", "Those held back.", counts.delayed)
        report.counter("chaos_duplicated_total", "Those that came twice.", counts.duplicated)
        report.counter(
            "chaos_overflowed_total", "Those lost because too much was held back.",
            counts.overflowed)
        report.gauge("chaos_held_bytes", "Bytes held back now.", counts.heldBytes)
    }
}
