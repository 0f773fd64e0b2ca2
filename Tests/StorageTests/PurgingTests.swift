import GrepvineDistCore
import Testing

@testable import GrepvineStorage

@Suite("What goes behind a fence")
struct PurgingTests {
    private static let keys = (0..<1200).map { Key("{tag}key-\($0)") }
    private static let partition = Partition(of: keys[0])

    /// A stamp some milliseconds into the store's time.
    private static func at(_ milliseconds: Int64) -> HybridClock {
        HybridClock(WallTime(milliseconds: milliseconds))
    }

    /// Key `number` is stamped with its number: every fourth is a tombstone, every fourth a value
    /// that expires 500 ms later.
    private static func store(pageLines: Int = 2) -> TestStore {
        let store = TestStore(seed: 5, pageLines: pageLines)
        for (number, key) in keys.enumerated() {
            let version = Version(clock: at(Int64(number)), origin: 1)
            store.merge(
                number % 4 == 0
                    ? .tombstone(key, version)
                    : Record(
                        key: key, version: version,
                        expiry: number % 4 == 1 ? WallTime(milliseconds: Int64(number) + 500) : nil,
                        value: Array("v\(number)".utf8)))
        }
        return store
    }

    @Test(
        "tombstones and what has expired go, from the digest too, and nothing else does (T4)",
        arguments: [0, 1, 3, 500, 501, 777, 1198, 1199, 5000])
    func purges(_ milliseconds: Int64) {
        let store = Self.store()
        let stable = Self.at(milliseconds)
        let kept = Self.keys.indices.filter { number in
            guard Int64(number) <= milliseconds else { return true }
            return number % 4 == 1 ? Int64(number) + 500 > milliseconds : number % 4 != 0
        }
        let purged = store.purge(Self.partition, behind: stable)
        #expect(purged == Self.keys.count - kept.count)
        let found = Self.keys.indices.filter { store.record(Self.keys[$0]) != nil }
        #expect(found == kept)
        let fresh = TestStore(seed: 5)
        for number in kept {
            if let record = store.record(Self.keys[number]) { fresh.merge(record) }
        }
        #expect(store.digest(of: Self.partition) == fresh.digest(of: Self.partition))
        #expect(store.keys(in: Self.partition) == kept.count)
        #expect(store.isRight(Self.partition))
        #expect(store.purge(Self.partition, behind: stable) == 0)
    }

    @Test(
        "an expired value that became a tombstone goes as soon as it would have, not earlier (A3)")
    func buried() {
        let (walked, lazy) = (Self.store(), Self.store())
        while walked.store.expire(budget: 4096, now: WallTime(milliseconds: 9999)) > 0 {}
        #expect(walked.statistics.tombstones > lazy.statistics.tombstones)
        #expect(walked.digest(of: Self.partition) == lazy.digest(of: Self.partition))
        for milliseconds in stride(from: Int64(0), through: 2000, by: 100) {
            let stable = Self.at(milliseconds)
            let purged = walked.purge(Self.partition, behind: stable)
            #expect(purged == lazy.purge(Self.partition, behind: stable))
            #expect(walked.digest(of: Self.partition) == lazy.digest(of: Self.partition))
        }
        #expect(walked.statistics.tombstones == 0)
        #expect(walked.liveKeys == 600)
    }

    @Test("the store knows how far the next fence must reach")
    func earliest() {
        let store = Self.store()
        #expect(store.earliestPurge(in: Self.partition) == Self.at(0))
        _ = store.purge(Self.partition, behind: Self.at(10))
        #expect(store.earliestPurge(in: Self.partition) == Self.at(12))
        _ = store.purge(Self.partition, behind: Self.at(5000))
        #expect(store.earliestPurge(in: Self.partition) == nil)
        let other = Partition(number: (Self.partition.number + 1) % 1024)
        #expect(store.earliestPurge(in: other) == nil)
    }

    @Test("everything up to a stamp is forgotten, and the sum up to one is that of those records")
    func forgets() {
        let store = Self.store()
        let sum = store.digest(of: Self.partition, upTo: Self.at(700))
        let early = TestStore(seed: 5)
        for key in Self.keys[...700] { if let record = store.record(key) { early.merge(record) } }
        #expect(sum == early.digest(of: Self.partition))
        #expect(store.forget(Self.partition, upTo: Self.at(700)) == 701)
        #expect(store.digest(of: Self.partition, upTo: Self.at(700)) == .empty)
        #expect(store.keys(in: Self.partition) == 499)
        #expect(store.isRight(Self.partition))
    }

    @Test("memory of what was purged is used again")
    func memory() {
        let store = TestStore(seed: 5)
        for round in 0..<60 {
            for (number, key) in Self.keys.enumerated() {
                let version = Version(clock: Self.at(Int64(round * 2000 + number)), origin: 1)
                store.merge(.tombstone(key, version))
            }
            _ = store.purge(Self.partition, behind: Self.at(Int64(round * 2000 + 1999)))
            _ = store.store.clean(budget: 1 << 20, now: WallTime(milliseconds: 0))
        }
        #expect(store.statistics.tombstones == 0 && store.liveKeys == 0)
        #expect(store.statistics.allocatedBytes < 1 << 20)
    }
}
