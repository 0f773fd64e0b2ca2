package import GrepvineDistCore

extension RecordView {
    /// A tombstone, or a value past its expiry, that a stable fence has passed. A pure function of
    /// the record and the fence, so that all owners leave out the same (A3, T4).
    package func isPurgeable(behind stable: HybridClock) -> Bool {
        guard clock <= stable else { return false }
        let expiry = expiryMilliseconds
        return expiry == 0 ? isTombstone : expiry <= stable.wall.milliseconds
    }

}

extension HybridClock {
    /// The lowest fence behind which a tombstone of this stamp and expiry may go.
    static func purging(_ clock: HybridClock, _ expiry: Int64) -> HybridClock {
        max(clock, HybridClock(WallTime(milliseconds: expiry)))
    }
}

extension RecordStore {
    /// Removes what a stable fence has passed from store and digest, and says how many.
    package mutating func purge(_ partition: Partition, behind stable: HybridClock) -> Int {
        let number = Int(partition.number)
        guard partitions[number].tombstones > 0 || partitions[number].expiring > 0 else {
            return 0
        }
        var earliest = UInt64.max
        let count = removeAll(in: partition) { record in
            if record.isPurgeable(behind: stable) { return true }
            if record.isTombstone {
                let fence = HybridClock.purging(record.clock, record.expiryMilliseconds)
                earliest = min(earliest, fence.rawValue)
            }
            return false
        }
        partitions[number].earliestPurge = earliest
        return count
    }

    /// Removes everything that is stamped up to `limit`: it may have been deleted elsewhere.
    package mutating func forget(_ partition: Partition, upTo limit: HybridClock) -> Int {
        removeAll(in: partition) { $0.clock <= limit }
    }

    /// No tombstone of the partition can be purged behind an earlier fence; nil without any.
    package func earliestPurge(in partition: Partition) -> HybridClock? {
        let state = partitions[Int(partition.number)]
        return state.tombstones > 0 ? HybridClock(rawValue: state.earliestPurge) : nil
    }

    /// Of what is stamped up to `limit`: one walk over the partition.
    package func digest(
        of partition: Partition, upTo limit: HybridClock
    ) -> PartitionDigest {
        var digest = PartitionDigest.empty
        forEachRecord(in: partition) { record in
            guard record.clock <= limit else { return }
            digest.add(key: record.key.bytes, version: record.version)
        }
        return digest
    }

    mutating func removeAll(
        in partition: Partition, where isGone: (RecordView) -> Bool
    ) -> Int {
        var gone: [(address: RecordAddress, hash: KeyHash)] = []
        index.forEachSlot(in: partition) { slot in
            let address = RecordAddress(slot: slot.pointee)
            let record = segments.bases.record(address)
            if isGone(record) { gone.append((address, index.hash(of: record))) }
        }
        for (address, hash) in gone { remove(address, hash) }
        return gone.count
    }

    /// Takes out a record that the index points at.
    mutating func remove(_ address: RecordAddress, _ hash: KeyHash) {
        guard let slot = index.slot(at: address, hash) else { return }
        let record = segments.bases.record(address)
        let size = record.size
        partitions[hash.tableNumber].digest.remove(
            key: record.key.bytes, version: record.version)
        uncount(record, hash.tableNumber)
        index.remove(slot, hash)
        markDead(address, size)
    }
}
