import GrepvineDistCore
import GrepvineGossip
import GrepvineStorage

/// What a node tells about itself as text: INFO, CLUSTER INFO, CLUSTER NODES.
enum NodeReport {
    /// The sections asked for, or all of them.
    static func info(_ node: borrowing Node, sections: [String], now: Moment) -> String {
        let all = [
            ("server", server(node)), ("clients", clients(node)), ("memory", memory(node)),
            ("stats", stats(node)), ("replication", "role:master\r\nconnected_slaves:0\r\n"),
            ("cluster", cluster(node)), ("keyspace", keyspace(node)),
            ("grepvine", grepvine(node)),
        ]
        let wantsAll =
            sections.isEmpty
            || sections.contains { ["all", "default", "everything"].contains($0) }
        return all.filter { wantsAll || sections.contains($0.0) }
            .map { "# \($0.0.prefix(1).uppercased())\($0.0.dropFirst())\r\n\($0.1)" }
            .joined(separator: "\r\n")
    }

    private static func lines(_ fields: KeyValuePairs<String, String>) -> String {
        fields.map { "\($0.key):\($0.value)\r\n" }.joined()
    }

    private static func server(_ node: borrowing Node) -> String {
        lines([
            "redis_version": ServerIdentity.redisVersion, "server_name": "grepvine",
            "grepvine_version": ServerIdentity.version,
            "redis_mode": node.configuration.respMode == .cluster ? "cluster" : "standalone",
            "run_id": node.id.redisID, "tcp_port": String(node.configuration.respPort),
            "config_file": "",
        ])
    }

    private static func clients(_ node: borrowing Node) -> String {
        lines([
            "connected_clients": String(node.metrics.openConnections), "blocked_clients": "0",
        ])
    }

    private static func memory(_ node: borrowing Node) -> String {
        let store = node.store.statistics
        return lines([
            "used_memory": String(store.allocatedBytes),
            "used_memory_dataset": String(store.liveBytes),
            "used_memory_dead": String(store.deadBytes),
            "used_memory_index": String(store.indexBytes),
            "maxmemory": String(node.configuration.limits.memory ?? 0),
            "maxmemory_policy": node.configuration.limits.eviction.rawValue,
            "mem_segments": String(store.segments),
        ])
    }

    private static func stats(_ node: borrowing Node) -> String {
        let metrics = node.metrics
        return lines([
            "total_connections_received": String(metrics.connections),
            "total_commands_processed": String(metrics.requests),
            "rejected_connections": String(metrics.connectionsRefused),
            "expired_keys": String(node.store.statistics.expiredKeys),
            "evicted_keys": String(node.store.statistics.evictions.all),
            "keyspace_hits": String(metrics.hits), "keyspace_misses": String(metrics.misses),
        ])
    }

    private static func cluster(_ node: borrowing Node) -> String {
        "cluster_enabled:\(node.configuration.respMode == .cluster ? 1 : 0)\r\n"
    }

    private static func keyspace(_ node: borrowing Node) -> String {
        let store = node.store.statistics
        guard store.liveKeys > 0 else { return "" }
        return "db0:keys=\(store.liveKeys),expires=\(store.expiringKeys),avg_ttl=0\r\n"
    }

    private static func grepvine(_ node: borrowing Node) -> String {
        lines([
            "node_id": "\(node.id)", "node_name": node.configuration.name,
            "cluster_name": node.configuration.cluster,
            "epoch": String(node.topology?.epoch ?? 0),
            "members": String(node.topology?.members.count ?? 0),
            "protocol": String(node.gossip.commonProtocol ?? 0),
            "read_consistency": node.configuration.readConsistency.rawValue,
            "write_consistency": node.configuration.writeConsistency.rawValue,
            "recovering_partitions": String(node.unsynced),
            "tombstones": String(node.store.statistics.tombstones),
            "overloaded": String(node.metrics.overloaded),
        ])
    }

    /// Whether every slot has an owner that can be reached.
    static func clusterInfo(_ node: borrowing Node) -> String {
        let members = node.topology?.members.count ?? 0
        var covered = 0
        for partition in Partition.all where node.hasReachableOwner(partition) {
            covered += Int(Partition.slots)
        }
        return lines([
            "cluster_enabled": "1", "cluster_state": covered == Slot.count ? "ok" : "fail",
            "cluster_slots_assigned": String(members == 0 ? 0 : Slot.count),
            "cluster_slots_ok": String(covered), "cluster_slots_pfail": "0",
            "cluster_slots_fail": String(members == 0 ? 0 : Slot.count - covered),
            "cluster_known_nodes": String(node.members().count),
            "cluster_size": String(members),
            "cluster_current_epoch": String(node.topology?.epoch ?? 0),
            "cluster_my_epoch": String(node.topology?.epoch ?? 0),
        ])
    }

    /// One line per member, with the slots that it is the preferred owner of.
    static func clusterNodes(_ node: borrowing Node) -> String {
        guard let topology = node.topology else { return "" }
        let members = node.members()
        var slots = Array(repeating: "", count: topology.members.count)
        for range in topology.slotRanges() {
            let first = range.first.number
            let last = range.last.number
            slots[Int(range.owners.first!)] += first == last ? " \(first)" : " \(first)-\(last)"
        }
        return topology.members.enumerated().map { index, member in
            let status = members.first { $0.id == member.id }
            let isMe = member.id == node.id
            let isAlive = isMe || status?.liveness == .alive || status?.liveness == .suspect
            let flags = isMe ? "myself,master" : isAlive ? "master" : "master,fail"
            let address = "\(member.address.host):\(member.respPort)@\(member.address.port)"
            return "\(member.id.redisID) \(address) \(flags) - 0 0 \(topology.epoch)"
                + " \(isAlive ? "connected" : "disconnected")\(slots[index])\n"
        }.joined()
    }
}

extension Node {
    func hasReachableOwner(_ partition: Partition) -> Bool {
        topology?.owners(of: partition).contains { isReachable($0) } ?? false
    }
}
