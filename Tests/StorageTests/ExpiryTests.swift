import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("Expiry")
struct ExpiryTests {
    private static func at(_ milliseconds: Int64) -> WallTime {
        WallTime(milliseconds: milliseconds)
    }

    /// Keys 0 to 99 that expire at 1000 + number, and as many that never do.
    private static func store() -> TestStore {
        let store = TestStore()
        for number in 0..<100 {
            store.merge(
                Record(
                    key: Key("short-\(number)"), version: .at(1), expiry: at(Int64(1000 + number)),
                    value: Array(repeating: 1, count: 100)))
            store.merge(Record(key: Key("long-\(number)"), version: .at(1), value: [1]))
        }
        return store
    }

    @Test("turns exactly the expired values into tombstones of their version")
    func expired() {
        let store = Self.store()
        let digests = Partition.all.map { store.digest(of: $0) }
        let live = store.statistics.liveBytes
        store.store.expire(budget: .max, now: Self.at(1049))
        for number in 0..<100 {
            let record = store.record(Key("short-\(number)"))
            #expect(record?.kind == (number < 50 ? .tombstone : .value))
            #expect(record?.version == .at(1))
            #expect(store.record(Key("long-\(number)"))?.kind == .value)
        }
        #expect(store.statistics.liveKeys == 150)
        #expect(store.statistics.tombstones == 50)
        #expect(store.statistics.expiringKeys == 50)
        #expect(store.statistics.expiredKeys == 50)
        let saved = (0..<50).reduce(0) { sum, number in
            let length = "short-\(number)".utf8.count
            return sum + RecordLayout.size(keyLength: length, valueLength: 100)
                - RecordLayout.size(keyLength: length, valueLength: 0)
        }
        #expect(store.statistics.liveBytes == live - saved)
        #expect(Partition.all.map { store.digest(of: $0) } == digests)
    }

    @Test("looks at nothing when nothing can have expired")
    func cheap() {
        let store = Self.store()
        #expect(store.store.expire(budget: .max, now: Self.at(999)) == 0)
        #expect(store.store.expire(budget: .max, now: Self.at(1099)) > 0)
        #expect(store.statistics.expiringKeys == 0)
        #expect(store.store.expire(budget: .max, now: Self.at(5000)) == 0)
    }

    @Test("knows after a walk when it has to walk again, and hears of new values")
    func earliest() {
        let store = TestStore()
        for number in 0..<100 {
            // One partition of several pages.
            let key = Key("{tag}\(number)")
            store.merge(Record(key: key, version: .at(1), expiry: Self.at(Int64(1000 + number))))
        }
        #expect(store.store.expire(budget: .max, now: Self.at(1050)) == 100)
        #expect(store.liveKeys == 49)
        #expect(store.store.expire(budget: .max, now: Self.at(1050)) == 0)
        #expect(store.store.expire(budget: .max, now: Self.at(1051)) == 100)
        #expect(store.liveKeys == 48)
        store.merge(Record(key: "{tag}0", version: .at(2), expiry: Self.at(1040)))
        #expect(store.store.expire(budget: .max, now: Self.at(1051)) == 100)
        #expect(store.record("{tag}0")?.kind == .tombstone)
    }

    @Test("a value that arrives during a walk, behind it, is not forgotten")
    func arrival() {
        let store = TestStore()
        let keys = (0..<100).map { Key("{tag}\($0)") }
        for key in keys {
            store.merge(Record(key: key, version: .at(1), expiry: Self.at(5000)))
        }
        store.merge(Record(key: keys[0], version: .at(2), expiry: Self.at(1000)))
        let inOrder = keys.sorted { store.hash($0) < store.hash($1) }
        // Past the first pages, not yet at the end.
        let looked = store.store.expire(budget: 30, now: Self.at(1000))
        #expect(looked >= 30 && looked < 100)
        store.merge(Record(key: inOrder[0], version: .at(3), expiry: Self.at(2000)))
        for _ in 0..<20 { store.store.expire(budget: 30, now: Self.at(1000)) }
        store.store.expire(budget: .max, now: Self.at(2000))
        #expect(store.record(inOrder[0])?.kind == .tombstone)
    }

    @Test("goes on where it stopped, and gets through with any budget")
    func budget() {
        let store = Self.store()
        var calls = 0
        while store.statistics.expiringKeys > 0, calls < 1000 {
            store.store.expire(budget: 3, now: Self.at(2000))
            calls += 1
        }
        #expect(calls > 5 && calls < 1000)
        #expect(store.liveKeys == 100)
    }

    @Test("the cleaner buries what has expired as it comes by")
    func cleaning() {
        let store = Self.store()
        for version in 2...40 as ClosedRange<UInt64> {
            store.store.clean(budget: 4096, now: Self.at(2000))
            for number in 0..<100 {
                store.merge(
                    Record(key: Key("long-\(number)"), version: .at(version), value: [1]))
            }
        }
        #expect(store.statistics.expiredKeys > 0)
        #expect(store.statistics.liveKeys + store.statistics.tombstones == 200)
    }

    @Test("a time before 1970 has passed, and is not never")
    func ancient() {
        let store = TestStore()
        for (key, time) in [("zero", Int64(0)), ("negative", -5), ("least", .min)] {
            store.merge(Record(key: Key(key), version: .at(1), expiry: Self.at(time)))
            #expect(store.record(Key(key))?.isExpired(at: Self.at(1)) == true)
        }
    }
}
