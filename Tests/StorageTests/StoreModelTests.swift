import GrepvineDistCore
import GrepvineStorage
import Testing

/// What a store should be: the highest version of each key.
private struct Model {
    var records: [Key: Record] = [:]

    mutating func merge(_ record: Record) -> MergeOutcome {
        if let stored = records[record.key]?.version {
            if stored == record.version { return .identical }
            if stored > record.version { return .superseded(stored) }
        }
        records[record.key] = record
        return .accepted
    }

    /// Expired values as the tombstones that they stand for; readers see no difference.
    static func settled(_ record: Record, _ now: WallTime) -> Record {
        guard record.kind == .value, record.isExpired(at: now) else { return record }
        var tombstone = record
        tombstone.kind = .tombstone
        tombstone.value = []
        return tombstone
    }

    func settled(_ now: WallTime) -> [Record] {
        records.values.map { Self.settled($0, now) }.byKey
    }

    func digest(of partition: Partition) -> PartitionDigest {
        var digest = PartitionDigest.empty
        for record in records.values where Partition(of: record.key) == partition {
            digest.add(key: record.key.bytes.span.bytes, version: record.version)
        }
        return digest
    }
}

@Suite("A store beside a dictionary")
struct StoreModelTests {
    @Test("no sequence of operations tells them apart", arguments: 1...6 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Odd seeds: keys with a common tag, so that one partition has them all. Every third: bad
        // hashes, so that pages overflow.
        let keys = (0..<400).map { Key(seed % 2 == 1 ? "{tag}\($0)" : "key-\($0)") }
        let store = TestStore(
            seed: seed, hashMask: seed % 3 == 0 ? ~0xffff_ffff_fff0 : .max)
        var model = Model()
        var now = WallTime(milliseconds: 1000)
        var pinned: (snapshots: [SegmentSnapshot], records: [Record]) = ([], [])
        for step in 0..<3000 {
            now = now + .milliseconds(1)
            switch UInt64.random(in: 0..<100, using: &generator) {
            case 0..<80:
                let record = Self.record(keys, step, now, &generator)
                #expect(store.merge(record) == model.merge(record))
            case 80..<88:
                let key = keys.randomElement(using: &generator) ?? "none"
                let found = store.record(key).map { Model.settled($0, now) }
                #expect(found == model.records[key].map { Model.settled($0, now) })
            case 88..<92:
                guard let record = model.records.values.map(\.version).max() else { continue }
                let key = model.records.first { $0.value.version == record }?.key ?? "none"
                #expect(store.remove(key, ifVersion: record))
                model.records[key] = nil
            case 92..<95: store.store.clean(budget: 2000, now: now)
            case 95..<99: store.store.expire(budget: 50, now: now)
            default:
                #expect(pinned.snapshots.records.byKey == pinned.records)
                let snapshots = store.snapshot()
                pinned = (snapshots, snapshots.records.byKey)
                #expect(
                    pinned.records.map { Model.settled($0, now) } == model.settled(now))
            }
            if step % 1000 == 999 { Self.compare(store, model, now) }
        }
        store.store.expire(budget: .max, now: now)
        #expect(store.scanned().byKey == model.settled(now))
        #expect(store.liveKeys == model.settled(now).count { $0.kind == .value })
        store.store.removeAll()
        #expect(store.scanned().isEmpty && store.snapshot().isEmpty)
        #expect(store.statistics.liveBytes == 0 && store.statistics.deadBytes == 0)
    }

    private static func record(
        _ keys: [Key], _ step: Int, _ now: WallTime, _ generator: inout SeededGenerator
    ) -> Record {
        let key = keys.randomElement(using: &generator) ?? "none"
        // Often older than what is stored, sometimes equal; one origin per step, so that a version
        // names one value.
        let clock = UInt64.random(in: 0..<UInt64(step / 4 + 2), using: &generator)
        let version = Version.at(clock, UInt64(step))
        switch UInt64.random(in: 0..<10, using: &generator) {
        case 0, 1: return .tombstone(key, version)
        case 2, 3:
            let expiry = now + .milliseconds(Int.random(in: 1..<1000, using: &generator))
            return Record(key: key, version: version, expiry: expiry, value: [1, 2, 3])
        case 4:
            // More than an eighth of a segment, sometimes more than a whole one.
            let length = Int.random(in: 900..<10000, using: &generator)
            return Record(
                key: key, version: version, value: Array(repeating: 7, count: length))
        default:
            let length = Int.random(in: 0..<80, using: &generator)
            return Record(
                key: key, version: version, contentType: .text,
                value: Array(repeating: UInt8(step % 256), count: length))
        }
    }

    private static func compare(
        _ store: TestStore, _ model: Model, _ now: WallTime
    ) {
        let found = store.scanned()
        #expect(found.map { Model.settled($0, now) }.byKey == model.settled(now))
        let statistics = store.statistics
        #expect(statistics.liveKeys == found.count { $0.kind == .value })
        #expect(statistics.tombstones == found.count { $0.kind == .tombstone })
        #expect(
            statistics.expiringKeys == found.count { $0.kind == .value && $0.expiry != nil })
        let live = found.reduce(0) {
            $0
                + RecordLayout.size(
                    keyLength: $1.key.bytes.count, valueLength: $1.value.count)
        }
        #expect(statistics.liveBytes == live)
        let partitions = Set(model.records.keys.map(Partition.init(of:)))
        for partition in partitions {
            #expect(store.digest(of: partition) == model.digest(of: partition))
            let members = found.filter { Partition(of: $0.key) == partition }
            #expect(store.store.liveKeys(in: partition) == members.count { $0.kind == .value })
            #expect(
                store.store.tombstones(in: partition) == members.count { $0.kind == .tombstone })
        }
    }
}
