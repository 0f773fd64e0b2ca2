package import GrepvineDistCore
import GrepvineGossip

/// What a node tells about the cluster as it sees it.
extension Node {
    /// Every member of the topology and every node that gossip knows, by id.
    package func members() -> [MemberStatus] {
        var ids = Set(topology?.members.map(\.id) ?? [])
        ids.formUnion(gossip.members.map(\.id))
        return ids.sorted().map { status(of: $0) }
    }

    private func status(of node: NodeID) -> MemberStatus {
        let seen = gossip.member(node)
        let member = topology?.member(node)
        let isSelf = node == id
        var status = MemberStatus(
            id: node, name: seen?.name ?? member?.name ?? "",
            address: seen?.address ?? member?.address ?? configuration.address,
            respPort: seen?.metadata.respPort ?? member?.respPort ?? 0,
            httpPort: seen?.metadata.httpPort ?? member?.httpPort ?? 0,
            zone: seen?.metadata.zone ?? member?.zone ?? "",
            liveness: isSelf ? .alive : seen?.liveness ?? .dead,
            incarnation: seen?.incarnation ?? 0,
            bootEpoch: isSelf ? bootEpoch : seen?.bootEpoch ?? member?.bootEpoch ?? 0,
            partitions: topology?.partitions(ownedBy: node).count ?? 0,
            recovering: isSelf ? unsynced : Int(seen?.metadata.recovering ?? 0))
        status.accusers = seen?.accusers ?? 0
        status.roundTrip = seen?.roundTrip
        status.callTime = peers[node]?.route.latency
        status.isAvoided = peers[node]?.route.isOpen ?? false
        if let seen, seen.metadataVersion > 0 { status.protocols = seen.metadata.protocols }
        return status
    }

    func explanation(of key: Key) -> Response {
        guard let topology else { return .failure(notReady) }
        guard !key.bytes.isEmpty, key.bytes.count <= Key.longest else {
            return .failure(Self.badKey(key.bytes.count))
        }
        let slot = Slot(of: key)
        let owners = topology.owners(of: slot.partition)
        return .explanation(
            Explanation(
                key: key, slot: slot, partition: slot.partition, epoch: topology.epoch,
                owners: owners.map { status(of: $0) }, route: route(to: owners)))
    }

    private func route(to owners: [NodeID]) -> String {
        let read = configuration.readConsistency
        let write = configuration.writeConsistency
        let first = owners.contains(id) ? "this node owns it and answers" : "this node forwards"
        let live = owners.filter { isReachable($0) }.count
        return "\(first); of \(owners.count) owners \(live) can be reached; a read at"
            + " \(read.rawValue) waits for \(read.needed(of: owners.count)), a write at"
            + " \(write.rawValue) goes to all and waits for \(write.needed(of: owners.count))"
    }

    /// Some client waits for an answer that depends on others.
    package var isAnswering: Bool { !reads.isEmpty || writes.hasUnanswered }

    /// Why the node is not ready to serve; nil when it is.
    package var unreadiness: String? {
        if topology == nil { return notReady.message }
        if unsynced > 0 { return "recovering \(unsynced) partitions from their other owners" }
        return nil
    }
}
