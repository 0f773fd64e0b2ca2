import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("Indexes of segments for searches")
struct IndexingTests {
    private static let parts: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: 5000), [9]]

    private static func index(_ bytes: Int, covering order: IndexingOrder) throws -> SearchIndex {
        try #require(
            SearchIndex(
                parts: [Array(repeating: 1, count: bytes)], covered: order.snapshot.tail))
    }

    private static func record(_ number: Int, _ version: UInt64 = 1, _ length: Int = 200) -> Record
    {
        Record(
            key: Key("key-\(number)"), version: .at(version),
            value: Array(repeating: 5, count: length))
    }

    private static func quiet(_ store: TestStore) {
        for _ in 0..<11 { store.store.lookAtSegments() }
    }

    @Test("are bytes that can be read back part by part")
    func roundTrip() throws {
        let index = try #require(SearchIndex(parts: Self.parts, covered: 12_345))
        let again = try #require(SearchIndex(copying: index.bytes))
        for each in [index, again] {
            #expect((0..<each.partCount).map { Array(each.part($0)) } == Self.parts)
            #expect(each.covered == 12_345)
            #expect(each.footprint == 8192)
        }
        #expect(Array(index.bytes) == Array(again.bytes))
    }

    @Test("are refused when a byte of a part, a length or the end is not as it was")
    func damage() throws {
        let index = try #require(SearchIndex(parts: Self.parts, covered: 1))
        let whole = Array(index.bytes)
        for length in [0, 1, 15, 16, 79, 80, 100, whole.count - 1] {
            #expect(Array(whole.prefix(length)).withUnsafeBytes { SearchIndex(copying: $0) } == nil)
        }
        #expect((whole + [0]).withUnsafeBytes { SearchIndex(copying: $0) } == nil)
        var random = SeededGenerator(seed: 1)
        var accepted = 0
        for _ in 0..<2000 {
            var bytes = whole
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            guard let index = bytes.withUnsafeBytes({ SearchIndex(copying: $0) }) else { continue }
            accepted += 1
            #expect((0..<index.partCount).map { Array(index.part($0)) } == Self.parts, "\(place)")
        }
        // What it covers, and bytes between parts, are not part of any.
        #expect(accepted < 100)
    }

    @Test("go to segments that have been quiet, and into snapshots from then on")
    func attached() throws {
        let store = TestStore(segmentSize: 1 << 17)
        for number in 0..<300 { store.merge(Self.record(number)) }
        #expect(store.store.nextToIndex() == nil)
        Self.quiet(store)
        let before = store.snapshot()
        var orders = 0
        while let order = store.store.nextToIndex() {
            #expect(store.attach(try Self.index(3000, covering: order), to: order))
            orders += 1
        }
        #expect(orders > 0)
        #expect(store.statistics.searchIndexBytes == orders * 4096)
        #expect(store.statistics.searchIndexedBytes > 40_000)
        #expect(before.allSatisfy { $0.index == nil })
        let after = store.snapshot()
        #expect(after.filter { $0.index != nil }.count == orders)
        #expect(after.records.byKey == before.records.byKey)
    }

    @Test("cover the open segment up to where it was, and are replaced as it grows")
    func open() throws {
        let store = TestStore(segmentSize: 8 << 20)
        var covered = 0
        for round in 1...4 {
            for number in 0..<1000 { store.merge(Self.record(number + round * 1000, 1, 2000)) }
            Self.quiet(store)
            while let order = store.store.nextToIndex() {
                #expect(store.attach(try Self.index(100, covering: order), to: order))
            }
            let now = store.statistics.searchIndexedBytes
            #expect(now > covered + 1_900_000)
            covered = now
        }
        #expect(store.statistics.searchIndexBytes == 4096 * store.statistics.segments)
    }

    @Test("are dropped when their segment was freed meanwhile, and go with it later")
    func freed() throws {
        let store = TestStore(segmentSize: 1 << 14)
        for number in 0..<200 { store.merge(Self.record(number)) }
        Self.quiet(store)
        let order = store.store.nextToIndex()
        let first = try #require(order)
        for version in 2...6 as ClosedRange<UInt64> {
            for number in 0..<200 { store.merge(Self.record(number, version)) }
        }
        #expect(!store.attach(try Self.index(100, covering: first), to: first))
        #expect(store.statistics.searchIndexBytes == 0)
        Self.quiet(store)
        while let order = store.store.nextToIndex() {
            #expect(store.attach(try Self.index(100, covering: order), to: order))
        }
        #expect(store.statistics.searchIndexBytes > 0)
        for version in 7...12 as ClosedRange<UInt64> {
            for number in 0..<200 { store.merge(Self.record(number, version)) }
        }
        #expect(store.statistics.searchIndexBytes == 0)
        store.store.removeAll()
        #expect(store.statistics.allocatedBytes == TestStore().statistics.allocatedBytes)
    }

    @Test("are not made of segments that are half dead")
    func dying() throws {
        let store = TestStore(segmentSize: 1 << 14)
        for number in 0..<60 { store.merge(Self.record(number)) }
        for number in 0..<25 { store.merge(Self.record(number, 2)) }
        for _ in 0..<30 { store.store.lookAtSegments() }
        while let order = store.store.nextToIndex() {
            let alive = [order.snapshot].records.count
            #expect(alive * 4 >= order.snapshot.tail / 256 * 3)
            #expect(store.attach(try Self.index(100, covering: order), to: order))
        }
    }

    @Test("stay within the memory limit, and no overwrite fails because of them (W6, E1)")
    func limit() throws {
        let limit = 4 << 20
        let store = TestStore(segmentSize: 1 << 17, memoryLimit: limit, pageLines: 32)
        var number = 0
        while store.merge(Self.record(number)) == .accepted { number += 1 }
        Self.quiet(store)
        var refused = 0
        while let order = store.store.nextToIndex(), refused < 3 {
            // Larger than anybody expects.
            let index = try Self.index(order.snapshot.tail / 2, covering: order)
            if !store.attach(index, to: order) { refused += 1 }
            #expect(store.statistics.allocatedBytes <= limit)
        }
        for each in 0..<number { #expect(store.merge(Self.record(each, 2)) == .accepted) }
        #expect(store.statistics.allocatedBytes <= limit + limit / 32 + 4096)
    }

    @Test("make room for fewer records, as they share their memory")
    func shared() throws {
        func fill(indexing: Bool) throws -> Int {
            let store = TestStore(segmentSize: 1 << 17, memoryLimit: 4 << 20, pageLines: 32)
            var number = 0
            while store.merge(Self.record(number)) == .accepted {
                number += 1
                guard indexing, number % 500 == 0 else { continue }
                Self.quiet(store)
                while let order = store.store.nextToIndex() {
                    let index = try Self.index(order.snapshot.tail / 6, covering: order)
                    guard store.attach(index, to: order) else { break }
                }
            }
            return number
        }
        let (without, with) = (try fill(indexing: false), try fill(indexing: true))
        #expect(with < without * 95 / 100)
        #expect(with > without * 75 / 100)
    }
}
