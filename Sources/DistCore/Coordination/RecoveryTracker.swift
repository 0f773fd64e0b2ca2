/// Which partitions a node may answer for after it came back with less than it acknowledged (R5).
///
/// A quorum of W owners acknowledged each write, this node perhaps among them. Having reconciled
/// with RF − W + 1 other owners it has met one of the rest, so it knows all that was acknowledged.
package struct RecoveryTracker: Sendable {
    package struct Exchange: Hashable, Sendable {
        package let partition: Partition
        package let peer: NodeID
    }

    package let node: NodeID
    private var topology: Topology
    /// Per partition the other owners to reconcile with; nil when in sync or not owned. A set bit
    /// is a place in the owner list that is done.
    private var done: [UInt64?]

    /// A node whose memory is whole starts with `isRecovering` false and is in sync at once.
    package init(node: NodeID, topology: Topology, isRecovering: Bool) {
        self.node = node
        self.topology = topology
        done = Array(repeating: nil, count: Partition.count)
        guard isRecovering, needed > 0 else { return }
        for partition in topology.partitions(ownedBy: node) { done[Int(partition.number)] = 0 }
    }

    /// Answers from this partition count towards quorums.
    package func isInSync(_ partition: Partition) -> Bool { done[Int(partition.number)] == nil }

    /// Partitions still recovering.
    package var remaining: Int { done.count { $0 != nil } }

    /// Everything that the peer holds of the partition is merged here, and the other way round.
    package mutating func reconciled(_ partition: Partition, with peer: NodeID) {
        guard peer != node, let bits = done[Int(partition.number)],
            let place = place(of: peer, in: partition)
        else { return }
        mark(partition, bits | 1 << UInt64(place))
    }

    /// The partition lost something, so all of it is to be learned again.
    package mutating func forget(_ partition: Partition) {
        guard topology.isOwner(node, of: partition), needed > 0 else { return }
        done[Int(partition.number)] = 0
    }

    /// What to do next, by partition and then by preference, at most `limit`. Peers that cannot be
    /// reached are passed over: any RF − W + 1 others will do.
    package func pending(limit: Int, isReachable: (NodeID) -> Bool) -> [Exchange] {
        var exchanges: [Exchange] = []
        for partition in Partition.all {
            guard exchanges.count < limit else { break }
            guard let bits = done[Int(partition.number)] else { continue }
            let peers = topology.owners(of: partition).enumerated().filter { place, peer in
                peer != node && bits & 1 << UInt64(place) == 0 && isReachable(peer)
            }
            let missing = min(needed - bits.nonzeroBitCount, limit - exchanges.count)
            exchanges += peers.prefix(missing).map {
                Exchange(partition: partition, peer: $0.element)
            }
        }
        return exchanges
    }

    /// Partitions that are new here have everything to learn; those that went are forgotten; the
    /// rest keep what they reconciled with owners that stayed.
    package mutating func adopt(_ next: Topology) {
        let old = (topology: topology, done: done)
        topology = next
        for partition in Partition.all {
            done[Int(partition.number)] = nil
            guard next.isOwner(node, of: partition), needed > 0 else { continue }
            guard old.topology.isOwner(node, of: partition) else {
                done[Int(partition.number)] = 0
                continue
            }
            guard let bits = old.done[Int(partition.number)] else { continue }
            var kept: UInt64 = 0
            for (place, peer) in old.topology.owners(of: partition).enumerated()
            where bits & 1 << UInt64(place) != 0 {
                if let now = self.place(of: peer, in: partition) { kept |= 1 << UInt64(now) }
            }
            mark(partition, kept)
        }
    }

    /// Other owners to reconcile with: RF − W + 1, as far as there are others.
    private var needed: Int {
        let owners = topology.ownersPerPartition
        return min(owners - Consistency.quorum.needed(of: owners) + 1, owners - 1)
    }

    private mutating func mark(_ partition: Partition, _ bits: UInt64) {
        done[Int(partition.number)] = bits.nonzeroBitCount >= needed ? nil : bits
    }

    private func place(of peer: NodeID, in partition: Partition) -> Int? {
        topology.owners(of: partition).firstIndex(of: peer)
    }
}
