import GrepvineDistCore
import GrepvineGossip

/// What the membership protocol counts.
extension MetricsReport {
    static func gossip(_ node: borrowing Node, _ report: inout Report) {
        let gossip = node.gossip.statistics
        traffic("sent", gossip.sent, &report)
        traffic("received", gossip.received, &report)
        report.counter("gossip_undecodable_total", "Undecodable ones.", UInt64(gossip.undecodable))
        report.counter(
            "gossip_wrong_cluster_total", "Those of other clusters.", UInt64(gossip.wrongCluster))
        report.counter(
            "gossip_implausible_total", "Claims that nobody could have made in good faith.",
            UInt64(gossip.implausible))
        probes(gossip, &report)
        report.counter(
            "gossip_suspicions_total", "Members that became suspect.", UInt64(gossip.suspicions))
        report.counter(
            "gossip_recoveries_total", "Members that turned out to be alive.",
            UInt64(gossip.recoveries))
        report.counter(
            "gossip_deaths_total", "Suspects that this node gave up.", UInt64(gossip.deaths))
        report.counter("gossip_refutations_total", "Own refutations.", UInt64(gossip.refutations))
        report.counter(
            "gossip_pauses_total", "Times that this process stood still.", UInt64(gossip.pauses))
        queues(node, &report)
        members(node, &report)
    }

    private static func traffic(
        _ direction: String, _ traffic: GossipTraffic, _ report: inout Report
    ) {
        let kinds = zip(GossipTraffic.names, traffic.counts)
        report.counter(
            "gossip_\(direction)_packets_total", "Messages \(direction), by kind.", by: "kind",
            kinds.map { ("\($0)", UInt64($1.packets)) })
        report.counter(
            "gossip_\(direction)_bytes_total", "Their bytes.", by: "kind",
            kinds.map { ("\($0)", UInt64($1.bytes)) })
    }

    private static func probes(_ gossip: GossipStatistics, _ report: inout Report) {
        report.counter("gossip_probes_total", "Probes begun.", UInt64(gossip.probes))
        report.counter("gossip_failed_probes_total", "Probes failed.", UInt64(gossip.failedProbes))
        report.counter(
            "gossip_stream_probes_total", "Silent members that were asked over TCP.",
            UInt64(gossip.streamProbes))
        report.counter(
            "gossip_stream_answers_total", "Those that answered there: look for lost UDP.",
            UInt64(gossip.streamAnswers))
        report.counter("gossip_pulls_total", "Pages of tables asked for.", UInt64(gossip.pulls))
        report.counter("gossip_syncs_total", "Tables compared.", UInt64(gossip.syncs))
        report.counter(
            "gossip_synced_claims_total", "Claims that differed and were sent.",
            UInt64(gossip.syncedClaims))
    }

    private static func queues(_ node: borrowing Node, _ report: inout Report) {
        report.gauge(
            "gossip_local_health", "0 when this node keeps up; its timeouts grow with it.",
            node.gossip.health.score)
        report.gauge("gossip_queued_news", "News to be told.", node.gossip.queuedNews)
        report.gauge(
            "gossip_queued_broadcasts", "Broadcasts to be told.", node.gossip.queuedBroadcasts)
        report.counter(
            "gossip_dropped_broadcasts_total", "Broadcasts that found no room.",
            UInt64(node.gossip.droppedBroadcasts))
    }

    private static func members(_ node: borrowing Node, _ report: inout Report) {
        report.gauge(
            "topology_members", "Members that the topology expects.",
            node.topology?.members.count ?? 0)
        report.gauge(
            "protocol_version", "The highest that all live members speak; 0 when there is none.",
            Int(node.gossip.commonProtocol ?? 0))
        let others = node.gossip.members.filter { !$0.isSelf }
        report.header("member_round_trip_seconds", "gauge", "From a ping to its ack, smoothed.")
        for member in others {
            guard let time = member.roundTrip else { continue }
            report.text +=
                "grepvine_member_round_trip_seconds{member=\"\(member.name)\"} "
                + "\(Double(time.wholeNanoseconds) / 1e9)\n"
        }
        report.header("member_accusers", "gauge", "Nodes that failed to reach a member.")
        for member in others {
            report.text +=
                "grepvine_member_accusers{member=\"\(member.name)\"} \(member.accusers)\n"
        }
    }
}
