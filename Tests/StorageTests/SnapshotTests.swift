import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("Snapshots")
struct SnapshotTests {
    private static let keys = (0..<200).map { Key("key-\($0)") }

    private static func record(_ key: Int, _ version: UInt64) -> Record {
        let value = "\(key)/\(version)"
        return Record(
            key: keys[key], version: .at(version), contentType: .text, value: Array(value.utf8))
    }

    @Test("hold one moment while other threads read them and the store goes on")
    func concurrent() async {
        let store = TestStore(segmentSize: 4096)
        await withTaskGroup(of: Bool.self) { group in
            for version in 1...200 as ClosedRange<UInt64> {
                for key in Self.keys.indices { store.merge(Self.record(key, version)) }
                guard version % 10 == 0 else { continue }
                let snapshot = store.snapshot()
                group.addTask {
                    let expected = Self.keys.indices.map { Self.record($0, version) }
                    return snapshot.records.byKey == expected.byKey
                }
            }
            store.store.removeAll()
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("can be read in steps, each from where the last one stopped")
    func steps() throws {
        let store = TestStore(segmentSize: 1 << 16)
        for version in 1...2 as ClosedRange<UInt64> {
            for key in 0..<20 { store.merge(Self.record(key, version)) }
        }
        let segment = try #require(store.snapshot().first)
        var found: [Record] = []
        var position = 0
        while position < segment.tail {
            var left = 3
            position = segment.forEachRecord(from: position) { record in
                found.append(record.record)
                left -= 1
                return left > 0
            }
        }
        #expect(found == (0..<20).map { Self.record($0, 2) })
        #expect(position == segment.tail)
    }

    @Test("values have readable bytes behind them")
    func padding() {
        let store = TestStore(segmentSize: 4096)
        // Records of 56 bytes fill a segment to within less than one.
        for number in 0..<500 {
            store.merge(Record(key: Key("\(1000 + number)"), version: .at(1), value: [1, 2, 3]))
        }
        var sum = 0
        for segment in store.snapshot() {
            segment.forEachRecord { record in
                guard let start = record.value.baseAddress else { return false }
                for offset in 0..<MemorySegment.padding {
                    sum += Int(start.load(fromByteOffset: offset, as: UInt8.self))
                }
                return true
            }
        }
        #expect(sum > 0)
    }
}
