import GrepvineDistCore
import Testing

@testable import GrepvineSearch

struct HitMergerTests {
    private func hit(_ key: String, version: UInt64 = 1) -> DocumentHit {
        DocumentHit(
            key: Key(key), version: Version(clock: HybridClock(rawValue: version), origin: 1),
            matchingLines: 1)
    }

    private func drain(_ merger: inout HitMerger) -> [String] {
        var keys: [String] = []
        while let next = merger.next() { keys.append(next.key.description) }
        return keys
    }

    @Test("nothing comes out while a source may bring something earlier")
    func waits() {
        var merger = HitMerger(sources: 2)
        #expect(merger.wants == [0, 1])
        merger.append([hit("b"), hit("d")], from: 0)
        #expect(merger.wants == [1])
        #expect(merger.next() == nil)
        merger.append([hit("a"), hit("c")], from: 1)
        #expect(drain(&merger) == ["a", "b", "c"])
        #expect(merger.wants == [1])
        #expect(merger.buffered == 1)
        merger.finish(1)
        #expect(drain(&merger) == ["d"])
        #expect(!merger.isFinished)
        merger.finish(0)
        #expect(merger.isFinished)
        #expect(merger.next() == nil)
    }

    @Test("of the copies of a key the highest version comes out, and once")
    func duplicates() {
        var merger = HitMerger(sources: 3)
        merger.append([hit("a", version: 1), hit("b")], from: 0)
        merger.append([hit("a", version: 3)], from: 1)
        merger.append([hit("a", version: 2)], from: 2)
        #expect(merger.next() == hit("a", version: 3))
        #expect(merger.wants == [1, 2])
        for source in 0..<3 { merger.finish(source) }
        #expect(drain(&merger) == ["b"])
    }

    @Test("what a source brings out of order is dropped")
    func outOfOrder() {
        var merger = HitMerger(sources: 1)
        merger.append([hit("b"), hit("a"), hit("b"), hit("c")], from: 0)
        #expect(drain(&merger) == ["b", "c"])
        merger.append([hit("c"), hit("d")], from: 0)
        #expect(drain(&merger) == ["d"])
        merger.finish(0)
        merger.append([hit("e")], from: 0)
        #expect(merger.next() == nil)
    }

    @Test("batches of any size give the sorted union (G1)", arguments: 0..<20)
    func anyBatches(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let count = Int.random(in: 1...5, using: &random)
        var streams = (0..<count).map { _ in
            let keys = (0..<40).map { _ in Int.random(in: 100..<200, using: &random) }
            return Set(keys).sorted()
        }
        let expected = Set(streams.joined()).sorted().map(String.init)
        var merger = HitMerger(sources: count)
        var keys: [String] = []
        while !merger.isFinished {
            for source in merger.wants {
                let batch = streams[source].prefix(Int.random(in: 1...7, using: &random))
                streams[source].removeFirst(batch.count)
                merger.append(batch.map { hit(String($0)) }, from: source)
                if streams[source].isEmpty { merger.finish(source) }
                #expect(merger.buffered <= 7 * count)
            }
            keys += drain(&merger)
        }
        #expect(keys == expected)
    }
}
