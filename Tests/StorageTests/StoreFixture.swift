import GrepvineDistCore
import GrepvineStorage

/// A store that takes arrays instead of pointers, in a box because `#expect` wants to copy.
final class TestStore {
    var store: RecordStore

    init(
        seed: UInt64 = 1, segmentSize: Int = 8192, memoryLimit: Int? = nil, evicts: Bool = false,
        remembered: Int? = nil, pageLines: Int = 2, hashMask: UInt64 = .max
    ) {
        store = RecordStore(
            configuration: StoreConfiguration(
                segmentSize: evicts ? 32 << 20 : segmentSize, firstSegmentSize: 4096,
                memoryLimit: memoryLimit, evicts: evicts, evictionsRemembered: remembered,
                seed: seed, pageLines: pageLines, hashMask: hashMask))
    }

    var statistics: StoreStatistics { store.statistics }
    var liveKeys: Int { store.liveKeys }
    func snapshot() -> [SegmentSnapshot] { store.snapshot() }
    func digest(of partition: Partition) -> PartitionDigest { store.digest(of: partition) }

    func hash(_ key: Key) -> KeyHash {
        key.bytes.withUnsafeBytes { store.hash(of: $0, partition: Partition(of: key)) }
    }

    func record(_ key: Key) -> Record? {
        key.bytes.withUnsafeBytes { store.find($0, hash(key))?.record }
    }

    /// As a client's read.
    func read(_ key: Key) -> Record? {
        key.bytes.withUnsafeBytes { store.read($0, hash(key))?.record }
    }

    func letGo(of key: Key, upTo version: Version) -> Bool {
        let hash = hash(key)
        return key.bytes.withUnsafeBytes { store.letGo(of: $0, hash, upTo: version) }
    }

    func evictionLimit(of key: Key) -> HybridClock? {
        key.bytes.withUnsafeBytes { store.evictionLimit(of: $0, Partition(of: key)) }
    }

    /// Keys of which the other owners must hear.
    func takeDecisions() -> [Key] {
        var keys: [Key] = []
        store.takeDecisions().withUnsafeBytes { bytes in
            var rest = bytes
            while let (key, _, size) = EvictionNotice.first(of: rest) {
                keys.append(Key(Array(key)))
                rest = UnsafeRawBufferPointer(rebasing: rest[size...])
            }
        }
        return keys
    }

    var decisionBytes: Int { store.takeDecisions().count }

    /// What another store knows to have let go of, after all that it holds was copied.
    func learn(from source: TestStore, _ partition: Partition) {
        let known = source.store.evictions(of: partition)
        let names = source.scanned(in: partition).map { record in
            record.key.bytes.withUnsafeBytes { RecordStore.evictionName(of: $0) }
        }
        store.learnEvictions(
            of: partition, floor: known.floor, known.entries, holding: Set(names))
    }

    /// As from another owner.
    func copy(_ record: Record) -> MergeOutcome {
        let hash = hash(record.key)
        return record.encoded().withUnsafeBytes { bytes in
            guard let view = RecordView.validated(bytes, checkingCRC: false) else {
                return .overloaded
            }
            return store.merge(view, hash: hash, isCopy: true)
        }
    }

    @discardableResult
    func merge(_ record: Record, ifNotAbove expected: Version? = nil) -> MergeOutcome {
        let hash = hash(record.key)
        return record.key.bytes.withUnsafeBytes { key in
            record.value.withUnsafeBytes { value in
                store.merge(
                    key: key, hash: hash, version: record.version, kind: record.kind,
                    expiry: record.expiry, contentType: record.contentType, value: value,
                    ifNotAbove: expected)
            }
        }
    }

    func remove(_ key: Key, ifVersion version: Version) -> Bool {
        let hash = hash(key)
        return key.bytes.withUnsafeBytes { store.remove($0, hash, ifVersion: version) }
    }

    func purge(_ partition: Partition, behind stable: HybridClock) -> Int {
        store.purge(partition, behind: stable)
    }

    func forget(_ partition: Partition, upTo limit: HybridClock) -> Int {
        store.forget(partition, upTo: limit)
    }

    func earliestPurge(in partition: Partition) -> HybridClock? {
        store.earliestPurge(in: partition)
    }

    func digest(of partition: Partition, upTo limit: HybridClock) -> PartitionDigest {
        store.digest(of: partition, upTo: limit)
    }

    func keys(in partition: Partition) -> Int { store.keys(in: partition) }

    /// Digest and counts are those of the records.
    func isRight(_ partition: Partition) -> Bool { !store.scrub(partition).isMiscounted }

    func attach(_ index: SearchIndex, to order: IndexingOrder) -> Bool {
        store.attach(index, to: order)
    }

    /// Everything that a scan finds, a page at a time.
    func scanned(in partition: Partition? = nil, limit: Int = 1) -> [Record] {
        var found: [Record] = []
        var cursor: UInt64? = 0
        while let position = cursor {
            cursor = store.scan(from: position, in: partition, limit: limit) {
                found.append($0.record)
                return true
            }
        }
        return found
    }
}

extension [SegmentSnapshot] {
    var records: [Record] {
        var found: [Record] = []
        for segment in self {
            segment.forEachRecord {
                found.append($0.record)
                return true
            }
        }
        return found
    }
}

extension Version {
    static func at(_ clock: UInt64, _ origin: UInt64 = 1) -> Version {
        Version(clock: HybridClock(rawValue: clock), origin: origin)
    }
}

extension Sequence where Element == Record {
    var byKey: [Record] { sorted { $0.key < $1.key } }
}
