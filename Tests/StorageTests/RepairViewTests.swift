import GrepvineDistCore
import Testing

@testable import GrepvineStorage

@Suite("What repair sees of a store")
struct RepairViewTests {
    private static func store() -> TestStore {
        let store = TestStore(seed: 3)
        for number in 0..<3000 {
            let key = Key("key-\(number % 900)")
            let version = Version.at(UInt64(number + 1))
            store.merge(
                number % 7 == 0
                    ? .tombstone(key, version)
                    : Record(key: key, version: version, value: Array("v\(number)".utf8)))
        }
        return store
    }

    @Test("entries are all records of a partition up to a stamp, and their sum is its digest (A1)")
    func entries() {
        let store = Self.store()
        var names: Set<UInt64> = []
        var count = 0
        for partition in Partition.all {
            var entries: [StoreEntry] = []
            let sum = store.store.entries(
                of: partition, upTo: HybridClock(rawValue: .max), salt: 5, into: &entries)
            #expect(sum == store.digest(of: partition))
            #expect(entries.count == store.store.keys(in: partition))
            names.formUnion(entries.map(\.name))
            count += entries.count
            for entry in entries {
                let record = store.store.find(entry, salt: 5)
                #expect(record?.clock == entry.clock)
                #expect(record?.partition == partition)
                #expect(store.store.find(entry, salt: 6) == nil)
            }
            var early: [StoreEntry] = []
            let limit = Version.at(1500).clock
            _ = store.store.entries(of: partition, upTo: limit, salt: 5, into: &early)
            #expect(Set(early) == Set(entries.filter { $0.clock <= limit }))
        }
        #expect(count == 900 && names.count == 900)
    }

    @Test("an entry whose record was replaced is not found")
    func replaced() throws {
        let store = TestStore()
        store.merge(Record(key: "k", version: .at(1), value: [1]))
        var entries: [StoreEntry] = []
        let partition = Partition(of: "k")
        _ = store.store.entries(
            of: partition, upTo: HybridClock(rawValue: .max), salt: 1, into: &entries)
        let entry = try #require(entries.first)
        #expect(store.store.find(entry, salt: 1)?.value.first == 1)
        store.merge(Record(key: "k", version: .at(2), value: [2]))
        #expect(store.store.find(entry, salt: 1) == nil)
    }

    @Test("a scrub of a sound store finds nothing, record by record")
    func sound() {
        let store = Self.store()
        var records = 0
        for partition in Partition.all {
            let outcome = store.store.scrub(partition)
            #expect(!outcome.isMiscounted && outcome.damaged == 0)
            records += outcome.records
        }
        #expect(records == 900)
    }

    @Test("a scrub puts a wrong digest right and takes out a record whose bytes rotted (A3)")
    func rotten() throws {
        let store = Self.store()
        let partition = Partition(of: "key-5")
        let right = store.digest(of: partition)
        store.store.partitions[Int(partition.number)].digest.add((low: 1, high: 2))
        #expect(store.store.scrub(partition).isMiscounted)
        #expect(store.digest(of: partition) == right)

        let keys = store.liveKeys
        var entries: [StoreEntry] = []
        _ = store.store.entries(
            of: partition, upTo: HybridClock(rawValue: .max), salt: 1, into: &entries)
        let victim = try #require(
            entries.compactMap { store.store.find($0, salt: 1) }.first { $0.value.count > 1 })
        let key = Key(Array(victim.key))
        UnsafeMutableRawPointer(mutating: try #require(victim.value.baseAddress))
            .storeBytes(of: 255, as: UInt8.self)
        let outcome = store.store.scrub(partition)
        #expect(outcome.damaged == 1)
        #expect(store.record(key) == nil)
        #expect(store.liveKeys == keys - 1)
        #expect(!store.store.scrub(partition).isMiscounted)
    }
}
