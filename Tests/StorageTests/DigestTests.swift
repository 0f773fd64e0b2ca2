import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("The digests of a store")
struct DigestTests {
    private static let records: [Record] = (0..<800).map { number in
        let key = Key("key-\(number % 200)")
        let version = Version.at(UInt64(number * 7919 % 800), UInt64(number))
        return number % 5 == 0
            ? .tombstone(key, version)
            : Record(key: key, version: version, value: Array(repeating: 1, count: number % 90))
    }

    private static func differing(_ left: TestStore, _ right: TestStore) -> [Partition] {
        Partition.all.filter { left.digest(of: $0) != right.digest(of: $0) }
    }

    @Test("are equal for equal contents, whatever the order, the seed and the layout (A1)")
    func equality() {
        let first = TestStore(seed: 1)
        for record in Self.records { first.merge(record) }
        for seed in 2...5 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let other = TestStore(seed: seed, segmentSize: 4096 << Int(seed), pageLines: Int(seed))
            for record in Self.records.shuffled(using: &generator) { other.merge(record) }
            for record in Self.records.prefix(100) { other.merge(record) }
            #expect(Self.differing(other, first) == [])
            #expect(other.scanned().byKey == first.scanned().byKey)
        }
        #expect(Self.differing(first, TestStore()).count > 100)
    }

    @Test("differ in exactly the partition of a key whose version differs")
    func difference() {
        let (left, right) = (TestStore(seed: 1), TestStore(seed: 2))
        for record in Self.records {
            left.merge(record)
            right.merge(record)
        }
        right.merge(Record(key: "key-7", version: .at(9999)))
        #expect(Self.differing(left, right) == [Partition(of: "key-7")])
    }
}
