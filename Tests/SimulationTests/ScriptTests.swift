import GrepvineDistCore
import GrepvineNode
import Testing

@testable import GrepvineSimulation

@Suite("Scripts that chance rarely writes")
struct ScriptTests {
    private static let millisecond: Int64 = 1_000_000

    private let simulator = Simulator(.scripted(nodes: 4), options: SimulationOptions())

    private func pass(_ milliseconds: Int64) {
        simulator.run(until: simulator.now + milliseconds * Self.millisecond)
    }

    private func block(_ source: Int, _ target: Int) {
        simulator.network.block(from: source, to: target)
    }

    /// The indexes of the owners of a key, and of the node that is none.
    private func places(of key: Key) throws -> (owners: [Int], other: Int) {
        let known = simulator.machines[0].process.flatMap { $0.node.topology }
        let topology = try #require(known)
        let owners = topology.owners(of: Partition(of: key)).compactMap { owner in
            simulator.machines.firstIndex { $0.id == owner }
        }
        let other = try #require((0..<4).first { !owners.contains($0) })
        return (owners, other)
    }

    @Test("an ack of a life that is over is of no use once its memory has been filled again (R5)")
    func ackOfEarlierLife() throws {
        for machine in simulator.machines { simulator.start(machine.index) }
        pass(5_000)
        let (owners, coordinator) = try places(of: "k")
        try #require(owners.count == 3)
        // The last owner takes a write that reaches nobody else, and loses its memory.
        block(coordinator, owners[0])
        block(coordinator, owners[1])
        simulator.call(
            .init(.set(value: [1], expiry: nil), "k", .quorum), of: 0,
            at: simulator.machines[coordinator])
        pass(50)
        simulator.crash(owners[2])
        block(coordinator, owners[2])
        pass(50)
        simulator.start(owners[2])
        pass(1_500)
        // It has copied everything that the others have; only now one of them takes the write.
        simulator.network.unblock(from: coordinator, to: owners[1])
        pass(130)
        try #require(simulator.checker.succeeded == 1, "the write reached its level")
        // That one is cut off. The others may answer rightly or not at all.
        for index in 0..<4 where index != owners[1] {
            block(index, owners[1])
            block(owners[1], index)
        }
        simulator.call(
            .init(.get, "k", .quorum), of: 1, at: simulator.machines[owners[0]])
        pass(8_000)
        #expect(simulator.checker.ended == 2)
        #expect(simulator.checker.violations == [])
        // And in the end everybody has it.
        simulator.endFaults()
        pass(15_000)
        #expect(simulator.unrest() == nil)
        simulator.call(
            .init(.get, "k", .quorum), of: 2, at: simulator.machines[owners[2]])
        pass(1_000)
        #expect(simulator.checker.succeeded == 2)
        #expect(simulator.checker.violations == [])
    }

    @Test("what an owner misses for minutes its coordinator hands over, nothing is left (H1, H2)")
    func hints() throws {
        for machine in simulator.machines { simulator.start(machine.index) }
        pass(5_000)
        let (owners, coordinator) = try places(of: "k")
        let away = owners[2]
        for index in 0..<4 where index != away {
            block(index, away)
            block(away, index)
        }
        simulator.call(
            .init(.set(value: [1], expiry: nil), "k", .quorum), of: 0,
            at: simulator.machines[coordinator])
        pass(10_000)
        simulator.call(
            .init(.set(value: [2], expiry: nil), "k", .quorum), of: 0,
            at: simulator.machines[coordinator])
        pass(110_000)
        #expect(simulator.checker.succeeded == 2)
        let waiting = simulator.machines[coordinator].process.map { $0.node.pendingWork.hints }
        #expect(waiting == 1, "of both versions the newer one")
        simulator.network.heal()
        var taken: Int64?
        for step in 0..<100 where taken == nil {
            pass(100)
            let left = simulator.machines[coordinator].process.map { $0.node.pendingWork.hints }
            if left == 0 { taken = Int64(step) * 100 }
        }
        #expect(taken != nil, "the hint was not taken")
        let repaired = simulator.machines[away].process.map { $0.node.metrics.repair.applied }
        #expect(repaired == 0, "nothing was left for comparing")
        pass(15_000)
        #expect(simulator.unrest() == nil)
        #expect(simulator.checker.violations == [])
    }

    @Test("a read does not wait for an owner that is slow: another one is asked (R3)")
    func hedged() throws {
        for machine in simulator.machines { simulator.start(machine.index) }
        pass(5_000)
        let (owners, coordinator) = try places(of: "k")
        simulator.call(
            .init(.set(value: [1], expiry: nil), "k", .all), of: 0,
            at: simulator.machines[coordinator])
        pass(1_000)
        // Whichever owners it prefers, two reads in three meet the one that is cut off.
        for away in owners {
            block(away, coordinator)
            let before = simulator.checker.succeeded
            simulator.call(.init(.get, "k", .quorum), of: 1, at: simulator.machines[coordinator])
            pass(60)
            #expect(simulator.checker.succeeded == before + 1, "before anyone is asked again")
            simulator.network.unblock(from: away, to: coordinator)
            pass(500)
        }
        let hedges = simulator.machines[coordinator].process.map { $0.node.metrics.readHedges }
        #expect(hedges == 2)
        #expect(simulator.checker.violations == [])
    }
}
