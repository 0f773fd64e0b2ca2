import GrepvineDistCore
import GrepvineGossip

/// The pace of the membership protocol. `gossip.preset` sets all of it; each may be set alone. All
/// nodes of a cluster should run the same.
extension Setting {
    static let gossip: [Setting] = [
        paced(
            "gossip.probeInterval", .duration(.milliseconds(20)...(.seconds(60))),
            "200ms", "1s", "5s",
            "One member is probed in each. Shorter finds crashes sooner and sends more."),
        paced(
            "gossip.probeTimeout", .duration(.milliseconds(5)...(.seconds(30))),
            "100ms", "500ms", "2500ms",
            "Wait for a direct answer before others are asked to try; at most half of the "
                + "interval. Shorter asks others more often."),
        paced(
            "gossip.indirectProbes", .integer(0...10), "3", "3", "3",
            "Members that are asked to try. More survives worse networks and sends more when "
                + "somebody is silent."),
        paced(
            "gossip.healthLimit", .integer(1...32), "8", "8", "8",
            "A node in trouble stretches interval and timeout up to so many times. Higher blames "
                + "others less and finds crashes later while in trouble; 1 switches it off."),
        paced(
            "gossip.suspicionMultiplier", .integer(1...50), "4", "4", "6",
            "Shortest suspicion, in probe intervals times the decimal logarithm of the members. "
                + "Higher gives slow nodes more time and knows of crashes later."),
        paced(
            "gossip.suspicionStretch", .integer(1...20), "6", "6", "6",
            "Longest suspicion, as a multiple of the shortest: how patient one lone accuser is."),
        paced(
            "gossip.confirmations", .integer(0...4), "2", "2", "2",
            "Accusers beyond the first that make a suspicion as short as it gets. Fewer is "
                + "quicker, more is surer."),
        paced(
            "gossip.interval", .duration(.milliseconds(10)...(.seconds(10))),
            "50ms", "200ms", "500ms",
            "Pause between rounds of gossip while there is news. Shorter spreads it sooner."),
        paced(
            "gossip.peers", .integer(1...20), "3", "3", "4",
            "Members that hear a round. More spreads news sooner and sends it more often."),
        paced(
            "gossip.retransmits", .integer(1...20), "4", "4", "4",
            "How often a node sends one piece of news, times the digits of the members. More "
                + "survives more loss and costs bytes."),
        paced(
            "gossip.packetSize", .bytes(576...2000), "1400", "1400", "1400",
            "Largest datagram. Larger carries more news and may be fragmented on the way."),
        paced(
            "gossip.seedRetry", .duration(.milliseconds(50)...(.seconds(3600))),
            "1s", "5s", "5s",
            "Longest pause between calls to a seed while no other node is known."),
        paced(
            "gossip.seedRecall", .duration(.milliseconds(50)...(.seconds(3600))),
            "5s", "30s", "30s",
            "The same once others are known: how soon islands that name each other merge."),
        paced(
            "gossip.resolveRetry", .duration(.milliseconds(100)...(.seconds(3600))),
            "2s", "15s", "15s",
            "Pause between look-ups of the seeds' names while no other node is known."),
        paced(
            "gossip.resolveInterval", .duration(.milliseconds(100)...(.seconds(86_400))),
            "60s", "60s", "60s",
            "The same once others are known: how soon new addresses behind a name count."),
        paced(
            "gossip.deadProbe", .duration(.milliseconds(100)...(.seconds(3600))),
            "5s", "30s", "30s",
            "Longest pause between probes of a dead member of the topology, which never stop: how "
                + "soon a partition heals after its links return."),
        paced(
            "gossip.forgetAfter", .duration(.seconds(60)...(.seconds(30 * 86_400))),
            "24h", "24h", "24h",
            "Memory of dead and departed nodes that are not in the topology. Longer keeps old "
                + "news of them from coming back as new."),
        paced(
            "gossip.maximumMembers", .integer(3...16_384), "4096", "4096", "4096",
            "Nodes that are remembered in all; further ones are refused."),
    ]

    private static func paced(
        _ key: String, _ kind: SettingKind, _ local: String, _ lan: String, _ wan: String,
        _ help: String
    ) -> Setting {
        Setting(
            key: key, kind, default: .byPreset(local: local, lan: lan, wan: wan), .gossip,
            for: ["serve", "dev", "config show"], help)
    }
}

extension GossipConfiguration {
    /// What the settings say. Every one has a value, if only the preset's.
    init(_ values: Values) {
        switch values.text("gossip-preset") {
        case "local": self = .local
        case "wan": self = .wan
        default: self = .lan
        }
        probeInterval = values.duration("gossip-probe-interval")
        probeTimeout = values.duration("gossip-probe-timeout")
        indirectProbes = values.integer("gossip-indirect-probes")
        localHealthLimit = values.integer("gossip-health-limit")
        suspicionMultiplier = values.integer("gossip-suspicion-multiplier")
        suspicionStretch = values.integer("gossip-suspicion-stretch")
        confirmations = values.integer("gossip-confirmations")
        gossipInterval = values.duration("gossip-interval")
        gossipPeers = values.integer("gossip-peers")
        retransmitMultiplier = values.integer("gossip-retransmits")
        packetLimit = values.byteCount("gossip-packet-size")
        seedRetryMaximum = values.duration("gossip-seed-retry")
        seedRetryConnected = values.duration("gossip-seed-recall")
        resolveIsolated = values.duration("gossip-resolve-retry")
        resolveConnected = values.duration("gossip-resolve-interval")
        deadProbeMaximum = values.duration("gossip-dead-probe")
        deadProbeMinimum = min(deadProbeMinimum, deadProbeMaximum)
        forgetAfter = values.duration("gossip-forget-after")
        maximumMembers = values.integer("gossip-maximum-members")
    }
}
