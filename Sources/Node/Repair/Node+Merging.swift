import GrepvineDistCore
import GrepvineStorage

/// What copies from other owners brought.
struct MergedCopies {
    var accepted = 0
    /// Every record is here now, or something newer.
    var isWhole = true
    /// Names of the keys that the sender holds, when they were asked for.
    var names: Set<UInt64> = []
    /// What this node knows to be let go of, for the sender to let go of it as well.
    var decisions: [UInt8] = []
}

extension Node {
    /// Merges records that another owner sent when it stood at `marks`, back to back; nil when the
    /// bytes are not whole records of partitions that are accepted, and then those before are
    /// merged.
    mutating func mergeCopies(
        _ bytes: UnsafeRawBufferPointer, from marks: MarkList, now: Moment,
        naming: Bool = false, accepts: (Partition) -> Bool
    ) -> MergedCopies? {
        var rest = bytes
        var merged = MergedCopies()
        while !rest.isEmpty {
            guard let record = RecordView.validated(rest, checkingCRC: false),
                accepts(record.partition), isOwner(of: record.partition)
            else { return nil }
            if naming { merged.names.insert(RecordStore.evictionName(of: record.key)) }
            merge(copy: record, from: marks[record.partition], &merged, now: now)
            rest = UnsafeRawBufferPointer(rebasing: rest[record.size...])
        }
        return merged
    }

    private mutating func merge(
        copy record: RecordView, from sender: FenceMark, _ merged: inout MergedCopies,
        now: Moment
    ) {
        guard fences.table.admits(record.clock, of: record.partition, from: sender) else {
            metrics.fences.fencedCopies += 1
            merged.isWhole = false
            return
        }
        // A stamp too far ahead waits until this node's time has come near it (V3). Until then the
        // partition is not what the peer acknowledged, and neither without memory.
        guard clock.observe(record.version.clock, at: now.wall) else {
            merged.isWhole = false
            return
        }
        let hash = store.hash(of: record.key, partition: record.partition)
        switch store.merge(record, hash: hash, isCopy: true) {
        case .accepted: merged.accepted += 1
        case .overloaded: merged.isWhole = false
        case .differing: reused(record)
        case .evicted:
            metrics.evictedCopies += 1
            EvictionNotice.append(record.key, record.version, to: &merged.decisions)
        case .identical, .superseded: break
        }
    }
}
