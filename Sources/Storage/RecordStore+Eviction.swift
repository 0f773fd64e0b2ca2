package import GrepvineDistCore

/// Letting go of values for room (E1). Absence beats nothing, so whoever lets go of a record
/// remembers how it was stamped: what is as old or older is refused, and readers are told.
extension RecordStore {
    /// Lets go of what has expired and of what nobody reads while memory is above its mark, looking
    /// at about `bytes` bytes of segments. Merges do as much as they need by themselves, so this is
    /// for idle times. Returns the bytes looked at: 0 when there is room.
    @discardableResult
    package mutating func evict(budget bytes: Int, now: WallTime) -> Int {
        cleaner.now = now
        return configuration.evicts ? evict(bytes, for: 0) : 0
    }

    /// A merge pays for the room that it takes.
    mutating func evictInProportion(to size: Int) {
        guard isAbove(evictionMarks.first, with: size) else {
            evictor.debt = 0
            return
        }
        let isLate = isAbove(evictionMarks.second, with: size)
        evictor.debt += size * (isLate ? Evictor.hurry : Evictor.pace)
        guard evictor.debt >= Evictor.batch else { return }
        let debt = evictor.debt
        evictor.debt = 0
        evict(debt, for: size)
    }

    private func isAbove(_ mark: Int, with size: Int) -> Bool {
        liveBytes + indexBytes + size > mark
    }

    @discardableResult
    private mutating func evict(_ budget: Int, for size: Int) -> Int {
        var walked = 0
        while walked < budget, isAbove(evictionMarks.first, with: size), evictor.mayDecide {
            if walked == 0, totals.expiring > 0 { expire(budget: 64, now: cleaner.now) }
            guard evictionVictim != 0 || chooseVictim() else { break }
            walked += evictGroup(anything: isAbove(evictionMarks.second, with: size))
        }
        return walked
    }

    /// The segment in work; 0 for none, also when its last record went.
    var evictionVictim: Int {
        guard evictor.victim != 0 else { return 0 }
        return segments.states[evictor.victim].serial == evictor.serial ? evictor.victim : 0
    }

    private mutating func chooseVictim() -> Bool {
        guard let victim = segments.nextToEvict() else { return false }
        (evictor.victim, evictor.position) = (victim, 0)
        evictor.serial = segments.states[victim].serial
        return true
    }

    /// Looks at the next few records of the victim. Returns the bytes looked at.
    private mutating func evictGroup(anything: Bool) -> Int {
        let (victim, start) = (evictor.victim, evictor.position)
        let group = group(in: victim, from: start)
        evictor.position = group.end
        for number in 0..<group.count { decide(group[number].from, group[number].hash, anything) }
        if evictionVictim != 0, group.end >= segments.states[victim].tail {
            segments.keep(victim)
            evictor.victim = 0
        }
        return group.end - start
    }

    private mutating func decide(_ from: RecordAddress, _ hash: KeyHash, _ anything: Bool) {
        guard let slot = index.slot(at: from, hash) else { return }
        let record = segments.bases.record(from)
        let isExpired = record.hasExpiry && record.expiryMilliseconds <= cleaner.now.milliseconds
        let wasRead = slot.pointee & KeyIndex.touched != 0
        slot.pointee &= ~KeyIndex.touched
        // A delete stays until all owners have it.
        guard isExpired || !wasRead && !record.isTombstone,
            anything || evictor.leads[hash.tableNumber]
        else { return }
        if isExpired { evictor.counts.expired += 1 } else { evictor.counts.untouched += 1 }
        evictor.note(record.key, record.version)
        letGo(record, from, hash)
    }

    private mutating func letGo(_ record: RecordView, _ from: RecordAddress, _ hash: KeyHash) {
        evictor.memory.insert(EvictionMemory.name(of: record.key), hash.partition, record.clock)
        remove(from, hash)
    }
}

/// What owners tell one another.
extension RecordStore {
    /// Which partitions this node has, about which of them it decides, and whether others must be
    /// told.
    package mutating func setEviction(
        owned: [Partition], led: [Partition], tells: Bool
    ) {
        evictor.memory.own(owned)
        evictor.tells = tells
        for number in 0..<Partition.count { evictor.leads[number] = false }
        for partition in led { evictor.leads[Int(partition.number)] = true }
    }

    /// Decisions since the last call, one `EvictionNotice` after the other.
    package mutating func takeDecisions() -> [UInt8] {
        guard !evictor.decisions.isEmpty else { return [] }
        defer { evictor.decisions = [] }
        return evictor.decisions
    }

    package var hasDecisions: Bool { !evictor.decisions.isEmpty }

    /// Another owner let go of this version, so no owner keeps it or an older one. A delete stays,
    /// and what is newer, too. Returns whether something went.
    package mutating func letGo(
        of key: UnsafeRawBufferPointer, _ hash: KeyHash, upTo version: Version
    ) -> Bool {
        let slot = index.slot(of: key, hash, segments.bases)
        let stored = slot.map { segments.bases.record(RecordAddress(slot: $0.pointee)) }
        if let stored, stored.version > version { return false }
        evictor.memory.insert(EvictionMemory.name(of: key), hash.partition, version.clock)
        guard let slot, let stored, !stored.isDeleted else { return false }
        evictor.counts.told += 1
        remove(RecordAddress(slot: slot.pointee), hash)
        return true
    }

    /// Up to where records of a key that has no value here may have been let go of; nil for never.
    package func evictionLimit(
        of key: UnsafeRawBufferPointer, _ partition: Partition
    ) -> HybridClock? {
        guard !evictor.memory.isEmpty else { return nil }
        let limit = evictor.memory.limit(of: EvictionMemory.name(of: key), partition)
        return limit.rawValue > 0 ? limit : nil
    }

    /// What the memory of evictions says against a record where there is no value: nothing against
    /// a delete that all owners must have.
    func evictionLimit(
        _ source: borrowing RecordWriter.Source, _ hash: KeyHash, isCopy: Bool
    ) -> HybridClock? {
        if isCopy, source.kind == .tombstone, source.expiry == nil { return nil }
        guard let limit = evictionLimit(of: source.key, hash.partition) else { return nil }
        return source.version.clock <= limit ? limit : nil
    }

    /// A value that is stored now stands for all that is older by itself.
    mutating func forgetEviction(of key: UnsafeRawBufferPointer, _ hash: KeyHash) {
        evictor.memory.remove(EvictionMemory.name(of: key), hash.partition)
    }
}

/// A node that lost its memory learns what others let go of, too.
extension RecordStore {
    package func evictions(
        of partition: Partition
    ) -> (floor: HybridClock, entries: [(name: UInt64, clock: HybridClock)]) {
        (evictor.memory.floor(of: partition), evictor.memory.entries(of: partition))
    }

    /// Takes over what another owner remembers, of which `names` are the keys that it holds, and
    /// lets go of what that rules out; nil when it holds just what this store does.
    package mutating func learnEvictions(
        of partition: Partition, floor: HybridClock,
        _ entries: [(name: UInt64, clock: HybridClock)], holding names: Set<UInt64>?
    ) {
        guard floor.rawValue > 0 || !entries.isEmpty else { return }
        evictor.memory.raise(partition, to: floor)
        for (name, clock) in entries { evictor.memory.insert(name, partition, clock) }
        guard let names else { return }
        let memory = evictor.memory
        _ = removeAll(in: partition) { record in
            guard !record.isDeleted else { return false }
            let name = EvictionMemory.name(of: record.key)
            return record.clock <= memory.exactly(name, partition)
                || record.clock <= floor && !names.contains(name)
        }
    }

    package mutating func forgetEvictions(of partition: Partition) {
        evictor.memory.forget(partition)
    }

    package static func evictionName(of key: UnsafeRawBufferPointer) -> UInt64 {
        EvictionMemory.name(of: key)
    }
}

extension SegmentTable {
    /// The oldest sealed segment of the queue that has too much; nil when all are open.
    fileprivate func nextToEvict() -> Int? {
        var newBytes = 0
        var oldest: (new: Int?, kept: Int?)
        for number in states.indices where !states[number].isFree {
            let state = states[number]
            if !state.isKept { newBytes += state.tail - state.deadBytes }
            guard !state.isOpen else { continue }
            if state.isKept {
                if isEarlier(number, oldest.kept) { oldest.kept = number }
            } else if isEarlier(number, oldest.new) {
                oldest.new = number
            }
        }
        let hasTooManyNew = newBytes * 10 > usedBytes - deadBytes
        return hasTooManyNew ? oldest.new ?? oldest.kept : oldest.kept ?? oldest.new
    }

    private func isEarlier(_ number: Int, _ other: Int?) -> Bool {
        other.map { states[number].turn < states[$0].turn } ?? true
    }
}

extension RecordView {
    var hasExpiry: Bool { expiryMilliseconds != 0 }

    /// Somebody deleted it; what is only expired did not need that.
    fileprivate var isDeleted: Bool { isTombstone && !hasExpiry }
}
