import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Refusals")
struct RefusalTests {
    @Test(
        "a wrong cluster name is refused on both sides with both names, and without a loop",
        arguments: [("red", "blue"), ("a", String(repeating: "z", count: 64))])
    func wrongCluster(mine: String, theirs: String) {
        var network = TestNetwork(seed: 1)
        network.start(0, seeds: [], cluster: mine)
        network.start(1, seeds: [0], cluster: theirs)
        network.run(for: .seconds(1))
        let here = Refusal.wrongCluster(
            mine: mine, theirs: theirs, from: TestNetwork.address(1))
        let there = Refusal.wrongCluster(
            mine: theirs, theirs: mine, from: TestNetwork.address(0))
        #expect(network.effects[0]?.contains(.refused(here)) == true)
        #expect(network.effects[1]?.contains(.refused(there)) == true)
        network.run(for: .seconds(10))
        // A question and a refusal per contact, six contacts or so.
        #expect(network.sent <= 16)
        #expect(network.nodes[0]?.members.count == 1)
        #expect(network.nodes[1]?.members.count == 1)
        #expect(network.nodes[0]?.statistics.wrongCluster ?? 0 > 0)
    }

    @Test("an incarnation that leaps too far is dropped and counted, about others and oneself")
    func implausible() {
        var network = TestNetwork(seed: 2)
        network.form(3)
        for subject in [0, 1] {
            let claim = Claim(
                id: TestNetwork.id(subject), name: "node\(subject)",
                address: TestNetwork.address(subject),
                standing: Standing(
                    bootEpoch: 1, incarnation: GossipLimit.incarnationLeap + 1, liveness: .dead))
            network.tell(0, [claim], from: 2)
            #expect(network.liveness(of: subject, at: 0) == .alive)
        }
        #expect(network.nodes[0]?.statistics.implausible == 2)
        #expect(network.nodes[0]?.member(TestNetwork.id(0))?.incarnation == 0)
    }

    @Test("a claim about oneself is refuted one above it", arguments: [0, 5, 1 << 20])
    func refutation(_ claimed: UInt64) {
        var network = TestNetwork(seed: 3)
        network.form(3)
        let claim = Claim(
            id: TestNetwork.id(0), name: "node0", address: TestNetwork.address(0),
            standing: Standing(bootEpoch: 1, incarnation: claimed, liveness: .suspect),
            accusers: [TestNetwork.id(2)])
        network.tell(0, [claim], from: 2)
        #expect(network.nodes[0]?.member(TestNetwork.id(0))?.incarnation == claimed + 1)
        #expect(network.nodes[0]?.statistics.refutations == 1)
    }

    @Test("the table is bounded: the dead make room, the live do not")
    func tableIsBounded() {
        var configuration = GossipConfiguration.lan
        configuration.maximumMembers = 5
        var network = TestNetwork(seed: 4, configuration: configuration)
        network.start(0, seeds: [])
        func claim(_ index: Int, _ liveness: MemberStatus.Liveness) -> Claim {
            Claim(
                id: TestNetwork.id(index), name: "n", address: TestNetwork.address(index),
                standing: Standing(bootEpoch: 1, incarnation: 0, liveness: liveness))
        }
        network.tell(0, [claim(1, .dead), claim(2, .alive), claim(3, .alive)], from: 9)
        network.tell(0, [claim(4, .alive), claim(5, .alive), claim(6, .alive)], from: 9)
        let known = network.nodes[0]?.members.map(\.id).sorted()
        #expect(known == [0, 2, 3, 4, 5].map(TestNetwork.id).sorted())
        let full = Refusal.tableFull(TestNetwork.id(6), from: TestNetwork.address(9))
        #expect(network.effects[0]?.contains(.refused(full)) == true)
    }
}
