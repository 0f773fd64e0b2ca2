import GrepvineDistCore
import Testing

private func clock(_ number: UInt64) -> HybridClock { HybridClock(rawValue: number) }

private func mark(_ fence: UInt64, _ stable: UInt64) -> FenceMark {
    FenceMark(fence: clock(fence), stable: clock(stable))
}

/// A copy stamped `stamp` from an owner that stands at `sender`, and what becomes of it.
private struct Copy: Sendable, CustomTestStringConvertible {
    let own: FenceMark
    let sender: FenceMark
    let stamp: UInt64
    let isAdmitted: Bool
    let why: String

    var testDescription: String { why }

    static let all: [Copy] = [
        Copy(own: mark(0, 0), sender: mark(0, 0), stamp: 1, isAdmitted: true, why: "no fence"),
        Copy(own: mark(9, 5), sender: mark(0, 0), stamp: 10, isAdmitted: true, why: "above it"),
        Copy(own: mark(9, 5), sender: mark(0, 0), stamp: 9, isAdmitted: false, why: "at it"),
        Copy(
            own: mark(9, 5), sender: mark(9, 0), stamp: 6, isAdmitted: true,
            why: "both stand at the same fence"),
        Copy(
            own: mark(9, 5), sender: mark(8, 5), stamp: 6, isAdmitted: false,
            why: "the sender's fence is lower"),
        Copy(
            own: mark(9, 5), sender: mark(12, 5), stamp: 6, isAdmitted: false,
            why: "the sender's fence is higher"),
        Copy(
            own: mark(9, 5), sender: mark(12, 9), stamp: 6, isAdmitted: true,
            why: "all owners agreed on more than this one's fence, the sender among them"),
        Copy(
            own: mark(9, 5), sender: mark(9, 4), stamp: 5, isAdmitted: false,
            why: "the sender knows nothing of what all owners agreed on"),
        Copy(
            own: mark(9, 5), sender: mark(9, 5), stamp: 5, isAdmitted: true,
            why: "the sender agreed on it"),
        Copy(
            own: mark(9, 5), sender: mark(20, 7), stamp: 3, isAdmitted: true,
            why: "the sender agreed on more"),
    ]
}

@Suite("Where an owner stands")
struct FenceTableTests {
    private let partition = Partition(number: 7)

    private func table(_ mark: FenceMark) -> FenceTable {
        var table = FenceTable()
        table.begin(partition, above: mark.stable)
        table.raise(partition, to: mark.fence)
        return table
    }

    @Test("copies come in from owners that know what was deleted (T2)", arguments: Copy.all)
    private func admission(_ copy: Copy) {
        let table = table(copy.own)
        #expect(table[partition] == copy.own)
        #expect(
            table.admits(clock(copy.stamp), of: partition, from: copy.sender) == copy.isAdmitted)
        // Other partitions have nothing to do with it.
        #expect(table.admits(clock(copy.stamp), of: Partition(number: 8), from: copy.sender))
    }

    @Test("fences only rise (T2)")
    func rises() {
        var table = FenceTable()
        table.raise(partition, to: clock(9))
        table.raise(partition, to: clock(4))
        #expect(table[partition] == mark(9, 0))
        table.begin(partition, above: clock(5))
        table.begin(partition, above: clock(3))
        #expect(table[partition] == mark(9, 5))
        #expect(table.fence(of: Partition(number: 6)) == clock(0))
    }

    @Test("an owner settles only what it has spoken for with the memory that it has (T4)")
    func settles() {
        var table = FenceTable()
        var isSettled = table.settle(partition, upTo: clock(5))
        #expect(!isSettled)
        table.raise(partition, to: clock(8))
        isSettled = table.settle(partition, upTo: clock(5))
        #expect(!isSettled)
        #expect(table[partition] == mark(8, 0))
        table.vouch(partition, upTo: clock(6))
        isSettled = table.settle(partition, upTo: clock(7))
        #expect(!isSettled)
        isSettled = table.settle(partition, upTo: clock(6))
        #expect(isSettled)
        #expect(table[partition] == mark(8, 6))
        // What was settled before is none the worse for it.
        isSettled = table.settle(partition, upTo: clock(2))
        #expect(isSettled)
        #expect(table[partition] == mark(8, 6))
    }

    @Test("a mark's stable point is never above its fence (T4)")
    func marks() {
        #expect(mark(3, 8) == mark(8, 8))
        #expect(FenceMark.none == mark(0, 0))
    }
}
