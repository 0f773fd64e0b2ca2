import GrepvineDistCore
import Testing

@testable import GrepvineGossip

@Suite("Lifeguard")
struct LifeguardTests {
    @Test("health stretches times up to its limit and never below themselves")
    func score() {
        var health = LocalHealth(limit: 3)
        health.note(-1)
        #expect(health.stretched(.seconds(1)) == .seconds(1))
        health.note(1)
        #expect(health.stretched(.seconds(1)) == .seconds(2))
        health.note(9)
        #expect(health.stretched(.seconds(1)) == .seconds(3))
        health.note(-9)
        #expect(health.score == 0)
    }

    @Test("helpers that cannot reach the target either say so, and nobody's health suffers")
    func nacks() {
        var network = TestNetwork(seed: 1)
        network.form(6)
        network.run(for: .seconds(30))
        network.crash(5)
        network.run(for: .seconds(2))
        let kind = Int(GossipMessage.nack(nonce: 0).kind)
        let nacks = (0..<5).reduce(0) {
            $0 + (network.nodes[$1]?.statistics.sent.counts[kind].packets ?? 0)
        }
        #expect(nacks > 0)
        #expect((0..<5).allSatisfy { network.nodes[$0]?.health.score == 0 })
    }

    @Test("a node that hears nobody any more probes ever more rarely, and recovers")
    func isolatedNodeSlowsDown() {
        var network = TestNetwork(seed: 2)
        network.form(6)
        network.run(for: .seconds(30))
        let others = [0, 1, 2, 3, 4]
        network.blocked = Set(others.map { TestNetwork.Link(source: $0, target: 5) })
        network.run(for: .seconds(8))
        let score = network.nodes[5]?.health.score ?? 0
        #expect(score >= 3)
        #expect(others.allSatisfy { (network.nodes[$0]?.health.score ?? 9) <= 1 })
        network.heal()
        network.run(for: .seconds(60))
        #expect(network.nodes[5]?.health.score == 0)
    }

    @Test("without nacks from those that were asked, the asker doubts itself", arguments: [0, 3])
    func blame(nacks: Int) {
        var probe = Probe(
            target: NodeID(high: 1, low: 1), nonce: 1, sent: .start, deadline: .start)
        #expect(probe.blame == 1)
        probe.helpers = 3
        probe.nacks = nacks
        #expect(probe.blame == 3 - nacks)
    }

    @Test("a ping tells a suspect that it is one, unless buddies are switched off")
    func buddy() {
        func tells(_ lifeguard: Lifeguard) -> Bool {
            var configuration = GossipConfiguration.lan
            configuration.lifeguard = lifeguard
            var network = TestNetwork(seed: 3, configuration: configuration)
            network.form(3)
            let suspect = TestNetwork.id(2)
            let claim = Claim(
                id: suspect, name: "node2", address: TestNetwork.address(2),
                standing: Standing(bootEpoch: 1, incarnation: 0, liveness: .suspect),
                accusers: [TestNetwork.id(1)])
            network.tell(0, [claim], from: 1)
            var told: [Claim] = []
            network.with(0) { node, now, effects in
                // Nothing is left to be told by gossip.
                node.dissemination = Dissemination()
                effects = []
                node.send(
                    node.pingMessage(1, suspect), to: TestNetwork.address(2), about: suspect,
                    limit: 1400, into: &effects)
                guard case .send(let bytes, _)? = effects.first,
                    case .body(let body) = GossipEnvelope(cluster: "test").open(bytes[...])
                else { return }
                told = GossipDatagram(body)?.claims ?? []
            }
            return told.contains { $0.id == suspect && $0.standing.liveness == .suspect }
        }
        #expect(tells(.buddy))
        #expect(!tells([]))
    }

    @Test("plain SWIM's suspicions last the shortest time, whoever accuses")
    func withoutSuspicion() {
        var configuration = GossipConfiguration.lan
        configuration.lifeguard = [.probe, .buddy]
        var suspicion = Suspicion(
            start: .start, accusers: [NodeID(high: 0, low: 1)], members: 30,
            configuration: configuration)
        let shortest = Instant.start + configuration.shortestSuspicion(members: 30)
        #expect(suspicion.deadline(witnesses: 28) == shortest)
        suspicion.confirm(by: NodeID(high: 0, low: 2))
        #expect(suspicion.deadline(witnesses: 0) == shortest)
    }

    @Test("a member whose datagrams are all lost is kept alive by its streams")
    func streamProbe() {
        var network = TestNetwork(seed: 4)
        network.form(5)
        network.connectStreams()
        network.run(for: .seconds(10))
        network.forgetEvents()
        network.blocked = Set((0..<4).map { TestNetwork.Link(source: 4, target: $0) })
        network.run(for: .seconds(60))
        #expect((0..<4).allSatisfy { network.kinds(about: 4, at: $0).isEmpty })
        let answers = (0..<4).reduce(0) { $0 + (network.nodes[$1]?.statistics.streamAnswers ?? 0) }
        #expect(answers > 0)
        // Without streams the same loss is death.
        network.hasStreams = false
        network.run(for: .seconds(60))
        #expect((0..<4).allSatisfy { network.liveness(of: 4, at: $0) == .dead })
    }
}
