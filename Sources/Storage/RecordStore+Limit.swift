extension RecordStore {
    /// May a record of `size` bytes come in? Live data may take three quarters of the memory
    /// limit, less the indexes; the rest is for dead bytes and for the cleaner to work in. A
    /// tombstone that replaces something larger always may, for it makes room.
    func admits(_ size: Int, instead stored: RecordView?, isTombstone: Bool) -> Bool {
        guard let limit = configuration.memoryLimit else { return true }
        let old = stored?.size ?? 0
        if isTombstone, old >= size { return true }
        let live = liveBytes + size - old
        guard live + indexBytes <= capacity else { return false }
        let mapped = segments.bytesToMap(for: size)
        return mapped == 0
            || allocatedBytes + mapped + configuration.effectiveSegmentSize <= limit
    }

    /// What records and indexes may take; without bound without a limit.
    var capacity: Int { configuration.memoryLimit.map { $0 / 4 * 3 } ?? .max }

    /// The eviction lets go of what this node decides about above the first mark, and of anything
    /// above the second: then whoever decides about the rest has let it wait too long.
    var evictionMarks: (first: Int, second: Int) {
        guard let limit = configuration.memoryLimit else { return (.max, .max) }
        return (capacity - limit / 16, capacity - limit / 32)
    }

    /// Time for the cleaner to hurry: fewer than four segments are left below the limit.
    var isNearLimit: Bool {
        guard let limit = configuration.memoryLimit else { return false }
        return allocatedBytes + 4 * configuration.effectiveSegmentSize > limit
    }
}
