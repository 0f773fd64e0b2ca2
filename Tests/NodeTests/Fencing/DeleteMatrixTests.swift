import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport
import Testing

@testable import GrepvineNode

/// A node that owns everything alone, as one owner of the matrix.
private final class Owner {
    let test = TestNode()
    private let partition = Partition(of: "k")

    init(_ record: Record?, at mark: FenceMark, vouching: Bool = false) {
        if let record { _ = write(record) }
        if vouching { test.node.fences.table.vouch(partition, upTo: mark.fence) }
        test.node.fences.table.begin(partition, above: mark.stable)
        test.node.fences.table.raise(partition, to: mark.fence)
    }

    var mark: FenceMark { test.node.fences.table[partition] }

    var digest: PartitionDigest { test.node.store.digest(of: partition) }

    var record: Record? {
        let key = Key("k")
        return key.bytes.withUnsafeBytes { bytes in
            let hash = test.node.store.hash(of: bytes, partition: partition)
            return test.node.store.find(bytes, hash)?.record
        }
    }

    /// A write as another coordinator sends it, however late.
    func write(_ record: Record) -> WriteCoordinator.Reply {
        test.node.merge(record.encoded(), expected: nil, now: test.now)
    }

    /// A copy of another owner.
    func take(_ record: Record, from mark: FenceMark) -> MergedCopies? {
        record.encoded().withUnsafeBytes {
            test.node.mergeCopies(
                $0, from: MarkList(partition, mark), now: test.now, accepts: { _ in true })
        }
    }

    func learn(_ mark: FenceMark) { _ = test.node.learn(mark, of: partition, now: test.now) }

    func purge() { _ = test.node.store.purge(partition, behind: mark.stable) }

    func answer() throws -> String? { try TestFace(test).value("GET k").text }
}

extension Record {
    fileprivate var text: String { String(decoding: value, as: UTF8.self) }
}

@Suite("The delete matrix")
struct DeleteMatrixTests {
    @Test("it has every cell")
    func isWhole() {
        #expect(DeleteCell.all.count == 4 * 4 * 3 * DeleteCell.fences.count)
        #expect(Set(DeleteCell.all.map(\.testDescription)).count == DeleteCell.all.count)
    }

    @Test(
        "a copy comes in by version, from whoever knows what was deleted (T2)",
        arguments: DeleteCell.all)
    func copy(_ cell: DeleteCell) {
        guard let theirs = cell.theirRecord else { return }
        let owner = Owner(cell.ourRecord, at: cell.fence.own)
        let merged = owner.take(theirs, from: cell.fence.sender)
        let winner = cell.fence.admitsCopy ? cell.newest : .ours
        #expect(owner.record == cell.record(of: winner))
        #expect(merged?.isWhole == cell.fence.admitsCopy)
        #expect(merged?.accepted == (winner == .theirs ? 1 : 0))
        #expect(owner.test.metrics.fences.fencedCopies == (cell.fence.admitsCopy ? 0 : 1))
    }

    @Test("a write that comes late stays out behind a fence (T2)", arguments: DeleteCell.all)
    func write(_ cell: DeleteCell) {
        guard let theirs = cell.theirRecord else { return }
        let owner = Owner(cell.ourRecord, at: cell.fence.own)
        let reply = owner.write(theirs)
        let winner = cell.fence.admitsWrite ? cell.newest : .ours
        #expect(owner.record == cell.record(of: winner))
        let expected: WriteCoordinator.Reply =
            if cell.isContradiction {
                .refused(.badRequest)
            } else if cell.ourRecord?.version == theirs.version || winner == .theirs {
                .accepted
            } else if cell.fence.admitsWrite {
                .superseded(cell.ourRecord?.version ?? .zero)
            } else {
                .fenced(cell.fence.own.fence)
            }
        #expect(reply == expected)
    }

    @Test(
        "two owners that exchange all become equal; what was agreed to be gone stays gone (T2, T4)",
        arguments: DeleteCell.all)
    func exchange(_ cell: DeleteCell) throws {
        let ours = Owner(cell.ourRecord, at: cell.fence.own, vouching: cell.fence.hasVouched)
        // An owner that took part holds what the others hold; they have purged it since.
        let theirRecord = cell.fence.hasVouched ? cell.ourRecord : cell.theirRecord
        let theirs = Owner(theirRecord, at: cell.fence.sender)
        if cell.fence.hasVouched { theirs.purge() }
        // Twice, because what one learns from the other's answer matters to the next one.
        for _ in 0..<2 {
            theirs.learn(ours.mark)
            ours.learn(theirs.mark)
            if let record = theirs.record { _ = ours.take(record, from: theirs.mark) }
            if let record = ours.record { _ = theirs.take(record, from: ours.mark) }
        }
        #expect(ours.mark == theirs.mark)
        #expect(ours.digest == theirs.digest)
        var winner = cell.record(of: cell.fence.hasVouched ? .ours : cell.keeper)
        let isPurged = cell.fence.hasVouched && theirs.record == nil
        if !cell.isContradiction, !isPurged {
            #expect(ours.record == winner && theirs.record == winner)
        }
        let isLive = winner?.isLive(at: TestNode.start) ?? false
        for owner in [ours, theirs] {
            owner.purge()
            if winner.map({ $0.version.clock <= owner.mark.stable }) == true, !isLive {
                winner = nil
            }
            guard !cell.isContradiction else { continue }
            #expect(owner.record == winner)
            #expect(try owner.answer() == (isLive ? winner?.text : nil))
        }
    }
}
