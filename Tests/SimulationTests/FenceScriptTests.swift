import GrepvineDistCore
import GrepvineStorage
import Testing

@testable import GrepvineNode
@testable import GrepvineSimulation

@Suite("Scripts of deletes")
struct FenceScriptTests {
    private static func script(
        bug: NodeConfiguration.PlantedBug? = nil, hintMemory: Int? = nil
    ) throws -> KeyScript {
        try KeyScript(.scripted(nodes: 4, hintMemory: hintMemory), bug: bug)
    }

    @Test(
        "owners keep a tombstone while one is away, and purge it when it is back (T1, T3, T4)"
    )
    func ownerAway() throws {
        let script = try Self.script()
        try script.deleteBehindTheBack()
        #expect(script.simulator.checker.succeeded == 2)
        #expect(script.tombstones(script.owners[0]) == 1)
        #expect(script.tombstones(script.owners[1]) == 1)
        #expect(script.keys(script.owners[2]) == 1)
        script.comeBack()
        #expect(script.simulator.unrest() == nil)
        for owner in script.owners {
            #expect(script.tombstones(owner) == 0 && script.keys(owner) == 0)
        }
        #expect(script.simulator.checker.succeeded == 3)
        #expect(script.simulator.checker.violations == [])
    }

    @Test("purging by age brings the key back, and that is found (T1)")
    func purgeByAge() throws {
        // A hint would bring the tombstone itself.
        let script = try Self.script(bug: .ageBasedPurge, hintMemory: 0)
        try script.deleteBehindTheBack()
        #expect(script.tombstones(script.owners[0]) == 0)
        script.comeBack()
        #expect(script.simulator.checker.violations.count == 1)
    }

    /// A coordinator or a client sends its write once more, long after the key was deleted and the
    /// tombstone purged.
    private func replay(_ script: KeyScript) throws {
        script.call(.set(value: [1], expiry: nil), at: script.other)
        script.pass(500)
        let written = script.version(script.owners[0])
        let version = try #require(written)
        script.call(.delete, at: script.other)
        script.pass(10_000)
        for owner in script.owners { try #require(script.tombstones(owner) == 0) }
        let request = Request.set(
            "k", value: [1], .text, .never, .quorum, retrying: version)
        script.simulator.drive(script.other) { node, now in
            let id = RequestID(session: 1, number: 0)
            node.handle(.request(request, id, deadline: nil), at: now)
        }
        script.pass(1_000)
        script.call(.get, at: script.owners[1])
        script.pass(20_000)
    }

    @Test("a write that is sent again after the purge stays out (T2)")
    func lateWrite() throws {
        let script = try Self.script()
        try replay(script)
        for owner in script.owners { #expect(script.keys(owner) == 0) }
        #expect(script.simulator.checker.succeeded == 3)
        #expect(script.simulator.checker.violations == [])
        #expect(script.simulator.unrest() == nil)
    }

    @Test("owners without fences take it, and that is found (T2)")
    func replayAfterPurge() throws {
        let script = try Self.script(bug: .replayAfterPurge)
        try replay(script)
        #expect(script.simulator.checker.violations.count == 1)
    }

    @Test("an owner that lost its memory takes the others' word for what was deleted (T4)")
    func lostMemory() throws {
        let script = try Self.script()
        script.call(.set(value: [1], expiry: nil), at: script.other)
        script.pass(500)
        script.call(.delete, at: script.other)
        script.pass(10_000)
        let stable = script.stablePoint(script.owners[0])
        let settled = try #require(stable)
        #expect(settled > HybridClock(rawValue: 0))
        script.simulator.crash(script.owners[2])
        script.pass(200)
        script.simulator.start(script.owners[2])
        script.pass(15_000)
        #expect(script.simulator.unrest() == nil)
        // It stands where they stand as soon as anything makes them compare.
        script.call(.set(value: [2], expiry: nil), at: script.other)
        script.pass(500)
        script.call(.delete, at: script.other)
        script.pass(10_000)
        #expect(script.simulator.unrest() == nil)
        let marks = script.owners.map { script.stablePoint($0) }
        #expect(Set(marks).count == 1 && marks[0].map { $0 > settled } == true)
        #expect(script.simulator.checker.violations == [])
    }

    @Test("a write that is under way holds the watermark back until it is over (T1)")
    func watermark() throws {
        let script = try Self.script()
        let coordinator = script.simulator.machines[script.other]
        func distance() throws -> Duration {
            let now = script.simulator.moment(coordinator)
            let watermark = coordinator.process.map { $0.node.watermark(now: now) }
            return now.wall - (try #require(watermark)).wall
        }
        #expect(try distance() <= .zero)
        script.simulator.network.block(from: script.other, to: script.owners[1])
        script.call(.set(value: [1], expiry: nil), at: script.other)
        script.pass(2_000)
        // It is answered, and one owner lacks it still.
        #expect(script.simulator.checker.succeeded == 1)
        #expect(try distance() > .milliseconds(1_500))
        script.simulator.endFaults()
        script.pass(3_000)
        #expect(try distance() <= .zero)
    }
}

/// What fences are about.
extension KeyScript {
    fileprivate func tombstones(_ machine: Int) -> Int? {
        simulator.machines[machine].process?.node.store.statistics.tombstones
    }

    fileprivate func stablePoint(_ machine: Int) -> HybridClock? {
        simulator.machines[machine].process.map { $0.node.stablePoint(of: Partition(of: "k")) }
    }

    fileprivate func keys(_ machine: Int) -> Int? {
        simulator.machines[machine].process?.node.store.statistics.liveKeys
    }

    /// The key is written, and one owner that has it is cut off while it is deleted.
    fileprivate func deleteBehindTheBack() throws {
        call(.set(value: [1], expiry: nil), at: other)
        pass(500)
        try #require(keys(owners[2]) == 1)
        cut(off: owners[2])
        // Long enough to be given up by the others.
        pass(10_000)
        call(.delete, at: other)
        pass(10_000)
    }

    fileprivate func comeBack() {
        simulator.endFaults()
        pass(20_000)
        call(.get, at: owners[2])
        pass(1_000)
    }
}
