import GrepvineDistCore

/// The writes that other owners missed, kept by the node that coordinated them until the owners
/// are back (H1). Past its bounds a partition is compared instead; nothing is forgotten silently.
struct HintState {
    private(set) var targets: [NodeID: HintTarget] = [:]

    var bytes: Int { targets.values.reduce(0) { $0 + $1.bytes } }

    var count: Int { targets.values.reduce(0) { $0 + $1.count } }

    /// Owners with hints, ascending.
    var waiting: [NodeID] { targets.filter { $0.value.count > 0 }.keys.sorted() }

    func isEmpty(for owner: NodeID) -> Bool { targets[owner].map { $0.count == 0 } ?? true }

    /// Owners that ever missed something, ascending.
    var owners: [NodeID] { targets.keys.sorted() }

    /// Changes what is kept for one owner.
    mutating func update<Result>(
        _ owner: NodeID, _ change: (inout HintTarget) -> Result
    ) -> Result {
        change(&targets[owner, default: HintTarget()])
    }

    /// Keeps a hint, and answers which partitions of which owners have to be compared instead of
    /// being kept.
    mutating func add(
        _ hint: Hint, for owner: NodeID, _ settings: HintSettings
    ) -> [(owner: NodeID, partition: Partition)] {
        guard update(owner, { $0.add(hint) }) else { return [(owner, hint.partition)] }
        var dropped: [(owner: NodeID, partition: Partition)] = []
        while targets[owner]?.bytes ?? 0 > settings.memoryPerNode,
            let largest = targets[owner]?.largest
        {
            update(owner) { $0.drop(largest.partition) }
            dropped.append((owner, largest.partition))
        }
        while bytes > settings.memory, let largest = largest {
            update(largest.owner) { $0.drop(largest.partition) }
            dropped.append(largest)
        }
        return dropped
    }

    private var largest: (owner: NodeID, partition: Partition)? {
        var best: (owner: NodeID, partition: Partition, bytes: Int)?
        for owner in owners {
            guard let largest = targets[owner]?.largest, largest.bytes > best?.bytes ?? 0 else {
                continue
            }
            best = (owner, largest.partition, largest.bytes)
        }
        return best.map { ($0.owner, $0.partition) }
    }
}
