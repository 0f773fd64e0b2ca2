import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("Scanning a store")
struct ScanTests {
    @Test(
        "finds what stays exactly once while the index grows and records move",
        arguments: ["", "{tag}"], [UInt64.max, 0xff << 46 | 0x3] as [UInt64])
    func growing(prefix: String, hashMask: UInt64) {
        let store = TestStore(seed: 5, hashMask: hashMask)
        let staying = (0..<300).map { Key("\(prefix)stays-\($0)") }
        for key in staying { store.merge(Record(key: key, version: .at(1), value: [0])) }
        var found: [Key: Int] = [:]
        var cursor: UInt64? = 0
        var round = 0
        while let position = cursor {
            var budget = round % 7
            cursor = store.store.scan(from: position, limit: 3) { record in
                found[Key(Array(record.key)), default: 0] += 1
                budget -= 1
                return budget > 0
            }
            // New keys split pages; overwriting and removing move and free records.
            for number in 0..<5 {
                store.merge(Record(key: Key("\(prefix)new-\(round)-\(number)"), version: .at(1)))
            }
            for key in staying.indices where key % 13 == round % 13 {
                store.merge(
                    Record(key: staying[key], version: .at(UInt64(round) + 2), value: [1]))
            }
            if round > 0 { _ = store.remove(Key("\(prefix)new-\(round - 1)-0"), ifVersion: .at(1)) }
            round += 1
            guard round < 100_000 else { break }
        }
        #expect(cursor == nil)
        #expect(round > 20)
        #expect(staying.allSatisfy { found[$0] == 1 })
        #expect(found.values.allSatisfy { $0 == 1 })
    }

    @Test("of one partition finds that partition, and together they find all in hash order")
    func partitions() {
        let store = TestStore()
        let keys = (0..<2000).map { Key("key-\($0)") }
        for key in keys { store.merge(Record(key: key, version: .at(1))) }
        var joined: [Record] = []
        for partition in Partition.all {
            let found = store.scanned(in: partition)
            #expect(found.allSatisfy { Partition(of: $0.key) == partition })
            joined += found
        }
        let all = store.scanned(limit: 100)
        #expect(joined == all)
        #expect(all.count == keys.count)
        let hashes = all.map { store.hash($0.key) }
        #expect(hashes == hashes.sorted())
    }

    @Test("of an empty store ends at once, from any cursor")
    func empty() {
        let store = TestStore()
        for cursor in [0, 1, 1 << 54, UInt64.max] {
            let next = store.store.scan(from: cursor, limit: 1) { _ in
                Issue.record("there is nothing to visit")
                return true
            }
            #expect(next == nil)
        }
    }
}
