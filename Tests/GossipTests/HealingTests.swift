import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Healing by itself")
struct HealingTests {
    @Test("a seed's name is looked up until it leads somewhere, and all of its addresses count")
    func names() {
        var network = TestNetwork(seed: 1)
        network.names = ["grepvine.example": []]
        for index in 0..<6 { network.start(index, seeds: []) }
        network.run(for: .seconds(20))
        #expect(network.nodes[0]?.isIsolated == true)
        // Most of what the name leads to is nobody.
        network.names = ["grepvine.example": [3, 20, 21, 22, 0]]
        #expect(network.run(until: .seconds(20)) { $0.agree(Array(0..<6)) } != nil)
    }

    @Test("islands that one name leads to merge, though each is content with a seed of its own")
    func nameOfTwoIslands() {
        var network = TestNetwork(seed: 2)
        network.names = ["grepvine.example": [0, 1, 2, 3]]
        network.split([0, 1], [2, 3])
        for index in 0..<4 { network.start(index, seeds: []) }
        network.run(for: .seconds(60))
        #expect(network.agree([0, 1]) && network.agree([2, 3]))
        network.heal()
        #expect(network.run(until: .seconds(31)) { $0.agree([0, 1, 2, 3]) } != nil)
    }

    @Test("a node that alone is left looks its seed's name up again and follows it")
    func nameMoves() {
        var network = TestNetwork(seed: 3)
        network.names = ["grepvine.example": [1]]
        for index in 0..<2 { network.start(index, seeds: []) }
        network.run(for: .seconds(5))
        #expect(network.agree([0, 1]))
        network.crash(1)
        network.run(for: .seconds(60))
        network.names = ["grepvine.example": [2]]
        network.start(2, seeds: [])
        #expect(network.run(until: .seconds(21)) { $0.agree([0, 2]) } != nil)
    }

    @Test("halves that start while the network is cut between them merge (S3)", arguments: 0..<8)
    func bootedApart(_ seed: Int) {
        let count = 4 + seed
        let all = Array(0..<count)
        let topology = all.map { index in
            Claim(
                id: TestNetwork.id(index), name: "node\(index)",
                address: TestNetwork.address(index),
                standing: Standing(bootEpoch: 0, incarnation: 0, liveness: .dead))
        }
        var network = TestNetwork(seed: UInt64(seed))
        network.split(Array(0..<count / 2), Array(count / 2..<count))
        for index in all {
            network.start(index, seeds: [], bootEpoch: 7, remembered: topology)
            network.with(index) { node, _, _ in node.keep(all.map(TestNetwork.id)) }
        }
        network.run(for: .seconds(90))
        #expect(network.agree(Array(0..<count / 2)))
        network.heal()
        #expect(network.run(until: .seconds(30)) { $0.agree(all) } != nil)
        // Nobody had to refute anything: an unheard member is not accused of being dead.
        #expect(all.allSatisfy { network.nodes[$0]?.statistics.refutations == 0 })
    }

    @Test("the highest protocol that all live members know is what the cluster speaks")
    func protocols() {
        var network = TestNetwork(seed: 5)
        for (index, range) in [(1, 3), (2, 4), (1, 2)].enumerated() {
            var metadata = Metadata()
            (metadata.protocolMinimum, metadata.protocolMaximum) = (
                UInt16(range.0), UInt16(range.1)
            )
            network.start(index, seeds: [0], metadata: metadata)
        }
        network.run(for: .seconds(5))
        #expect((0..<3).allSatisfy { network.nodes[$0]?.commonProtocol == 2 })
        network.with(2) { $0.leave(now: $1, into: &$2) }
        network.run(for: .seconds(3))
        network.crash(2)
        #expect((0..<2).allSatisfy { network.nodes[$0]?.commonProtocol == 3 })
    }

    @Test("claims that nobody could have made are dropped and counted, and poison nothing")
    func poison() {
        var network = TestNetwork(seed: 6)
        network.form(3)
        network.with(0) { node, _, _ in node.latestBootEpoch = 1000 }
        func claim(_ subject: Int, _ boot: UInt64, _ incarnation: UInt64) -> Claim {
            Claim(
                id: TestNetwork.id(subject), name: "x", address: TestNetwork.address(subject),
                standing: Standing(bootEpoch: boot, incarnation: incarnation, liveness: .dead))
        }
        let claims = [
            claim(1, 1001, 0), claim(0, 1001, 0), claim(2, 5, GossipLimit.incarnationLeap + 1),
            claim(9, 1, GossipLimit.incarnationLeap + 1), claim(9, GossipLimit.counter, 0),
        ]
        network.tell(0, claims, from: 1)
        #expect(network.nodes[0]?.statistics.implausible == claims.count)
        #expect(network.agree([0, 1, 2]))
        #expect(
            network.effects[0]?.contains { if case .bootEpochBehind = $0 { true } else { false } }
                != true)
    }

    @Test("a node whose counters somebody drove up starts a new life below the limits")
    func drivenUp() {
        var network = TestNetwork(seed: 7)
        network.form(2)
        let claim = Claim(
            id: TestNetwork.id(0), name: "node0", address: TestNetwork.address(0),
            standing: Standing(
                bootEpoch: 1, incarnation: GossipLimit.incarnationLeap, liveness: .suspect))
        network.tell(0, [claim], from: 1)
        #expect(network.effects[0]?.contains(.bootEpochBehind(known: 1)) == true)
        network.with(0) { node, now, _ in node.adopt(bootEpoch: 2, now: now) }
        #expect(
            network.run(until: .seconds(5)) { network in
                network.nodes[1]?.member(TestNetwork.id(0))?.bootEpoch == 2
                    && network.nodes[1]?.member(TestNetwork.id(0))?.incarnation == 0
            } != nil)
    }
}
