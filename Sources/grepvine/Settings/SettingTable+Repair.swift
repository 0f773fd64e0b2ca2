import GrepvineNode

/// How owners keep the same.
extension Setting {
    private static let nodes = ["serve", "dev", "config show"]

    static let repair: [Setting] = [
        Setting(
            key: "hints.memory", .bytes(0...(1 << 40)), default: .text("64m"), .limits, for: nodes,
            "Bytes of writes kept for owners that missed them. What finds no room is found by "
                + "comparing later."),
        Setting(
            key: "hints.memoryPerNode", .bytes(0...(1 << 40)), default: .text("32m"), .limits,
            for: nodes, "Of those, bytes for one owner."),
        Setting(
            key: "hints.age", .duration(.seconds(1)...(.seconds(30 * 86_400))),
            default: .text("3h"), .limits, for: nodes,
            "A write that its owner did not take for so long is kept no longer."),
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

extension HintSettings {
    init(_ values: Values) {
        self.init()
        memory = values.byteCount("hints-memory")
        memoryPerNode = values.byteCount("hints-memory-per-node")
        age = values.duration("hints-age")
    }
}
