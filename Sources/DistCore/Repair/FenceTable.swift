/// How far an owner has agreed with the others about what a partition holds (T2–T4).
package struct FenceMark: Hashable, Sendable {
    /// What is stamped up to here is refused, unless it comes from another owner that refuses the
    /// same.
    package var fence: HybridClock
    /// All owners once held the same of what is stamped up to here; its tombstones may be gone.
    /// Never above the fence.
    package var stable: HybridClock

    package init(fence: HybridClock, stable: HybridClock) {
        self.fence = max(fence, stable)
        self.stable = stable
    }

    package static let none = FenceMark(
        fence: HybridClock(rawValue: 0), stable: HybridClock(rawValue: 0))
}

/// The fences of one node. They live as long as the records that they speak of: a node that loses
/// its memory has neither.
package struct FenceTable: Sendable {
    private var marks = [FenceMark](repeating: .none, count: Partition.count)
    /// Up to here this node has told, with its memory whole, what it holds: if all owners agree on
    /// that, then it is among them.
    private var vouched = [HybridClock](
        repeating: HybridClock(rawValue: 0), count: Partition.count)

    package init() {}

    package subscript(_ partition: Partition) -> FenceMark { marks[Int(partition.number)] }

    /// The one look that a write costs.
    @inline(__always)
    package func fence(of partition: Partition) -> HybridClock {
        marks[Int(partition.number)].fence
    }

    /// Refuses from now on what is stamped up to `limit`, which is always safe.
    package mutating func raise(_ partition: Partition, to limit: HybridClock) {
        let number = Int(partition.number)
        marks[number].fence = max(marks[number].fence, limit)
    }

    /// The same, before this node tells a round what it holds up to there.
    package mutating func vouch(_ partition: Partition, upTo limit: HybridClock) {
        raise(partition, to: limit)
        let number = Int(partition.number)
        vouched[number] = max(vouched[number], limit)
    }

    /// All owners hold the same up to `limit`. False when this node took no part in that with the
    /// memory that it has, and then nothing changes.
    package mutating func settle(_ partition: Partition, upTo limit: HybridClock) -> Bool {
        let number = Int(partition.number)
        guard vouched[number] >= limit else { return false }
        raise(partition, to: limit)
        marks[number].stable = max(marks[number].stable, limit)
        return true
    }

    /// This node holds nothing up to `limit` but what it takes from owners that know better.
    package mutating func begin(_ partition: Partition, above limit: HybridClock) {
        vouch(partition, upTo: limit)
        let number = Int(partition.number)
        marks[number].stable = max(marks[number].stable, limit)
    }

    /// Whether a copy may come in that another owner sent when it stood at `sender`.
    ///
    /// What all owners agreed on comes only from an owner that took part in as much, for then no
    /// tombstone that is gone here deleted it. Between stable point and fence two owners that stand
    /// at the same fence reconcile what they held when they raised it.
    package func admits(
        _ clock: HybridClock, of partition: Partition, from sender: FenceMark
    ) -> Bool {
        let own = marks[Int(partition.number)]
        if clock > own.fence { return true }
        if clock <= own.stable { return sender.stable >= own.stable }
        return sender.fence == own.fence || sender.stable >= own.fence
    }
}
