import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Partitions")
struct PartitionTests {
    @Test("halves split for a minute are one view within 30 s of healing (S3)", arguments: 0..<24)
    func halves(_ seed: Int) {
        let count = 3 + seed % 8
        let all = Array(0..<count)
        var network = TestNetwork(seed: UInt64(seed))
        network.faults = .init(loss: 0.02, duplication: 0.05, delay: 100_000...20_000_000)
        network.form(count)
        #expect(network.agree(all))
        for index in all {
            network.with(index) { node, _, _ in node.keep(all.map(TestNetwork.id)) }
        }
        network.split(Array(0..<count / 2), Array(count / 2..<count))
        network.run(for: .seconds(60))
        #expect(network.liveness(of: count - 1, at: 0) == .dead)
        network.forgetEvents()
        network.heal()
        #expect(network.run(until: .seconds(30)) { $0.agree(all) } != nil, "seed \(seed)")
        // Nobody buried a member of its own side because the other side had.
        for index in all {
            #expect((network.events[index] ?? []).allSatisfy { $0.kind != .died })
        }
    }

    @Test("forty nodes heal too")
    func manyHalves() {
        let all = Array(0..<40)
        var network = TestNetwork(seed: 77)
        network.form(40)
        network.split(Array(0..<20), Array(20..<40))
        network.run(for: .seconds(60))
        network.heal()
        #expect(network.run(until: .seconds(30)) { $0.agree(all) } != nil)
    }

    @Test("a kept member that was away for long is found within 30 s; others are forgotten")
    func longAway() {
        var configuration = GossipConfiguration.lan
        configuration.forgetAfter = .seconds(120)
        var network = TestNetwork(seed: 3, configuration: configuration)
        network.form(4)
        for index in 0..<2 {
            network.with(index) { node, _, _ in node.keep((0..<3).map(TestNetwork.id)) }
        }
        network.crash(2)
        network.crash(3)
        network.run(for: .seconds(600))
        #expect(network.liveness(of: 2, at: 0) == .dead)
        #expect(network.liveness(of: 3, at: 0) == nil)
        network.start(2, seeds: [], bootEpoch: 2)
        #expect(network.run(until: .seconds(31)) { $0.agree([0, 1, 2]) } != nil)
    }

    @Test("an isolated node is dead to the others and rejoins when its link returns")
    func oneIsolated() {
        var network = TestNetwork(seed: 4)
        network.form(5)
        network.split([4], [0, 1, 2, 3])
        network.run(for: .seconds(90))
        #expect(network.agree([0, 1, 2, 3]) && network.agree([4]))
        network.heal()
        #expect(network.run(until: .seconds(30)) { $0.agree([0, 1, 2, 3, 4]) } != nil)
    }
}
