import GrepvineDistCore
import Testing

/// One owner's store of one key, by the rule and nothing else.
private struct Cell {
    var record: Record?

    mutating func merge(_ incoming: Record) {
        if Merge.decide(stored: record?.version, incoming: incoming.version) == .accepted {
            record = incoming
        }
    }
}

struct MergeCase: Sendable, CustomTestStringConvertible {
    let name: String
    let records: [Record]
    let winner: Int

    var testDescription: String { name }

    private static func value(_ clock: Int, _ origin: UInt64 = 1, expiry: Int64? = nil) -> Record {
        Record(
            key: "k", version: version(clock, origin),
            expiry: expiry.map(WallTime.init(milliseconds:)), value: [UInt8(clock)])
    }

    static let all: [MergeCase] = [
        MergeCase(name: "newer value", records: [value(1), value(3), value(2)], winner: 1),
        MergeCase(
            name: "tombstone over older values",
            records: [value(1), value(2), .tombstone("k", version(3))], winner: 2),
        MergeCase(
            name: "value over older tombstones",
            records: [.tombstone("k", version(1)), value(4), .tombstone("k", version(3))],
            winner: 1),
        MergeCase(
            name: "same clock, higher origin", records: [value(5, 2), value(5, 9), value(5, 3)],
            winner: 1),
        MergeCase(
            name: "an expired version over an older one that never expires",
            records: [value(7, expiry: 1), value(6), value(5, expiry: 99)], winner: 0),
        MergeCase(
            name: "repeated versions",
            records: [value(2), .tombstone("k", version(4)), value(2), value(3)], winner: 1),
    ]
}

@Suite("The one merge")
struct MergeTests {
    @Test("every order of arrival ends the same (V2)", arguments: MergeCase.all)
    func orders(_ sample: MergeCase) {
        for order in sample.records.permutations {
            var cell = Cell()
            for record in order { cell.merge(record) }
            #expect(cell.record == sample.records[sample.winner])
            for record in order { cell.merge(record) }
            #expect(cell.record == sample.records[sample.winner])
        }
    }

    @Test("is commutative, associative and idempotent", arguments: MergeCase.all)
    func algebra(_ sample: MergeCase) {
        for first in sample.records {
            #expect(Record.merged(first, first) == first)
            for second in sample.records {
                #expect(Record.merged(first, second) == Record.merged(second, first))
                for third in sample.records {
                    #expect(
                        Record.merged(Record.merged(first, second), third)
                            == Record.merged(first, Record.merged(second, third)))
                }
            }
        }
    }

    @Test("decides by version, fence and condition")
    func decisions() {
        func decide(
            _ stored: Int?, _ incoming: Int, fence: Int? = nil, expected: Int? = nil
        ) -> Merge {
            Merge.decide(
                stored: stored.map { version($0) }, incoming: version(incoming),
                fence: fence.map { HybridClock(rawValue: UInt64($0)) },
                expected: expected.map { version($0) })
        }
        #expect(decide(nil, 1) == .accepted)
        #expect(decide(1, 2) == .accepted)
        #expect(decide(2, 2) == .identical)
        #expect(decide(3, 2) == .superseded(version(3)))
        #expect(decide(nil, 2, fence: 2) == .fenced(HybridClock(rawValue: 2)))
        #expect(decide(nil, 3, fence: 2) == .accepted)
        #expect(decide(1, 2, fence: 5) == .fenced(HybridClock(rawValue: 5)))
        #expect(decide(9, 2, fence: 5) == .superseded(version(9)))
        #expect(decide(2, 2, fence: 5) == .identical)
        #expect(decide(4, 9, expected: 3) == .superseded(version(4)))
        #expect(decide(3, 9, expected: 3) == .accepted)
        #expect(decide(nil, 9, expected: 3) == .accepted)
        #expect(decide(9, 9, expected: 3) == .identical)
    }
}
