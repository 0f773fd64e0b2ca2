import GrepvineDistCore

/// Faults on purpose: whether a node lets itself be told, and what it is told.
extension Setting {
    static let chaosCommands = ["chaos set", "chaos partition", "chaos show", "chaos heal"]

    static let chaos: [Setting] = [
        Setting(
            key: "enableChaos", .toggle, default: .text("false"), .node,
            for: ["serve", "dev", "config show"],
            "For tests: let `grepvine chaos` lose, delay and cut off what this node exchanges with"
                + " its peers. Whoever reaches the port may tell it so."),
        Setting(
            flag: "peer", .text("NAME|all"), default: .text("all"), .general,
            for: ["chaos set", "chaos partition"], "Which peer's traffic."),
        Setting(
            flag: "peer", .text("NAME|all"), .general, for: ["chaos heal"],
            "Only what was said for this peer. Default: everything."),
        Setting(
            flag: "direction", .choice(["in", "out", "both"]), default: .text("both"), .general,
            for: ["chaos set", "chaos partition"],
            "What comes from the peer, what goes to it, or both."),
        Setting(
            flag: "drop", .chance, default: .text("0%"), .general, for: ["chaos set"],
            "Chance of each datagram and each frame to get lost."),
        Setting(
            flag: "duplicate", .chance, default: .text("0%"), .general, for: ["chaos set"],
            "Chance of each to come twice."),
        Setting(
            flag: "delay", .duration(.zero...Faults.longestDelay), default: .text("0ms"),
            .general, for: ["chaos set"], "How much later everything comes."),
        Setting(
            flag: "jitter", .duration(.zero...Faults.longestDelay), default: .text("0ms"),
            .general, for: ["chaos set"],
            "How much earlier or later than that. Frames keep their order, datagrams do not."),
        Setting(
            flag: "for", .duration(.milliseconds(1)...ChaosRequest.longestTime), .general,
            for: ["chaos set", "chaos partition"],
            "End by itself after this time. Default: when it is healed."),
    ]
}
