import CLinux
package import GrepvineDistCore

/// Where the cleaner is: it rewrites one sealed segment at a time.
struct Cleaner {
    /// The segment in work and how far it is; 0 for none.
    var victim = 0
    var position = 0
    /// Bytes of segments that merges have earned the cleaner to walk.
    var debt = 0
    var copiedBytes: UInt64 = 0
    /// The last wall time that the store was told.
    var now = WallTime(milliseconds: .min)

    /// Bytes to walk per byte appended. A victim is at least a quarter dead, so four keep up.
    static let pace = 5
    /// Close to the memory limit victims are fuller.
    static let hurry = 12
    /// Walking in batches is cheaper than record by record, and still some microseconds.
    static let batch = 16 << 10
    /// Bytes that are walked before any of them is moved.
    static let groupBytes = 4 << 10
    /// How far ahead of its walk it fetches, past the end of a page of memory as well.
    static let lookAhead = 1 << 10

    mutating func restart() {
        victim = 0
        debt = 0
    }
}

/// Records next to one another that something is about to happen to: where they are, and where the
/// index has them.
struct RecordGroup {
    static let capacity = 32

    private(set) var count = 0
    /// The first byte behind them.
    fileprivate(set) var end: Int
    private var records = InlineArray<32, (from: RecordAddress, hash: KeyHash)>(
        repeating: (RecordAddress(slot: 0), KeyHash(bits: 0)))

    init(start: Int) { end = start }

    @inline(__always)
    fileprivate mutating func append(_ from: RecordAddress, _ hash: KeyHash) {
        records[count] = (from, hash)
        count += 1
    }

    @inline(__always)
    subscript(number: Int) -> (from: RecordAddress, hash: KeyHash) { records[number] }
}

extension RecordStore {
    /// Rewrites sealed segments with much dead data, walking about `bytes` bytes of them, and lets
    /// expired values shrink to tombstones. Merges do as much as they need by themselves, so this
    /// is for idle times. Returns the bytes walked: 0 when all is clean.
    @discardableResult
    package mutating func clean(budget bytes: Int, now: WallTime) -> Int {
        cleaner.now = now
        return clean(bytes)
    }

    /// Memory that may be dead before the cleaner starts: a quarter, less close to the limit.
    private var deadAllowance: Int {
        let quarter = segments.sealedBytes / 4
        guard let limit = configuration.memoryLimit else { return quarter }
        let free = limit - indexBytes - liveBytes - 4 * configuration.effectiveSegmentSize
        return min(quarter, max(segments.sealedBytes / 16, free))
    }

    private var isDirty: Bool {
        if evictionVictim == 0 {
            return segments.mostlyDead > 0 || segments.sealedDeadBytes > deadAllowance
        }
        let aside = segments.deadBytes(of: evictionVictim)
        return segments.mostlyDead > (aside.isMost ? 1 : 0)
            || segments.sealedDeadBytes - aside.bytes > deadAllowance
    }

    /// A merge pays for the garbage that it makes.
    mutating func cleanInProportion(to size: Int) {
        guard cleaner.victim != 0 || isDirty else {
            cleaner.debt = 0
            return
        }
        cleaner.debt += size * (isNearLimit ? Cleaner.hurry : Cleaner.pace)
        guard cleaner.debt >= Cleaner.batch else { return }
        let debt = cleaner.debt
        cleaner.debt = 0
        clean(debt)
    }

    /// A refused merge makes room for the next one.
    mutating func cleanUnderPressure(for size: Int) { clean(max(16 * Cleaner.batch, 4 * size)) }

    @discardableResult
    private mutating func clean(_ budget: Int) -> Int {
        var walked = 0
        while walked < budget {
            if cleaner.victim == 0 {
                guard isDirty, let victim = segments.deadest(but: evictionVictim) else { break }
                (cleaner.victim, cleaner.position) = (victim, 0)
            }
            guard let size = cleanGroup() else { break }
            walked += size
        }
        return walked
    }

    /// The next few records of a segment that the index points at, in loops that each fetch what
    /// the next one reads.
    @inline(__always)
    func group(in number: Int, from start: Int) -> RecordGroup {
        let tail = segments.states[number].tail
        var group = RecordGroup(start: start)
        while group.end < tail, group.end - start < Cleaner.groupBytes,
            group.count < RecordGroup.capacity
        {
            let from = RecordAddress(segment: number, offset: group.end)
            let record = segments.bases.record(from)
            grepvine_prefetch(record.start + Cleaner.lookAhead)
            if !segments.states[number].dead.contains(group.end) {
                let hash = index.hash(of: record)
                index.prefetchDirectory(hash)
                group.append(from, hash)
            }
            group.end += record.size
        }
        for number in 0..<group.count { index.prefetch(group[number].hash) }
        return group
    }

    /// Moves the next few records of the victim. Returns the bytes walked; nil without memory.
    private mutating func cleanGroup() -> Int? {
        let (victim, start) = (cleaner.victim, cleaner.position)
        let group = group(in: victim, from: start)
        cleaner.position = group.end
        for number in 0..<group.count {
            let (from, hash) = group[number]
            guard move(segments.bases.record(from), from, hash) else {
                cleaner.position = from.offset
                return nil
            }
        }
        return group.end - start
    }

    /// The last move out of a segment frees it, and with it the cleaner.
    private mutating func move(
        _ record: RecordView, _ from: RecordAddress, _ hash: KeyHash
    ) -> Bool {
        guard let slot = index.slot(at: from, hash) else {
            preconditionFailure("a record that is not dead is not in the index")
        }
        if record.isExpiring, record.isExpired(at: cleaner.now) { return bury(record, slot) }
        let size = record.size
        guard let to = segments.append(size, isKept: segments.states[from.segment].isKept)
        else { return false }
        segments.bases.pointer(to).copyMemory(from: record.start, byteCount: size)
        cleaner.copiedBytes += UInt64(size)
        replace(slot, size, by: to)
        return true
    }

    /// Rewrites an expired value as a tombstone of the same version and expiry. The digest, which
    /// knows keys and versions alone, stays.
    mutating func bury(_ record: RecordView, _ slot: UnsafeMutablePointer<UInt64>) -> Bool {
        let source = RecordWriter.Source(
            key: record.key, version: record.version, kind: .tombstone, expiry: record.expiry,
            contentType: record.contentType, partition: record.partition,
            value: UnsafeRawBufferPointer(start: nil, count: 0))
        guard let address = segments.append(source.size) else { return false }
        RecordWriter.write(source, at: segments.bases.pointer(address))
        let number = Int(source.partition.number)
        uncount(record, number)
        partitions[number].add(true, record.expiryMilliseconds, record.clock)
        totals.add(true, record.expiryMilliseconds, record.clock)
        expiryWalk.expired += 1
        replace(slot, record.size, by: address)
        return true
    }

    mutating func markDead(_ address: RecordAddress, _ size: Int) {
        if segments.markDead(address, size), address.segment == cleaner.victim {
            cleaner.victim = 0
        }
    }
}
