package import GrepvineDistCore

/// What looking at every byte of a partition found.
package struct ScrubOutcome: Hashable, Sendable {
    package var records = 0
    /// The digest or a count that merges keep was not that of the records, and is now.
    package var isMiscounted = false
    /// Records whose bytes do not match their checksum. They are gone from the store, so that the
    /// other owners give them back.
    package var damaged = 0
}

extension RecordStore {
    /// Sums a partition up anew from its stored bytes, checks every checksum, and puts right what
    /// is wrong (A3). One walk; nothing else happens in between.
    package mutating func scrub(_ partition: Partition) -> ScrubOutcome {
        var outcome = ScrubOutcome()
        dropDamaged(in: partition, &outcome)
        let number = Int(partition.number)
        var fresh = PartitionState()
        forEachRecord(in: partition) { record in
            outcome.records += 1
            fresh.digest.add(key: record.key.bytes, version: record.version)
            fresh.add(record.isTombstone, record.expiryMilliseconds, record.clock)
        }
        let kept = partitions[number]
        outcome.isMiscounted = !fresh.agrees(with: kept)
        guard outcome.isMiscounted else { return outcome }
        totals.values += fresh.values - kept.values
        totals.tombstones += fresh.tombstones - kept.tombstones
        totals.expiring += fresh.expiring - kept.expiring
        partitions[number] = fresh
        return outcome
    }

    private mutating func dropDamaged(in partition: Partition, _ outcome: inout ScrubOutcome) {
        var damaged: [(address: RecordAddress, hash: KeyHash)] = []
        index.forEachSlot(in: partition) { slot in
            let address = RecordAddress(slot: slot.pointee)
            let bytes = segments.room(at: address)
            guard RecordView.validated(bytes, checkingCRC: true) == nil else { return }
            outcome.damaged += 1
            // Without a sound header nothing in it can be trusted, least of all its length: then
            // it is only counted.
            guard let record = RecordView.validated(bytes, checkingCRC: false),
                record.partition == partition
            else { return }
            let hash = index.hash(of: record)
            if index.slot(at: address, hash) == slot { damaged.append((address, hash)) }
        }
        for (address, hash) in damaged { remove(address, hash) }
    }
}

extension SegmentTable {
    /// From an address up to the last byte of its segment that was written.
    fileprivate func room(at address: RecordAddress) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: bases.pointer(address), count: states[address.segment].tail - address.offset)
    }
}

extension PartitionState {
    /// Earliest expiries may be lower than the truth.
    fileprivate func agrees(with other: PartitionState) -> Bool {
        digest == other.digest && values == other.values && tombstones == other.tombstones
            && expiring == other.expiring
    }
}
