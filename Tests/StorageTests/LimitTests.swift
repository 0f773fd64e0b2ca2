import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("A memory limit")
struct LimitTests {
    private static let limit = 1 << 20

    private static func record(_ number: Int, _ version: UInt64, _ length: Int = 200) -> Record {
        Record(
            key: Key("key-\(number)"), version: .at(version),
            value: Array(repeating: 5, count: length))
    }

    /// Adds keys until one is refused; returns how many fitted.
    private static func fill(_ store: TestStore) -> Int {
        var number = 0
        while number < 100_000, store.merge(record(number, 1)) == .accepted { number += 1 }
        return number
    }

    @Test("answers overloaded when it is reached (W6, E1), and takes at least half of it in values")
    func reached() {
        let store = TestStore(memoryLimit: Self.limit, pageLines: 32)
        let count = Self.fill(store)
        #expect(count < 100_000)
        #expect(store.statistics.liveBytes > Self.limit / 2)
        #expect(store.statistics.allocatedBytes <= Self.limit)
        let before = store.statistics
        #expect(store.merge(Self.record(-1, 1)) == .overloaded)
        #expect(store.record("key--1") == nil)
        #expect(store.liveKeys == before.liveKeys)
    }

    @Test("is held while a full store is overwritten, without a refusal")
    func overwriting() {
        let store = TestStore(memoryLimit: Self.limit, pageLines: 32)
        let count = Self.fill(store)
        var generator = SeededGenerator(seed: 2)
        for step in 0..<20 * count {
            let number = Int.random(in: 0..<count, using: &generator)
            #expect(store.merge(Self.record(number, UInt64(step + 2))) == .accepted)
            // One segment of the cleaner, a thirty-second of the limit, may come on top.
            #expect(store.statistics.allocatedBytes <= Self.limit + Self.limit / 32 + 4096)
        }
        #expect(store.liveKeys == count)
    }

    @Test("lets deletes through, and they make room")
    func deleting() {
        let store = TestStore(memoryLimit: Self.limit, pageLines: 32)
        let count = Self.fill(store)
        for number in 0..<count {
            let key = Key("key-\(number)")
            #expect(store.merge(.tombstone(key, .at(2))) == .accepted)
        }
        #expect(store.liveKeys == 0)
        #expect(store.merge(Self.record(0, 3)) == .accepted)
        #expect(store.statistics.allocatedBytes <= Self.limit + Self.limit / 32 + 4096)
    }

    @Test("a record larger than the limit is refused")
    func tooLarge() {
        let store = TestStore(memoryLimit: Self.limit)
        #expect(store.merge(Self.record(1, 1, 2 * Self.limit)) == .overloaded)
        #expect(store.merge(Self.record(1, 1, 1000)) == .accepted)
        #expect(store.merge(Self.record(1, 2, 2 * Self.limit)) == .overloaded)
        #expect(store.record("key-1")?.value.count == 1000)
    }
}
