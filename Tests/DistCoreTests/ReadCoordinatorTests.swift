import GrepvineDistCore
import Testing

@Suite("A read")
struct ReadCoordinatorTests {
    private static func record(_ clock: Int) -> Record {
        Record(key: "k", version: version(clock), value: [UInt8(clock)])
    }

    private static func whole(_ clock: Int, isRecovering: Bool = false) -> ReadAnswer {
        ReadAnswer(record(clock), at: .init(milliseconds: 0), isRecovering: isRecovering)
    }

    private static func bare(_ clock: Int, isRecovering: Bool = false) -> ReadAnswer {
        ReadAnswer(version: version(clock), state: .value, isRecovering: isRecovering)
    }

    private static func read(_ level: Consistency, owners: Int = 3) -> ReadCoordinator {
        var read = ReadCoordinator(owners: nodes(owners), level: level)
        _ = read.start()
        return read
    }

    private static func ask(_ owner: Int, value: Bool) -> ReadCoordinator.Ask {
        ReadCoordinator.Ask(owner: node(owner), wantsValue: value)
    }

    @Test(
        "asks the best owner for the value and the others of the level for versions (R1)",
        arguments: [(Consistency.one, 1), (.quorum, 2), (.all, 3)])
    func first(level: Consistency, count: Int) {
        var read = ReadCoordinator(owners: nodes(3), level: level)
        #expect(read.start() == (0..<count).map { Self.ask($0, value: $0 == 0) })
    }

    @Test("equal versions answer at once")
    func agreement() {
        var read = Self.read(.quorum)
        #expect(read.receive(Self.bare(4), from: node(1)) == .wait)
        #expect(
            read.receive(Self.whole(4), from: node(0)) == .finish(.value(Self.record(4))))
        #expect(read.repairs == nil)
        #expect(!read.mayBeStale)
    }

    @Test("a newer version is fetched from its holder and written back first (R2)")
    func fetchAndWriteBack() {
        var read = Self.read(.quorum)
        #expect(read.receive(Self.whole(4), from: node(0)) == .wait)
        #expect(
            read.receive(Self.bare(6), from: node(1)) == .ask([Self.ask(1, value: true)]))
        #expect(read.receive(Self.bare(6), from: node(1)) == .wait, "a repeated version")
        #expect(
            read.receive(Self.whole(6), from: node(1))
                == .writeBack(Self.whole(6), to: [node(0)]))
        #expect(read.wroteBack(to: node(0)) == .finish(.value(Self.record(6))))
        #expect(read.wroteBack(to: node(0)) == .wait)
    }

    @Test("what an owner let go of hides what is not newer, and nothing is written back (E1)")
    func evicted() {
        let limit = ReadAnswer.evicted(upTo: version(4).clock)
        for old in [Self.whole(3), Self.whole(4), .absent()] {
            var read = Self.read(.quorum)
            #expect(read.receive(old, from: node(0)) == .wait)
            #expect(read.receive(limit, from: node(1)) == .finish(.evicted(limit.version)))
            #expect(read.repairs == nil)
        }
        var read = Self.read(.quorum)
        #expect(read.receive(limit, from: node(0)) == .wait)
        #expect(read.receive(Self.bare(5), from: node(1)) == .ask([Self.ask(1, value: true)]))
        #expect(
            read.receive(Self.whole(5), from: node(1))
                == .writeBack(Self.whole(5), to: [node(0)]))
        #expect(read.wroteBack(to: node(0)) == .finish(.value(Self.record(5))))
    }

    @Test("a holder that fails before it gives the value is replaced by another owner")
    func fetchFails() {
        var read = Self.read(.quorum)
        _ = read.receive(Self.whole(4), from: node(0))
        _ = read.receive(Self.bare(6), from: node(1))
        #expect(
            read.receive(.unreachable, from: node(1)) == .ask([Self.ask(2, value: false)]))
        #expect(read.receive(Self.bare(4), from: node(2)) == .finish(.value(Self.record(4))))
    }

    @Test("a write-back that fails goes to another owner, or the read fails")
    func writeBackFails() {
        var read = Self.read(.quorum)
        _ = read.receive(Self.whole(6), from: node(0))
        #expect(
            read.receive(Self.bare(4), from: node(1))
                == .writeBack(Self.whole(6), to: [node(1)]))
        #expect(
            read.writeBackFailed(to: node(1)) == .writeBack(Self.whole(6), to: [node(2)]))
        var other = read
        #expect(read.wroteBack(to: node(2)) == .finish(.value(Self.record(6))))
        #expect(read.repairs?.owners == [node(1)])
        guard case .finish(.failed(let shortfall)) = other.writeBackFailed(to: node(2)) else {
            Issue.record("no end")
            return
        }
        #expect(shortfall.missing == [node(1), node(2)])
    }

    @Test("ONE answers at once, says that it may be stale, and repairs behind (R4)")
    func one() {
        var read = Self.read(.one)
        #expect(read.hedge() == Self.ask(1, value: true))
        #expect(read.receive(Self.whole(4), from: node(0)) == .finish(.value(Self.record(4))))
        #expect(read.mayBeStale)
        #expect(read.receive(Self.whole(6), from: node(1)) == .wait)
        #expect(read.repairs?.owners == [node(0)])
        #expect(read.repairs?.answer == Self.whole(6))
        #expect(!Self.read(.one, owners: 1).mayBeStale)
    }

    /// A read at ONE by somebody who knows of version 6, whose first owner has answered version 4.
    private static func behind() -> (read: ReadCoordinator, step: ReadCoordinator.Step) {
        var read = ReadCoordinator(owners: nodes(3), level: .one, atLeast: version(6))
        _ = read.start()
        let step = read.receive(whole(4), from: node(0))
        return (read, step)
    }

    @Test("an owner behind what the reader knows of is passed over for all others (R4)")
    func atLeast() {
        var (read, step) = Self.behind()
        #expect(step == .ask([Self.ask(1, value: true), Self.ask(2, value: true)]))
        #expect(read.receive(Self.whole(4), from: node(1)) == .wait)
        #expect(read.receive(Self.whole(7), from: node(2)) == .finish(.value(Self.record(7))))
        var known = ReadCoordinator(owners: nodes(3), level: .one, atLeast: version(6))
        _ = known.start()
        #expect(known.receive(Self.whole(6), from: node(0)) == .finish(.value(Self.record(6))))
    }

    @Test("nothing older is answered: without an owner that has it the read fails as stale (R4)")
    func stale() {
        var (read, _) = Self.behind()
        _ = read.receive(Self.whole(4), from: node(1))
        guard case .finish(.failed(let silent)) = read.receive(.unreachable, from: node(2)) else {
            Issue.record("no end")
            return
        }
        #expect(silent.code == .stale && silent.missing == [node(2)])
        #expect(silent.failure().message.contains("missing \(node(2).short)"))
        (read, _) = Self.behind()
        _ = read.receive(Self.whole(4), from: node(1))
        guard case .finish(.failed(let older)) = read.receive(Self.whole(4), from: node(2)) else {
            Issue.record("an older answer")
            return
        }
        #expect(older.code == .stale && older.missing.isEmpty && older.isDefinite)
    }

    @Test("what no owner holds is gone, but an owner in recovery cannot tell (R4, R5)")
    func gone() {
        for isRecovering in [false, true] {
            var read = ReadCoordinator(owners: nodes(2), level: .one, atLeast: version(6))
            _ = read.start()
            _ = read.receive(.absent(), from: node(0))
            let end = read.receive(.absent(isRecovering: isRecovering), from: node(1))
            if isRecovering {
                guard case .finish(.failed(let shortfall)) = end else {
                    Issue.record("an answer of nobody who knows")
                    return
                }
                #expect(shortfall.code == .stale)
            } else {
                #expect(end == .finish(.absent))
            }
        }
        var deleted = ReadCoordinator(owners: nodes(2), level: .one, atLeast: version(6))
        _ = deleted.start()
        let tombstone = ReadAnswer(version: version(8), state: .tombstone)
        #expect(deleted.receive(tombstone, from: node(0)) == .finish(.tombstone(version(8))))
    }

    @Test("a recovering owner does not count, and a newer version that it has is adopted (R5)")
    func recovering() {
        var read = Self.read(.quorum)
        _ = read.receive(Self.whole(4), from: node(0))
        #expect(
            read.receive(Self.bare(6, isRecovering: true), from: node(1))
                == .ask([Self.ask(2, value: false)]))
        #expect(
            read.receive(Self.bare(4), from: node(2)) == .ask([Self.ask(1, value: true)]))
        #expect(
            read.receive(Self.whole(6, isRecovering: true), from: node(1))
                == .writeBack(Self.whole(6, isRecovering: true), to: [node(0), node(2)]))
        #expect(read.wroteBack(to: node(0)) == .finish(.value(Self.record(6))))
        #expect(read.repairs?.owners == [node(2)])
    }

    @Test("recovering owners alone fail the read, by name, though they answered")
    func onlyRecovering() {
        var read = Self.read(.quorum)
        _ = read.receive(.absent(isRecovering: true), from: node(0))
        _ = read.receive(Self.whole(4), from: node(2))
        let step = read.receive(.absent(isRecovering: true), from: node(1))
        guard case .finish(.failed(let shortfall)) = step else {
            Issue.record("no end but \(step)")
            return
        }
        #expect(shortfall.missing == [node(0), node(1)])
        #expect(shortfall.isDefinite)
    }

    @Test("absent, tombstone and expired are three answers")
    func nothings() {
        let tombstone = ReadAnswer(version: version(5), state: .tombstone)
        let expired = ReadAnswer(
            Record(key: "k", version: version(5), expiry: .init(milliseconds: 1)),
            at: .init(milliseconds: 1))
        for (answer, outcome) in [
            (ReadAnswer.absent(), ReadCoordinator.Outcome.absent),
            (tombstone, .tombstone(version(5))), (expired, .expired(version(5))),
        ] {
            var read = Self.read(.quorum)
            _ = read.receive(answer, from: node(0))
            #expect(read.receive(answer, from: node(1)) == .finish(outcome))
        }
    }

    @Test("absence never beats a value, and a tombstone goes back to who is behind")
    func absenceLoses() {
        let tombstone = ReadAnswer(version: version(5), state: .tombstone)
        var read = Self.read(.quorum)
        _ = read.receive(Self.whole(4), from: node(0))
        #expect(read.receive(tombstone, from: node(1)) == .writeBack(tombstone, to: [node(0)]))
        #expect(tombstone.record(of: "k") == .tombstone("k", version(5)))
        read = Self.read(.quorum)
        _ = read.receive(.absent(), from: node(0))
        #expect(read.receive(Self.bare(4), from: node(1)) == .ask([Self.ask(1, value: true)]))
    }

    @Test("owners that fail are replaced while there are others, then the read fails by name")
    func silence() {
        var read = Self.read(.quorum)
        #expect(
            read.receive(.unreachable, from: node(0)) == .ask([Self.ask(2, value: true)]))
        let step = read.receive(.notOwner(epoch: 8), from: node(2))
        guard case .finish(.failed(let shortfall)) = step else {
            Issue.record("no end but \(step)")
            return
        }
        #expect(shortfall.code == .notOwner)
        #expect(shortfall.epoch == 8)
        #expect(shortfall.missing == [node(0), node(2)], "owner 1 may still answer")
        #expect(read.receive(Self.whole(4), from: node(1)) == .wait)
    }

    @Test("a timeout names the owners that did not answer")
    func timeout() {
        var read = Self.read(.all)
        _ = read.receive(Self.whole(4), from: node(0))
        guard case .finish(.failed(let shortfall)) = read.expire() else {
            Issue.record("no end")
            return
        }
        #expect(shortfall.code == .timedOut)
        #expect(shortfall.missing == [node(1), node(2)])
        #expect(read.expire() == .wait)
    }
}
