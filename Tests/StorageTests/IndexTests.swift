import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("The key index")
struct IndexTests {
    /// Hash bits that count, and how keys are named: plenty of partitions, or only one.
    struct Shape: CustomTestStringConvertible {
        var description: String
        var hashMask: UInt64
        var prefix: String

        var testDescription: String { description }

        static let all = [
            Shape(description: "good hashes", hashMask: .max, prefix: ""),
            Shape(description: "one partition", hashMask: .max, prefix: "{tag}"),
            Shape(description: "sixteen hashes", hashMask: 0xf, prefix: "{tag}"),
            Shape(description: "no bit for the directory", hashMask: 0xffff, prefix: "{tag}"),
            Shape(description: "low bits alone", hashMask: 0xfff << 20, prefix: ""),
            Shape(description: "one hash for all", hashMask: 0, prefix: "{tag}"),
        ]
    }

    @Test(
        "finds what is there and nothing else as pages grow, split and empty", arguments: Shape.all)
    func growth(shape: Shape) {
        let store = TestStore(pageLines: 2, hashMask: shape.hashMask)
        let count = 1500
        let keys = (0..<count).map { Key("\(shape.prefix)\($0)") }
        for (number, key) in keys.enumerated() {
            #expect(store.record(key) == nil)
            #expect(store.merge(Record(key: key, version: .at(1), value: [1])) == .accepted)
            // A look back now and then, among them at what has just moved.
            if number % 193 == 0 {
                #expect(keys[...number].allSatisfy { store.record($0) != nil })
            }
        }
        var generator = SeededGenerator(seed: 3)
        let order = keys.shuffled(using: &generator)
        for (number, key) in order.enumerated() {
            #expect(store.remove(key, ifVersion: .at(1)))
            if number % 193 == 0 || number > count - 20 {
                #expect(order[...number].allSatisfy { store.record($0) == nil })
                #expect(order[(number + 1)...].allSatisfy { store.record($0) != nil })
            }
        }
        for key in keys { #expect(store.merge(Record(key: key, version: .at(2))) == .accepted) }
        #expect(store.scanned().count == count)
    }

    @Test("takes a bounded number of bytes per key, even if hashes are alike", arguments: Shape.all)
    func size(shape: Shape) {
        let store = TestStore(segmentSize: 1 << 20, pageLines: 32, hashMask: shape.hashMask)
        let empty = store.statistics.indexBytes
        let count = 4000
        for number in 0..<count {
            store.merge(Record(key: Key("\(shape.prefix)\(number)"), version: .at(1)))
        }
        // Many partitions with a few keys each pay for pages that are half empty.
        let most = shape.prefix.isEmpty ? 64 : 16
        #expect((store.statistics.indexBytes - empty) / count <= most)
    }

    @Test("prefetching changes nothing, whether a key is there or not")
    func prefetch() {
        let store = TestStore()
        for number in 0..<100 {
            let key = Key("key-\(number)")
            let hash = store.hash(key)
            let batch = [
                RecordStore.Prefetch(hash, isWrite: true),
                RecordStore.Prefetch(hash, isWrite: false),
            ]
            batch.withUnsafeBufferPointer { store.store.prefetch($0) }
            if number % 2 == 0 { store.merge(Record(key: key, version: .at(1))) }
            batch.withUnsafeBufferPointer { store.store.prefetch($0) }
            #expect((store.record(key) != nil) == (number % 2 == 0))
        }
    }
}
