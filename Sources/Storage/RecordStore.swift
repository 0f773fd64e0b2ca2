import CLinux
package import GrepvineDistCore

/// One node's memory: versioned records in append-only segments behind a key index (design 12).
///
/// It belongs to one thread. Others read `snapshot()`s. Nothing in it waits, and no call costs more
/// than its own record, one index page and an amount of cleaning in proportion.
///
/// `@unchecked Sendable`: it owns its memory alone and cannot be copied, so whoever holds it is the
/// only one who does.
package struct RecordStore: ~Copyable, @unchecked Sendable {
    package let configuration: StoreConfiguration
    var index: KeyIndex
    var segments: SegmentTable
    let partitions: UnsafeMutablePointer<PartitionState>
    var totals = PartitionState()
    var cleaner = Cleaner()
    var expiryWalk = ExpiryWalk()
    var evictor: Evictor

    package init(configuration: StoreConfiguration) {
        self.configuration = configuration
        index = KeyIndex(configuration)
        evictor = Evictor(configuration)
        segments = SegmentTable(
            largest: configuration.effectiveSegmentSize, first: configuration.firstSegmentSize)
        partitions = .allocate(capacity: Partition.count)
        partitions.initialize(repeating: PartitionState(), count: Partition.count)
    }

    deinit { partitions.deallocate() }

    /// Where a key lies in this store, for all other calls. The caller knows the partition already.
    package func hash(of key: UnsafeRawBufferPointer, partition: Partition) -> KeyHash {
        index.hash(of: key, partition)
    }

    /// Hides the latency of memory from a batch of commands: three short loops over all of their
    /// hashes, each fetching what the next one reads. The records come last, and for writes also
    /// the place where the record that they replace will be marked dead.
    package func prefetch(_ batch: UnsafeBufferPointer<Prefetch>) {
        for item in batch { index.prefetchDirectory(item.hash) }
        for item in batch { index.prefetch(item.hash) }
        for item in batch {
            let found = index.prefetchRecord(item.hash, segments.bases)
            if item.isWrite, let found { segments.prefetchDeath(of: found) }
        }
    }

    /// A key that will be needed soon.
    package struct Prefetch {
        package let hash: KeyHash
        package let isWrite: Bool

        package init(_ hash: KeyHash, isWrite: Bool) {
            self.hash = hash
            self.isWrite = isWrite
        }
    }

    /// The newest record of a key, also when it is a tombstone or expired: the caller decides.
    /// Valid until the next mutation; its bytes may be the source of that mutation.
    package func find(_ key: UnsafeRawBufferPointer, _ hash: KeyHash) -> RecordView? {
        guard let slot = index.slot(of: key, hash, segments.bases) else { return nil }
        return segments.bases.record(RecordAddress(slot: slot.pointee))
    }

    /// The same for a reader: what is read stays longer when the store evicts (E1). One store to a
    /// line that is in the cache already, and only if nobody read the key for a while.
    package func read(_ key: UnsafeRawBufferPointer, _ hash: KeyHash) -> RecordView? {
        guard let slot = index.slot(of: key, hash, segments.bases) else { return nil }
        if configuration.evicts, slot.pointee & KeyIndex.touched == 0 {
            slot.pointee |= KeyIndex.touched
        }
        return segments.bases.record(RecordAddress(slot: slot.pointee))
    }

    package func digest(of partition: Partition) -> PartitionDigest {
        partitions[Int(partition.number)].digest
    }

    /// Keys of a partition whose newest record is a value.
    package func liveKeys(in partition: Partition) -> Int {
        partitions[Int(partition.number)].values
    }

    package func tombstones(in partition: Partition) -> Int {
        partitions[Int(partition.number)].tombstones
    }

    /// Keys whose newest record is a value, in all.
    package var liveKeys: Int { totals.values }

    package var statistics: StoreStatistics {
        StoreStatistics(
            liveKeys: totals.values, tombstones: totals.tombstones, expiringKeys: totals.expiring,
            segments: segments.count, liveBytes: liveBytes, deadBytes: segments.deadBytes,
            indexBytes: index.bytes, allocatedBytes: allocatedBytes,
            copiedBytes: cleaner.copiedBytes, expiredKeys: expiryWalk.expired,
            searchIndexBytes: segments.searchIndexBytes, searchIndexedBytes: searchIndexedBytes,
            evictions: evictor.counts, evictionsRemembered: evictor.memory.count,
            evictionMemoryBytes: evictor.memory.bytes)
    }

    var liveBytes: Int { segments.usedBytes - segments.deadBytes }
    var allocatedBytes: Int { segments.mappedBytes + segments.bitmapBytes + indexBytes }
    /// Of the key index, of the indexes for searches, and of what is remembered of evictions.
    var indexBytes: Int { index.bytes + segments.searchIndexBytes + evictor.memory.bytes }

    /// Everything as of now, for other threads: each key once, in no particular order.
    package func snapshot() -> [SegmentSnapshot] { segments.snapshot() }

    /// Forgets everything at once, without tombstones: an absence, which beats nothing.
    package mutating func removeAll() {
        index.removeAll()
        segments.removeAll()
        partitions.update(repeating: PartitionState(), count: Partition.count)
        totals = PartitionState()
        cleaner.restart()
        evictor = Evictor(configuration)
        expiryWalk.restart()
    }
}

extension StoreConfiguration {
    /// With a memory limit, a segment is at most a thirty-second of it (but 4 KiB at least), so
    /// that the cleaner always has a few to work with; the eviction needs twice as many.
    var effectiveSegmentSize: Int {
        guard let memoryLimit else { return segmentSize }
        return min(segmentSize, max(4096, memoryLimit / (evicts ? 64 : 32)))
    }
}
