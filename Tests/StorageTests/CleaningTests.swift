import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("The cleaner")
struct CleaningTests {
    private static func value(_ number: Int) -> [UInt8] {
        Array(repeating: UInt8(number % 251), count: 64)
    }

    @Test("keeps memory bounded when everything is overwritten fifty times")
    func overwriting() {
        let segmentSize = 64 << 10
        let store = TestStore(segmentSize: segmentSize, pageLines: 32)
        let keys = (0..<2000).map { Key("key-\($0)") }
        var generator = SeededGenerator(seed: 1)
        for step in 0..<50 * keys.count {
            let number = Int.random(in: 0..<keys.count, using: &generator)
            store.merge(
                Record(key: keys[number], version: .at(UInt64(step + 1)), value: Self.value(number))
            )
            guard step % 1000 == 999 else { continue }
            let statistics = store.statistics
            let sealed = statistics.liveBytes + statistics.deadBytes
            // A quarter, what the open segment and the one in work hold, and a batch.
            #expect(statistics.deadBytes <= sealed / 4 + 2 * segmentSize + 16 << 10)
            #expect(
                statistics.allocatedBytes
                    <= statistics.liveBytes * 4 / 3 + statistics.indexBytes + 5 * segmentSize)
        }
        let found = store.scanned()
        #expect(
            found.allSatisfy { record in
                let number = Int(record.key.description.dropFirst(4)) ?? -1
                return record.value == Self.value(number)
            })
        #expect(store.statistics.copiedBytes > 0)
    }

    @Test("has nothing left to do after enough calls, and loses nothing")
    func idle() {
        let store = TestStore()
        for round in 1...3 as ClosedRange<UInt64> {
            for number in 0..<300 {
                store.merge(
                    Record(
                        key: Key("\(number)"), version: .at(round), value: Self.value(number)))
            }
        }
        let before = store.scanned().byKey
        var calls = 0
        while store.store.clean(budget: 512, now: WallTime(milliseconds: 0)) > 0, calls < 10_000 {
            calls += 1
        }
        #expect(calls < 10_000)
        #expect(store.scanned().byKey == before)
        let statistics = store.statistics
        #expect(statistics.deadBytes <= statistics.liveBytes / 3 + 8192)
    }

    @Test("a large record goes back to the system as soon as it is replaced")
    func large() {
        let store = TestStore(segmentSize: 8192)
        store.merge(Record(key: "k", version: .at(1), value: Array(repeating: 1, count: 1 << 20)))
        #expect(store.statistics.allocatedBytes > 1 << 20)
        store.merge(Record(key: "k", version: .at(2), value: [2]))
        #expect(store.statistics.allocatedBytes < 1 << 17)
        #expect(store.record("k")?.value == [2])
    }

    @Test("a segment that fills up with removed records goes at once")
    func removed() {
        let store = TestStore()
        for version in 1...1000 as ClosedRange<UInt64> {
            store.merge(Record(key: "k", version: .at(version), value: [1]))
            #expect(store.remove("k", ifVersion: .at(version)))
        }
        #expect(store.statistics.segments == 1)
        #expect(store.statistics.deadBytes <= 8192)
        #expect(store.snapshot().isEmpty)
    }

    @Test("every byte of a segment is live or dead, before and after cleaning")
    func accounting() {
        let store = TestStore()
        for number in 0..<3000 {
            let key = Key("\(number * number % 701)")
            store.merge(
                number % 4 == 0
                    ? .tombstone(key, .at(UInt64(number + 1)))
                    : Record(key: key, version: .at(UInt64(number + 1)), value: [1, 2, 3]))
            guard number % 100 == 0 else { continue }
            let statistics = store.statistics
            let tails = store.snapshot().reduce(0) { $0 + $1.tail }
            #expect(statistics.liveBytes + statistics.deadBytes == tails)
            let live = store.snapshot().records.reduce(0) {
                $0
                    + RecordLayout.size(
                        keyLength: $1.key.bytes.count, valueLength: $1.value.count)
            }
            #expect(statistics.liveBytes == live)
        }
    }
}
