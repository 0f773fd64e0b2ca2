package import GrepvineDistCore
import GrepvineGossip
import GrepvineStorage

/// The node's numbers in Prometheus's text format.
package enum MetricsReport {
    package static func text(_ node: borrowing Node, now: Moment) -> String {
        var report = Report()
        requests(node.metrics, &report)
        store(node.store.statistics, &report)
        evictions(node, &report)
        cluster(node, &report)
        hints(node, &report)
        repair(node, &report, now: now)
        fences(node, &report, now: now)
        gossip(node, &report)
        sealing(node, &report)
        greps(node, &report)
        search(node, &report)
        chaos(node.metrics.chaos, &report)
        return report.text
    }

    struct Report {
        var text = ""

        mutating func add(_ name: String, _ type: String, _ help: String, _ value: UInt64) {
            header(name, type, help)
            text += "grepvine_\(name) \(value)\n"
        }

        mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
            add(name, "counter", help, value)
        }

        mutating func gauge(_ name: String, _ help: String, _ value: Int) {
            add(name, "gauge", help, UInt64(max(0, value)))
        }

        /// One sample for each value of a label.
        mutating func add(
            _ name: String, _ type: String, _ help: String, by label: String,
            _ samples: some Sequence<(String, UInt64)>
        ) {
            header(name, type, help)
            for (value, number) in samples {
                text += "grepvine_\(name){\(label)=\"\(value)\"} \(number)\n"
            }
        }

        mutating func counter(
            _ name: String, _ help: String, by label: String,
            _ samples: some Sequence<(String, UInt64)>
        ) {
            add(name, "counter", help, by: label, samples)
        }

        mutating func header(_ name: String, _ type: String, _ help: String) {
            text += "# HELP grepvine_\(name) \(help)\n# TYPE grepvine_\(name) \(type)\n"
        }
    }

    private static func requests(_ metrics: NodeMetrics, _ report: inout Report) {
        report.counter("requests_total", "Requests of clients.", metrics.requests)
        report.counter(
            "http_requests_total", "Requests over HTTP, whatever was asked for.",
            metrics.httpRequests)
        report.counter("keyspace_hits_total", "Reads that found a value.", metrics.hits)
        report.counter("keyspace_misses_total", "Reads that found none.", metrics.misses)
        report.counter("writes_total", "Writes that reached their level.", metrics.writes)
        report.counter("write_failures_total", "Writes that did not.", metrics.writeFailures)
        report.counter("read_failures_total", "Reads that did not.", metrics.readFailures)
        report.counter(
            "write_restamps_total", "Writes sent again above a newer version.", metrics.restamps)
        report.counter(
            "versions_reused_total", "Records under a version that names another value.",
            metrics.versionsReused)
        report.counter("read_repairs_total", "Owners repaired by reads.", metrics.readRepairs)
        report.counter(
            "read_hedges_total", "Reads of which one more owner was asked.", metrics.readHedges)
        report.counter(
            "read_hedges_spared_total", "Slow reads beyond one in twenty, of which none was.",
            metrics.readHedgesSpared)
        report.counter("overloaded_total", "Answers that a bound was reached.", metrics.overloaded)
        report.counter("state_writes_total", "Writes of the state file.", metrics.stateWrites)
        report.counter(
            "state_syncs_total", "Syncs of it and its directory.", metrics.stateSyncs)
        report.gauge(
            "connections", "Open connections, links to peers among them.", metrics.openConnections)
        report.counter("connections_total", "Connections opened.", metrics.connections)
        report.counter(
            "connections_refused_total", "Connections over the limit.", metrics.connectionsRefused)
        report.counter(
            "connections_cut_off_total", "Connections closed for being too slow or too greedy.",
            metrics.connectionsCutOff)
    }

    private static func store(_ store: StoreStatistics, _ report: inout Report) {
        report.gauge("keys", "Live keys that this node holds.", store.liveKeys)
        report.gauge("tombstones", "Tombstones that it holds.", store.tombstones)
        report.gauge("expiring_keys", "Keys with an expiry.", store.expiringKeys)
        report.counter("expired_keys_total", "Values that expired.", store.expiredKeys)
        report.gauge("memory_segments", "Memory segments.", store.segments)
        report.gauge("memory_allocated_bytes", "Segments and index.", store.allocatedBytes)
        report.gauge("memory_live_bytes", "Records in use.", store.liveBytes)
        report.gauge("memory_dead_bytes", "Records that were replaced.", store.deadBytes)
        report.gauge("memory_index_bytes", "The key index.", store.indexBytes)
        report.gauge(
            "grep_index_bytes", "Indexes that greps use.", store.searchIndexBytes)
        report.gauge(
            "grep_indexed_bytes", "Bytes of segments that they cover.", store.searchIndexedBytes)
        report.counter("cleaner_copied_bytes_total", "Bytes that it copied.", store.copiedBytes)
    }

    private static func cluster(_ node: borrowing Node, _ report: inout Report) {
        let metrics = node.metrics
        report.gauge(
            "topology_epoch", "Epoch of the topology, 0 without one.",
            Int(clamping: node.topology?.epoch ?? 0))
        let members = node.members()
        report.add(
            "members", "gauge", "Members by liveness.", by: "state",
            ["alive", "suspect", "dead", "left"].map { liveness in
                (liveness, UInt64(members.count { $0.liveness.rawValue == liveness }))
            })
        report.gauge(
            "recovering_partitions", "Partitions that answer no read quorum yet.", node.unsynced)
        report.gauge("sync_pulls", "Partitions that wait to be copied.", node.sync.waiting)
        report.counter("sync_sent_bytes_total", "Bytes of records copied out.", metrics.syncBytes)
        report.gauge("pending_writes", "Writes waiting for owners.", node.writes.count)
        report.gauge("pending_write_bytes", "Bytes of their records.", node.writes.bytes)
        report.gauge("pending_reads", "Reads waiting for owners.", node.reads.count)
        report.add(
            "outbox_bytes", "gauge", "Bytes waiting for a peer.", by: "peer",
            node.peers.all.map { ($0.name, UInt64($0.outbox.count)) })
        report.counter(
            "outbox_dropped_total", "Frames that did not fit.", by: "peer",
            node.peers.all.map { ($0.name, UInt64($0.outbox.dropped)) })
        report.header("compressed_bytes_total", "counter", "Bodies compressed for a peer.")
        for peer in node.peers.all {
            for (stage, bytes) in [
                ("before", peer.outbox.compressed.before), ("after", peer.outbox.compressed.after),
            ] {
                report.text +=
                    "grepvine_compressed_bytes_total{peer=\"\(peer.name)\",stage=\"\(stage)\"} "
                    + "\(bytes)\n"
            }
        }
        report.counter("frames_total", "Frames from peers.", metrics.frames)
        report.counter("invalid_frames_total", "Frames that made no sense.", metrics.invalidFrames)
        report.counter(
            "handshakes_refused_total", "Callers of another cluster.", metrics.handshakesRefused)
        report.counter("clock_refused_total", "Stamps too far ahead.", node.clock.refused)
    }

    private static func sealing(_ node: borrowing Node, _ report: inout Report) {
        let gossipGuard = node.gossipGuard
        report.counter(
            "gossip_opened_total", "Sealed datagrams that were opened.", gossipGuard.opened)
        report.header(
            "gossip_turned_away_total", "counter", "Datagrams not listened to, by reason.")
        for refusal in SealRefusal.allCases {
            report.text +=
                "grepvine_gossip_turned_away_total{reason=\"\(refusal.rawValue)\"}"
                + " \(gossipGuard.count(of: refusal))\n"
        }
        report.counter(
            "gossip_notices_total", "Hints of others that they do not listen to this node.",
            gossipGuard.notices)
        report.gauge(
            "gossip_replay_senders", "Senders whose nonces are remembered.", gossipGuard.senders)
        report.gauge(
            "gossip_keys", "Keys that sealed gossip may use.", node.keyring.ring?.keys.count ?? 0)
        report.gauge(
            "gossip_keyring_version", "Changes of the keyring.",
            Int(clamping: node.keyring.ring?.version.number ?? 0))
    }
}
