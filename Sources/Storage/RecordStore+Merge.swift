package import GrepvineDistCore

extension RecordStore {
    /// The one door (W1): stores the record if its version is above the stored one. With
    /// `expected`, also the stored version must not be above that one. An absent key is below
    /// every version. The bytes may be those of a record that `find` returned, unless the store
    /// evicts.
    package mutating func merge(
        key: UnsafeRawBufferPointer, hash: KeyHash, version: Version, kind: RecordKind = .value,
        expiry: WallTime? = nil, contentType: ContentType = .bytes,
        value: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        ifNotAbove expected: Version? = nil
    ) -> MergeOutcome {
        merge(
            RecordWriter.Source(
                key: key, version: version, kind: kind, expiry: expiry, contentType: contentType,
                partition: hash.partition, value: value),
            hash, expected, isCopy: false)
    }

    /// The same for a record that arrived as bytes and was validated. A copy of what another owner
    /// holds may be a delete that is older than what went for room: all owners must have it.
    package mutating func merge(
        _ record: RecordView, hash: KeyHash, ifNotAbove expected: Version? = nil,
        isCopy: Bool = false
    ) -> MergeOutcome {
        merge(RecordWriter.Source(record), hash, expected, isCopy: isCopy)
    }

    private mutating func merge(
        _ source: RecordWriter.Source, _ hash: KeyHash, _ expected: Version?, isCopy: Bool
    ) -> MergeOutcome {
        if configuration.evicts { evictInProportion(to: source.size) }
        let slot = index.slot(of: source.key, hash, segments.bases)
        let stored = slot.map { segments.bases.record(RecordAddress(slot: $0.pointee)) }
        if let version = stored?.version {
            if version == source.version {
                return stored.map(source.isSameValue(as:)) == false ? .differing : .identical
            }
            if version > source.version { return .superseded(version) }
            if let expected, version > expected { return .superseded(version) }
        }
        let mayBeOld = !evictor.memory.isEmpty && (stored?.isTombstone ?? true)
        if mayBeOld, let limit = evictionLimit(source, hash, isCopy: isCopy) {
            return .evicted(limit)
        }
        let size = source.size
        guard hasRoom(for: source, size, instead: stored) else { return .overloaded }
        guard let address = segments.append(size) else { return .overloaded }
        RecordWriter.write(source, at: segments.bases.pointer(address))
        count(source, instead: stored)
        if let slot, let stored {
            replace(slot, stored.size, by: address)
        } else {
            index.insert(hash, address, segments.bases)
        }
        if mayBeOld, source.kind == .value {
            forgetEviction(of: source.key, hash)
        }
        cleanInProportion(to: size)
        return .accepted
    }

    /// A refused merge makes room for the next one.
    private mutating func hasRoom(
        for source: RecordWriter.Source, _ size: Int, instead stored: RecordView?
    ) -> Bool {
        if admits(size, instead: stored, isTombstone: source.kind == .tombstone) { return true }
        cleanUnderPressure(for: size)
        return false
    }

    /// Forgets a key if its record still has this version: an eviction, or a tombstone that a
    /// fence has passed. Returns whether it did.
    package mutating func remove(
        _ key: UnsafeRawBufferPointer, _ hash: KeyHash, ifVersion version: Version
    ) -> Bool {
        guard let slot = index.slot(of: key, hash, segments.bases) else { return false }
        let address = RecordAddress(slot: slot.pointee)
        let record = segments.bases.record(address)
        guard record.version == version else { return false }
        partitions[hash.tableNumber].digest.remove(key: key.bytes, version: version)
        uncount(record, hash.tableNumber)
        index.remove(slot, hash)
        let size = record.size
        markDead(address, size)
        cleanInProportion(to: size)
        return true
    }

    /// Points a slot at the new place of its key, and gives up the old one.
    mutating func replace(
        _ slot: UnsafeMutablePointer<UInt64>, _ oldSize: Int, by address: RecordAddress
    ) {
        let old = RecordAddress(slot: slot.pointee)
        KeyIndex.move(slot, to: address)
        markDead(old, oldSize)
    }

    /// Keeps digest and counters in step, in O(1).
    private mutating func count(_ source: RecordWriter.Source, instead stored: RecordView?) {
        let number = Int(source.partition.number)
        if let stored {
            partitions[number].digest.replace(
                key: source.key.bytes, old: stored.version, new: source.version)
            uncount(stored, number)
        } else {
            partitions[number].digest.add(key: source.key.bytes, version: source.version)
        }
        let expiry = source.storedExpiry
        partitions[number].add(source.kind == .tombstone, expiry, source.version.clock)
        totals.add(source.kind == .tombstone, expiry, source.version.clock)
    }

    mutating func uncount(_ record: RecordView, _ partition: Int) {
        let (isTombstone, expiry) = (record.isTombstone, record.expiryMilliseconds)
        partitions[partition].remove(isTombstone, expiry)
        totals.remove(isTombstone, expiry)
    }
}

extension RecordWriter.Source {
    /// Whether a record of the same version holds what this one does. An expired value that shrank
    /// to a tombstone still does.
    fileprivate func isSameValue(as stored: RecordView) -> Bool {
        guard stored.expiry == expiry else { return false }
        guard stored.kind == kind else { return expiry != nil }
        return stored.contentType == contentType && stored.value.elementsEqual(value)
    }

    fileprivate init(_ record: RecordView) {
        self.init(
            key: record.key, version: record.version, kind: record.kind, expiry: record.expiry,
            contentType: record.contentType, partition: record.partition, value: record.value)
    }
}
