/// Who owns what, as one immutable value that is replaced whole (section 4).
public struct Topology: Hashable, Sendable {
    public let cluster: String
    /// Set once when the cluster forms; clusters with different ids never merge (P5).
    public let clusterID: NodeID
    public let epoch: UInt64
    /// The replication factor asked for; fewer members mean fewer owners.
    public let replicas: Int
    /// Ascending by id.
    public let members: [Member]
    /// For each partition `ownersPerPartition` indexes into `members`, preferred owner first.
    public let ownerTable: [UInt16]
    public let ownersPerPartition: Int
    /// Stands for the whole content on every node: what gossip carries beside the epoch (P3).
    public let digest: UInt64

    /// Nil when the parts contradict each other, so a decoder may pass on whatever it read.
    public init?(
        cluster: String, clusterID: NodeID, epoch: UInt64, replicas: Int, members: [Member],
        ownerTable: [UInt16]
    ) {
        let width = ownerTable.count / Partition.count
        guard ownerTable.count == width * Partition.count, (1...max(1, replicas)).contains(width),
            members.count <= Int(UInt16.max),
            zip(members, members.dropFirst()).allSatisfy({ $0.id < $1.id }),
            Self.areDistinct(ownerTable, width: width, members: members.count)
        else { return nil }
        self.cluster = cluster
        self.clusterID = clusterID
        self.epoch = epoch
        self.replicas = replicas
        self.members = members
        self.ownerTable = ownerTable
        ownersPerPartition = width
        digest = Self.digest(
            cluster: cluster, clusterID: clusterID, epoch: epoch, replicas: replicas,
            members: members, ownerTable: ownerTable)
    }

    /// The first topology of a cluster (P5). Needs at least one member and no id twice.
    package static func forming(
        cluster: String, clusterID: NodeID, members: [Member], replicas: Int
    ) -> Topology {
        planned(
            from: nil, cluster: cluster, clusterID: clusterID, members: members, replicas: replicas)
    }

    /// The next epoch with these members: as few places move as balance allows (P1).
    package func changing(members: [Member]) -> Topology {
        Self.planned(
            from: self, cluster: cluster, clusterID: clusterID, members: members, replicas: replicas
        )
    }

    private static func planned(
        from old: Topology?, cluster: String, clusterID: NodeID, members: [Member], replicas: Int
    ) -> Topology {
        let members = members.sorted { $0.id < $1.id }
        let table = Placement.table(old: old, members: members, replicas: replicas)
        let topology = Topology(
            cluster: cluster, clusterID: clusterID, epoch: (old?.epoch ?? 0) + 1,
            replicas: replicas, members: members, ownerTable: table)
        guard let topology else {
            preconditionFailure("\(members.count) members, \(replicas) replicas: no such topology")
        }
        return topology
    }

    /// Owners are members, and no partition names one twice.
    private static func areDistinct(_ table: [UInt16], width: Int, members: Int) -> Bool {
        for start in stride(from: 0, to: table.count, by: width) {
            for place in start..<start + width {
                guard table[place] < members else { return false }
                for other in start..<place where table[other] == table[place] { return false }
            }
        }
        return true
    }
}

/// Questions that every request asks. None of those on indexes allocates.
extension Topology {
    /// Indexes into `members`, preferred owner first.
    public func ownerIndexes(of partition: Partition) -> ArraySlice<UInt16> {
        let start = Int(partition.number) * ownersPerPartition
        return ownerTable[start..<start + ownersPerPartition]
    }

    /// Preferred owner first.
    public func owners(of partition: Partition) -> [NodeID] {
        ownerIndexes(of: partition).map { members[Int($0)].id }
    }

    public func isOwner(_ node: NodeID, of partition: Partition) -> Bool {
        guard let position = position(of: node) else { return false }
        return ownerIndexes(of: partition).contains(UInt16(position))
    }

    /// The index of a node in `members`; nil when it is no member.
    public func position(of node: NodeID) -> Int? {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle].id < node { low = middle + 1 } else { high = middle }
        }
        return low < members.count && members[low].id == node ? low : nil
    }

    public func member(_ node: NodeID) -> Member? { position(of: node).map { members[$0] } }

    /// In ascending order.
    public func partitions(ownedBy node: NodeID) -> [Partition] {
        guard let position = position(of: node) else { return [] }
        return Partition.all.filter { ownerIndexes(of: $0).contains(UInt16(position)) }
    }
}
