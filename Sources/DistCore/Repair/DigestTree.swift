/// A tree over the digests of the partitions that two owners share (A1): its root tells whether
/// they differ at all, its 32 branches where to look, its leaves which partitions.
///
/// Every comparison hashes with a salt of its own, so that eight bytes are enough: what chance
/// takes for equal today it tells apart next time.
package struct DigestTree: Sendable {
    package static let branches = 32
    /// Partitions below a branch.
    package static let width = Partition.count / branches

    /// Of every partition; nil where the two do not share it.
    private var leaves: [UInt64?]

    /// - Parameter digest: nil for a partition that is not shared.
    package init(salt: UInt64, _ digest: (Partition) -> PartitionDigest?) {
        leaves = Partition.all.map { partition in
            digest(partition).map { Self.leaf($0, partition, salt) }
        }
    }

    package var root: UInt64 {
        (0..<Self.branches).reduce(0x51) { Mix.fold($0 ^ Self.seed, branch($1)) }
    }

    package func branch(_ number: Int) -> UInt64 {
        leaves[number * Self.width..<(number + 1) * Self.width].reduce(0x52) { sum, leaf in
            Mix.fold(sum ^ Self.seed, leaf ?? 0x53)
        }
    }

    /// 0 for a partition that is not shared.
    package func leaf(_ partition: Partition) -> UInt64 { leaves[Int(partition.number)] ?? 0 }

    /// What the two share, ascending.
    package var partitions: [Partition] { Partition.all.filter { isShared($0) } }

    /// The two share nothing.
    package var isEmpty: Bool { leaves.allSatisfy { $0 == nil } }

    package func isShared(_ partition: Partition) -> Bool { leaves[Int(partition.number)] != nil }

    private static let seed: UInt64 = 0xa076_1d64_78bd_642f

    private static func leaf(
        _ digest: PartitionDigest, _ partition: Partition, _ salt: UInt64
    ) -> UInt64 {
        let low = Mix.fold(digest.low ^ salt, seed ^ UInt64(partition.number))
        let high = Mix.fold(digest.high ^ seed, salt &+ digest.count)
        // Never 0, which stands for nothing.
        return Mix.fold(low ^ seed, high ^ salt) | 1
    }
}
