package import GrepvineDistCore

/// One record as two owners compare it: its name in this exchange, its stamp, and where it lies.
package struct StoreEntry: Hashable, Sendable {
    package let name: UInt64
    package let clock: HybridClock
    package let hash: KeyHash
}

extension RecordStore {
    /// Every record of a partition, in no particular order: one walk over its part of the index.
    package func forEachRecord(in partition: Partition, _ visit: (RecordView) -> Void) {
        index.forEachSlot(in: partition) {
            visit(segments.bases.record(RecordAddress(slot: $0.pointee)))
        }
    }

    /// Appends the records of a partition that are stamped up to `limit`, and sums them up.
    package func entries(
        of partition: Partition, upTo limit: HybridClock, salt: UInt64,
        into entries: inout [StoreEntry]
    ) -> PartitionDigest {
        var digest = PartitionDigest.empty
        entries.reserveCapacity(entries.count + keys(in: partition))
        forEachRecord(in: partition) { record in
            let version = record.version
            guard version.clock <= limit else { return }
            let fingerprint = PartitionDigest.fingerprint(key: record.key.bytes, version: version)
            digest.add(fingerprint)
            entries.append(
                StoreEntry(
                    name: EntryName.of(fingerprint, salt: salt), clock: version.clock,
                    hash: index.hash(of: record)))
        }
        return digest
    }

    /// The record that an entry stands for, if it is still there.
    package func find(_ entry: StoreEntry, salt: UInt64) -> RecordView? {
        var found: RecordView?
        index.forEachSlot(of: entry.hash) { slot in
            let record = segments.bases.record(RecordAddress(slot: slot))
            guard record.clock == entry.clock else { return }
            let name = EntryName.of(key: record.key.bytes, version: record.version, salt: salt)
            if name == entry.name { found = record }
        }
        return found
    }

    /// Keys of a partition, with tombstones.
    package func keys(in partition: Partition) -> Int {
        let state = partitions[Int(partition.number)]
        return state.values + state.tombstones
    }
}

extension KeyIndex {
    /// Every slot in use of a partition. The visitor changes nothing in the index.
    func forEachSlot(in partition: Partition, _ visit: (UnsafeMutablePointer<UInt64>) -> Void) {
        let first = UInt64(partition.number) << 54
        var position: UInt64? = first
        while let start = position, start >> 54 == UInt64(partition.number) {
            let (page, next) = pageRange(at: start)
            if let slots = page.slots {
                for number in 0..<page.slotCount where slots[number] != 0 { visit(slots + number) }
            }
            position = next
        }
    }

    /// Slots that a key with this hash may be in.
    func forEachSlot(of hash: KeyHash, _ visit: (UInt64) -> Void) {
        let page = page(hash)
        guard let slots = page.slots else { return }
        var line = page.home(hash.fingerprint)
        for _ in 0..<Int(page.lines) {
            let start = slots + line * IndexPage.lineSlots
            for index in 0..<IndexPage.lineSlots
            where start[index] != 0 && start[index] >> 48 == hash.fingerprint {
                visit(start[index])
            }
            if start[IndexPage.lineSlots - 1] == 0 { return }
            line = line + 1 == Int(page.lines) ? 0 : line + 1
        }
    }
}
