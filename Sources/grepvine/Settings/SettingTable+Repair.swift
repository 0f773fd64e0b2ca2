import GrepvineNode

/// How owners keep the same.
extension Setting {
    private static let nodes = ["serve", "dev", "config show"]

    static let repair: [Setting] = [
        Setting(
            key: "repair.interval", .duration(.milliseconds(100)...(.seconds(600))),
            default: .text("10s"), .cluster, for: nodes,
            "Shortest pause between two comparisons with another owner. While nothing differs it "
                + "doubles up to ten minutes."),
        Setting(
            key: "repair.bandwidth", .bytes((64 << 10)...(1 << 34)), default: .text("32m"),
            .limits, for: nodes, "Bytes of records that repair takes in per second."),
        Setting(
            key: "repair.purge", .duration(.milliseconds(100)...(.seconds(86_400))),
            default: .text("5m"), .cluster, for: nodes,
            "How often tombstones go that every owner has. While an owner is away its partitions "
                + "keep theirs."),
        Setting(
            key: "repair.scrub", .duration(.seconds(60)...(.seconds(30 * 86_400))),
            default: .text("24h"), .storage, for: nodes,
            "Time in which a node looks at every stored byte once, to find what rotted."),
    ]
}

extension RepairSettings {
    init(_ values: Values) {
        self.init()
        interval = values.duration("repair-interval")
        bandwidth = values.byteCount("repair-bandwidth")
        purge = values.duration("repair-purge")
        scrub = values.duration("repair-scrub")
    }
}
