import GrepvineDistCore
import GrepvineStorage
import Testing

@Suite("The one door to the store")
struct MergeTests {
    private static let versions: [Version] = [.at(1, 5), .at(2, 1), .at(2, 9), .at(7, 0)]

    @Test("only a higher version is accepted, whatever kind either one is")
    func table() {
        for stored in Self.versions {
            for arriving in Self.versions {
                for kinds in [(RecordKind.value, RecordKind.tombstone), (.tombstone, .value)] {
                    let store = TestStore()
                    let first = Record(key: "k", version: stored, kind: kinds.0)
                    #expect(store.merge(first) == .accepted)
                    let second = Record(key: "k", version: arriving, kind: kinds.1)
                    let expected: MergeOutcome =
                        arriving > stored
                        ? .accepted : arriving == stored ? .differing : .superseded(stored)
                    #expect(store.merge(second) == expected)
                    #expect(store.record("k") == (arriving > stored ? second : first))
                }
            }
        }
    }

    @Test("three versions end the same in every order of arrival")
    func orders() {
        let records = [
            Record(key: "k", version: .at(1), value: [1]), .tombstone("k", .at(2)),
            Record(key: "k", version: .at(3), expiry: WallTime(milliseconds: 9), value: [3]),
        ]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let store = TestStore()
            for index in order { store.merge(records[index]) }
            #expect(store.record("k") == records[2])
            #expect(store.liveKeys == 1)
        }
    }

    @Test("a conditional merge is refused by a stored version above the expected one")
    func conditional() {
        let store = TestStore()
        let key: Key = "k"
        // Absent: below every version.
        #expect(store.merge(Record(key: key, version: .at(5)), ifNotAbove: .zero) == .accepted)
        let next = Record(key: key, version: .at(9), value: [9])
        #expect(store.merge(next, ifNotAbove: .at(4)) == .superseded(.at(5)))
        #expect(store.record(key)?.version == .at(5))
        #expect(store.merge(next, ifNotAbove: .at(5)) == .accepted)
        #expect(store.merge(next, ifNotAbove: .at(5)) == .identical)
    }

    @Test("a version that comes again with another value is told apart, and the first stays (V2)")
    func reusedVersion() {
        let store = TestStore()
        let time = WallTime(milliseconds: 9000)
        let first = Record(
            key: "k", version: .at(5), expiry: time, contentType: .text, value: [1, 2])
        store.merge(first)
        #expect(store.merge(first) == .identical)
        for change: (inout Record) -> Void in [
            { $0.value = [1, 3] }, { $0.value = [1] }, { $0.expiry = nil },
            { $0.contentType = .json }, { ($0.kind, $0.expiry, $0.value) = (.tombstone, nil, []) },
        ] {
            var other = first
            change(&other)
            #expect(store.merge(other) == .differing, "\(other)")
            #expect(store.record("k") == first)
        }
        // Owners let expired values shrink whenever they come by: the same value all the same.
        var shrunk = first
        (shrunk.kind, shrunk.value) = (.tombstone, [])
        #expect(store.merge(shrunk) == .identical)
    }

    @Test("every field comes back, also through a record that arrives encoded")
    func fields() throws {
        let record = Record(
            key: Key((0...255).map(UInt8.init)), version: .at(77, 88),
            expiry: WallTime(milliseconds: 1234), contentType: .json,
            value: (0..<1000).map { UInt8($0 % 251) })
        let store = TestStore()
        store.merge(record)
        #expect(store.record(record.key) == record)
        let bytes = record.key.bytes.withUnsafeBytes {
            store.store.find($0, store.hash(record.key)).map { Array($0.encoded) }
        }
        let encoded = try #require(bytes)
        let other = TestStore(seed: 2)
        let hash = other.hash(record.key)
        let outcome = try encoded.withUnsafeBytes { bytes in
            let view = try #require(RecordView.validated(bytes, checkingCRC: true))
            return other.store.merge(view, hash: hash)
        }
        #expect(outcome == .accepted)
        #expect(other.record(record.key) == record)
        #expect(other.digest(of: Partition(of: record.key)) != .empty)
    }

    @Test("a record in the store may be the source of its own next version")
    func aliasing() {
        let store = TestStore(segmentSize: 4096)
        let key: Key = "k"
        let hash = store.hash(key)
        // Some have a segment of their own, which goes with its only record.
        for (index, length) in [100, 3000, 100, 5000, 100].enumerated() {
            let value = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            store.merge(Record(key: key, version: .at(UInt64(index * 100 + 1)), value: value))
            for step in 2..<90 {
                let outcome = key.bytes.withUnsafeBytes { bytes -> MergeOutcome? in
                    guard let view = store.store.find(bytes, hash) else { return nil }
                    return store.store.merge(
                        key: view.key, hash: hash, version: .at(UInt64(index * 100 + step)),
                        expiry: WallTime(milliseconds: 5), value: view.value)
                }
                #expect(outcome == .accepted)
                #expect(store.record(key)?.value == value)
            }
        }
    }

    @Test("removing by version takes out exactly that version")
    func removal() {
        let store = TestStore()
        store.merge(Record(key: "k", version: .at(3), value: [1]))
        #expect(!store.remove("k", ifVersion: .at(2)))
        #expect(!store.remove("other", ifVersion: .at(3)))
        #expect(store.remove("k", ifVersion: .at(3)))
        #expect(store.record("k") == nil)
        #expect(store.digest(of: Partition(of: "k")) == .empty)
        #expect(store.liveKeys == 0)
        #expect(store.statistics.liveBytes == 0)
    }
}
