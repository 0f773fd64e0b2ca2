import GrepvineDistCore
import GrepvineStorage
import Testing

@testable import GrepvineNode
@testable import GrepvineSimulation

@Suite("Scripts of evictions")
struct EvictionScriptTests {
    private static func script(bug: NodeConfiguration.PlantedBug? = nil) throws -> KeyScript {
        try KeyScript(.scripted(nodes: 4, hintMemory: 0, evictingMemory: 512 << 10), bug: bug)
    }

    @Test("what the others let go of hides the older value of an owner that was away (E1)")
    func ownerAway() throws {
        let script = try Self.script()
        try script.evictBehindTheBack()
        script.simulator.endFaults()
        // At once, and when all have compared.
        for pause in [200, 300, 500, 20_000] as [Int64] {
            script.pass(pause)
            for owner in script.owners { script.call(.get, at: owner) }
            script.pass(500)
        }
        #expect(script.simulator.checker.violations == [])
        #expect(script.version(script.owners[2]) == nil)
        #expect(script.simulator.unrest() == nil)
    }

    @Test("an owner that lost its memory learns what went with the rest (E1, R5)")
    func restart() throws {
        let script = try Self.script()
        try script.evictBehindTheBack()
        script.simulator.crash(script.owners[0])
        script.simulator.endFaults()
        for _ in 0..<40 {
            script.pass(500)
            for owner in script.owners { script.call(.get, at: owner) }
        }
        script.pass(10_000)
        #expect(script.simulator.checker.violations == [])
        #expect(script.version(script.owners[2]) == nil)
        #expect(script.simulator.unrest() == nil)
    }

    @Test("an owner that keeps it to itself shows the older value, and that is found (E1)")
    func planted() throws {
        let script = try Self.script(bug: .forgottenEvictions)
        try script.evictBehindTheBack()
        script.simulator.endFaults()
        for _ in 0..<10 {
            script.pass(200)
            for owner in script.owners { script.call(.get, at: owner) }
        }
        script.pass(1_000)
        #expect(script.simulator.checker.violations.contains { $0.contains("older than") })
    }
}

/// With little memory.
extension KeyScript {
    /// Three times what fits, beside the key, which nobody reads.
    fileprivate func fill() {
        for number in 0..<100 {
            let value = Array("\(number)\n".utf8) + [UInt8](repeating: 46, count: 8000)
            call(.set(value: value, expiry: nil), Key("{k}\(number)"), at: other)
            pass(60)
        }
    }

    /// An owner keeps an old value while the others let go of a newer one.
    fileprivate func evictBehindTheBack() throws {
        call(.set(value: [UInt8](repeating: 1, count: 2000), expiry: nil), at: other)
        pass(500)
        for owner in owners { try #require(version(owner) != nil) }
        cut(off: owners[2])
        pass(10_000)
        call(.set(value: [UInt8](repeating: 2, count: 2000), expiry: nil), at: other)
        pass(500)
        fill()
        pass(1_000)
        try #require(version(owners[0]) == nil && version(owners[1]) == nil)
        try #require(version(owners[2]) != nil)
    }
}
