/// The flags of `load` and `bench`.
extension Setting {
    static let load: [Setting] = [
        Setting(
            flag: "prefix", .text("TEXT"), default: .text(""), .load, for: ["load"],
            "Put this before every key."),
        Setting(
            flag: "strip", .text("TEXT"), default: .text(""), .load, for: ["load"],
            "Take this off the front of every path that begins with it."),
        Setting(
            flag: "concurrency", .integer(1...4096), default: .text("64"), .load,
            for: ["load"], "Documents in flight at once."),
    ]

    static let bench: [Setting] = [
        measured(
            "resp", .list(.address),
            "Measure servers that speak the Redis protocol, at these addresses."),
        measured(
            "mode", .choice(["proxy", "direct", "both"]), default: "both",
            "Measure a cluster: proxy asks one node whoever owns the key, direct asks the owner."),
        measured("test", .list(.choice(["get", "set"])), default: "get,set", "What to measure."),
        measured(
            "clients", .integer(1...10_000), default: "50",
            "Connections; calls at once on a cluster."),
        measured(
            "pipeline", .list(.integer(1...1024)), default: "1",
            "With --resp: commands in flight on each connection; several values are measured in "
                + "turn."
        ),
        measured(
            "keys", .integer(1...100_000_000), default: "1000000",
            "Keys, drawn uniformly; loaded first."),
        measured("size", .integer(1...(1 << 20)), default: "64", "Bytes in each value."),
        measured(
            "seconds", .integer(1...3600), default: "2", "Length of one round."),
        measured("rounds", .integer(1...100), default: "5", "The median round is reported."),
        measured(
            "rate", .integer(1...100_000_000),
            "With --resp: offer this many operations a second, whatever the server does, and "
                + "measure from when each was due. Default: as many as it answers."),
        measured(
            "server-pid", .list(.integer(1...Int.max)),
            "With --resp: also report the processor time that these processes, one for each "
                + "server, spend on an operation."),
        measured(
            "grep", .repeated(.text("PATTERN")),
            "Measure greps of what the cluster holds instead, one after the other; several "
                + "patterns are measured in turn."),
        measured("seed", .integer(0...Int.max), default: "1", "Of the random keys."),
        measured("skip-load", .toggle, "The keys are there already."),
    ]

    private static func measured(
        _ flag: String, _ kind: SettingKind, default fallback: String? = nil, _ help: String
    ) -> Setting {
        Setting(
            flag: flag, kind, default: fallback.map { .text($0) } ?? .none, .load,
            for: ["bench"], help)
    }
}
