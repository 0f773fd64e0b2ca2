import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("Letting go of values for room")
struct EvictionTests {
    private static let limit = 4 << 20

    private static func store(limit: Int = Self.limit, remembered: Int? = nil) -> TestStore {
        TestStore(memoryLimit: limit, evicts: true, remembered: remembered, pageLines: 32)
    }

    private static func record(
        _ number: Int, _ version: UInt64, _ length: Int = 200, expiry: WallTime? = nil
    ) -> Record {
        Record(
            key: Key("key-\(number)"), version: .at(version), expiry: expiry,
            value: Array(repeating: 5, count: length))
    }

    @Test("writes go on past the limit, memory stays below it, and what was read stays (E1)")
    func filling() {
        let store = Self.store()
        let hot = 0..<100
        for number in 0..<60_000 {
            let version = UInt64(number + 1)
            #expect(store.merge(Self.record(number, version)) == .accepted)
            // A segment of the cleaner may come on top.
            #expect(store.statistics.allocatedBytes <= Self.limit + Self.limit / 64 + 4096)
            if number % 20 == 0 { for key in hot { _ = store.read(Key("key-\(key)")) } }
        }
        #expect(hot.allSatisfy { store.record(Key("key-\($0)")) != nil })
        let statistics = store.statistics
        #expect(statistics.liveBytes > Self.limit / 2)
        #expect(statistics.evictions.untouched > 40_000)
        #expect(statistics.evictions.untouched + UInt64(statistics.liveKeys) == 60_000)
        #expect(Partition.all.allSatisfy { store.isRight($0) })
    }

    @Test("a value of a tenth of the limit finds room")
    func large() {
        let store = Self.store()
        for number in 0..<20_000 { store.merge(Self.record(number, UInt64(number + 1))) }
        for number in 0..<50 {
            let record = Self.record(-number, UInt64(30_000 + number), Self.limit / 10)
            #expect(store.merge(record) == .accepted, "large value \(number)")
            #expect(store.statistics.allocatedBytes <= Self.limit + Self.limit / 64 + 4096)
        }
    }

    @Test("deletes are never let go of, and keep out what is older")
    func deletes() {
        let store = Self.store()
        for number in 0..<500 {
            store.merge(.tombstone(Key("gone-\(number)"), .at(UInt64(number + 1))))
        }
        for number in 0..<40_000 {
            store.merge(Self.record(number, UInt64(number + 1000)))
        }
        #expect(store.statistics.evictions.untouched > 10_000)
        #expect(store.statistics.tombstones == 500)
    }

    @Test("what has expired goes before anything that has not, read or not")
    func expired() {
        let store = Self.store()
        let now = WallTime(milliseconds: 10_000)
        for number in 0..<2000 {
            store.merge(Self.record(number, 1, expiry: WallTime(milliseconds: 5000)))
            _ = store.read(Key("key-\(number)"))
        }
        store.store.evict(budget: 0, now: now)
        var number = 2000
        while store.statistics.evictions.all < 500 {
            store.merge(Self.record(number, 2))
            number += 1
        }
        #expect(store.statistics.evictions.expired >= 500)
        #expect(store.statistics.evictions.untouched == 0)
    }

    /// A store that holds some keys of one partition, lets go of the first, and then what comes.
    struct Comeback: CustomTestStringConvertible, Sendable {
        let name: String
        let incoming: @Sendable (Key) -> Record
        let outcome: MergeOutcome

        var testDescription: String { name }

        static let limit = HybridClock(rawValue: 10)
        static let all = [
            Comeback(
                name: "the version itself", incoming: { value($0, .at(10, 1)) },
                outcome: .evicted(limit)),
            Comeback(
                name: "an older one", incoming: { value($0, .at(3, 9)) }, outcome: .evicted(limit)),
            Comeback(
                name: "a newer one", incoming: { value($0, .at(11, 1)) }, outcome: .accepted),
            Comeback(
                name: "an older delete", incoming: { .tombstone($0, .at(3, 1)) },
                outcome: .evicted(limit)),
        ]

        static func value(_ key: Key, _ version: Version) -> Record {
            Record(key: key, version: version, value: [1])
        }
    }

    @Test("nothing as old as what went comes back", arguments: Comeback.all, [0, 1000])
    func comeback(_ case: Comeback, others: Int) {
        // A bucket of eight is full of others: their partition has a floor, and no names.
        let store = Self.store(remembered: 8)
        let key = Key("{a}k")
        store.merge(Comeback.value(key, .at(10, 1)))
        #expect(store.letGo(of: key, upTo: .at(10, 1)))
        for other in 0..<others {
            _ = store.letGo(of: Key("{a}\(other)"), upTo: .at(10, 1))
        }
        #expect(store.record(key) == nil)
        #expect(store.merge(`case`.incoming(key)) == `case`.outcome)
    }

    @Test("an older delete comes as a copy, and does not open the door to what went")
    func olderDelete() {
        let store = Self.store()
        #expect(!store.letGo(of: "k", upTo: .at(10)))
        #expect(store.copy(.tombstone("k", .at(3))) == .accepted)
        #expect(store.merge(Comeback.value("k", .at(5))) == .evicted(Comeback.limit))
        #expect(store.copy(Comeback.value("k", .at(5))) == .evicted(Comeback.limit))
        #expect(store.evictionLimit(of: "k") == Comeback.limit)
    }

    @Test("what others say goes, unless it is newer or deleted")
    func told() {
        let store = Self.store()
        store.merge(Self.record(1, 5))
        #expect(!store.letGo(of: "key-1", upTo: .at(4)))
        #expect(store.record("key-1") != nil && store.evictionLimit(of: "key-1") == nil)
        #expect(store.letGo(of: "key-1", upTo: .at(6)))
        #expect(store.record("key-1") == nil)
        store.merge(.tombstone("key-2", .at(5)))
        #expect(!store.letGo(of: "key-2", upTo: .at(6)))
        #expect(store.record("key-2")?.kind == .tombstone)
        #expect(store.merge(Self.record(2, 6)) == .evicted(HybridClock(rawValue: 6)))
        #expect(store.statistics.evictions.told == 1)
        #expect(store.digest(of: Partition(of: "key-1")) == .empty)
    }

    @Test("only what this node leads goes, until memory is nearly full; others hear of it")
    func leading() {
        let store = Self.store()
        store.store.setEviction(
            owned: Array(Partition.all), led: Partition.all.filter { $0.number % 2 == 0 },
            tells: true)
        var told: [Key] = []
        var written = 0
        while told.count < 100, written < 20_000 {
            written += 1
            store.merge(Self.record(written, UInt64(written)))
            told += store.takeDecisions()
        }
        #expect(told.count >= 100)
        #expect(told.allSatisfy { Partition(of: $0).number % 2 == 0 })
        #expect(told.allSatisfy { store.record($0) == nil })
        // Nobody takes the other half: then it goes as well.
        for number in written + 1..<40_000 {
            #expect(store.merge(Self.record(number, UInt64(number + 1))) == .accepted)
            told += store.takeDecisions()
        }
        #expect(told.contains { Partition(of: $0).number % 2 == 1 })
    }

    @Test("decisions that nobody takes are bounded")
    func untaken() {
        let store = Self.store()
        store.store.setEviction(owned: Array(Partition.all), led: Array(Partition.all), tells: true)
        for number in 0..<60_000 { store.merge(Self.record(number, UInt64(number + 1))) }
        #expect(store.decisionBytes <= 256 << 10 + 16 << 10)
    }

    @Test("a copy of what went is learned with the rest, and rules out what is older")
    func learning() {
        let (source, copy) = (Self.store(), Self.store())
        let partition = Partition(of: "{a}")
        for number in 0..<20 {
            source.merge(
                Record(key: Key("{a}\(number)"), version: .at(10), value: [1]))
            copy.merge(Record(key: Key("{a}\(number)"), version: .at(4), value: [0]))
        }
        for number in 0..<10 { _ = source.letGo(of: Key("{a}\(number)"), upTo: .at(10)) }
        for number in 10..<20 {
            copy.merge(Record(key: Key("{a}\(number)"), version: .at(10), value: [1]))
        }
        copy.learn(from: source, partition)
        #expect((0..<10).allSatisfy { copy.record(Key("{a}\($0)")) == nil })
        #expect((10..<20).allSatisfy { copy.record(Key("{a}\($0)")) != nil })
        #expect(copy.digest(of: partition) == source.digest(of: partition))
        let late = Record(key: "{a}3", version: .at(9), value: [0])
        #expect(copy.merge(late) == .evicted(HybridClock(rawValue: 10)))
    }

    @Test("beside least-recently-used and first-in-first-out on a skewed trace (E1)")
    func hitRatio() {
        let trace = ZipfTrace(keys: 100_000, length: 1_000_000, seed: 7)
        let store = Self.store()
        var hits = 0
        var version: UInt64 = 0
        for number in trace.keys {
            let key = Key("key-\(number)")
            if store.read(key) != nil {
                hits += 1
            } else {
                version += 1
                store.merge(Self.record(number, version))
            }
        }
        let held = store.liveKeys
        let ratio = Double(hits) / Double(trace.keys.count)
        let (first, least) = (
            trace.hitRatio(held, renews: false), trace.hitRatio(held, renews: true)
        )
        print("hit ratio at \(held) of 100000 keys: \(ratio), FIFO \(first), LRU \(least)")
        #expect(ratio > first + 0.04)
        #expect(ratio > least + 0.02)
    }
}

/// Which key is wanted next, the k-th with a probability of 1 : k.
struct ZipfTrace {
    let keys: [Int]

    init(keys count: Int, length: Int, seed: UInt64) {
        var sums: [Double] = []
        var sum = 0.0
        for rank in 1...count {
            sum += 1 / Double(rank)
            sums.append(sum)
        }
        var generator = SeededGenerator(seed: seed)
        keys = (0..<length).map { _ in
            let point = Double.random(in: 0..<sum, using: &generator)
            var (low, high) = (0, count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > point { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }

    /// Of a cache of so many keys that lets go of the oldest one, by arrival or by last use.
    func hitRatio(_ capacity: Int, renews: Bool) -> Double {
        var stamps: [Int: Int] = [:]
        var order: [(key: Int, stamp: Int)] = []
        var (head, hits) = (0, 0)
        for (time, key) in keys.enumerated() {
            if stamps[key] != nil {
                hits += 1
                guard renews else { continue }
            }
            while stamps[key] == nil, stamps.count >= capacity {
                let oldest = order[head]
                head += 1
                if stamps[oldest.key] == oldest.stamp { stamps[oldest.key] = nil }
            }
            stamps[key] = time
            order.append((key, time))
        }
        return Double(hits) / Double(keys.count)
    }
}
