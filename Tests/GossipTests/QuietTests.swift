import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Steady state and news")
struct QuietTests {
    @Test(
        "a healthy cluster says nothing but probes, and nothing in it grows", arguments: [3, 9, 24])
    func silence(_ count: Int) {
        var network = TestNetwork(seed: UInt64(count))
        network.form(count)
        network.run(for: .seconds(30))
        network.forgetEvents()
        let before = network.nodes
        let sent = network.sent
        network.run(for: .seconds(300))
        // A ping and an ack per node and second.
        #expect(network.sent - sent <= 2 * 301 * count)
        for index in 0..<count {
            #expect(network.events[index] == nil)
            let own = network.nodes[index]?.member(TestNetwork.id(index))
            #expect(own?.incarnation == before[index]?.member(TestNetwork.id(index))?.incarnation)
            #expect(network.nodes[index]?.isDrained == true)
            let (old, new) = (before[index]?.statistics, network.nodes[index]?.statistics)
            #expect(old?.pulls == new?.pulls)
            #expect(new?.failedProbes == old?.failedProbes)
        }
    }

    @Test("a change of metadata reaches everybody in O(log n) rounds", arguments: [3, 10, 64])
    func metadata(_ count: Int) {
        var network = TestNetwork(seed: UInt64(count))
        network.form(count)
        network.run(for: .seconds(20))
        var metadata = Metadata()
        for round in 1...3 {
            metadata.topologyEpoch = UInt64(round)
            network.with(count - 1) { [metadata] node, now, _ in
                node.update(metadata: metadata, now: now)
            }
            let time = network.run(until: .milliseconds(200 * 8)) { [metadata] network in
                (0..<count).allSatisfy {
                    network.nodes[$0]?.member(TestNetwork.id(count - 1))?.metadata == metadata
                }
            }
            #expect(time != nil, "round \(round)")
        }
        #expect(network.kinds(about: count - 1, at: 0).filter { $0 == .metadataChanged }.count == 3)
        #expect(network.nodes[0]?.member(TestNetwork.id(count - 1))?.incarnation == 0)
    }

    @Test("metadata arrives even when most gossip is lost", arguments: 0..<10)
    func metadataUnderLoss(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.form(6)
        network.run(for: .seconds(20))
        network.faults.loss = 0.9
        var metadata = Metadata()
        metadata.viewDigest = 42
        network.with(0) { [metadata] node, now, _ in node.update(metadata: metadata, now: now) }
        network.run(for: .seconds(2))
        network.faults.loss = 0
        let time = network.run(until: .seconds(20)) { [metadata] network in
            (1..<6).allSatisfy {
                network.nodes[$0]?.member(TestNetwork.id(0))?.metadata == metadata
            }
        }
        #expect(time != nil)
    }

    @Test("a broadcast reaches everybody once, also behind a storm of membership news (S5)")
    func broadcast() {
        var network = TestNetwork(seed: 1)
        for index in 0..<20 { network.start(index, seeds: [0]) }
        network.run(for: .milliseconds(600))
        let payload = [UInt8](repeating: 7, count: GossipLimit.broadcast)
        network.with(0) { node, now, _ in
            node.broadcast(.digests, payload, now: now)
        }
        network.run(for: .seconds(5))
        let expected = GossipEffect.broadcast(
            GossipBroadcast(
                origin: Identity(id: TestNetwork.id(0), bootEpoch: 1), kind: .digests, sequence: 1,
                payload: payload))
        for index in 1..<20 {
            #expect(network.effects[index]?.filter { $0 == expected }.count == 1, "node \(index)")
        }
        #expect(network.effects[0]?.contains(expected) == false)
    }

    @Test("nodes that see the same members have the same view digest, and only those")
    func viewDigest() {
        var network = TestNetwork(seed: 2)
        network.form(4)
        let digests = Set((0..<4).compactMap { network.nodes[$0]?.viewDigest })
        #expect(digests.count == 1)
        network.crash(3)
        network.run(for: .seconds(20))
        #expect(digests.contains(network.nodes[0]?.viewDigest ?? 0) == false)
    }

    @Test("the same seed gives the same trace, another seed another")
    func determinism() {
        func trace(_ seed: UInt64) -> UInt64 {
            var network = TestNetwork(seed: seed)
            network.faults = .init(loss: 0.1, duplication: 0.1, delay: 100_000...50_000_000)
            network.form(7, seeds: 2)
            network.crash(3)
            network.run(for: .seconds(30))
            network.start(3, seeds: [1], bootEpoch: 2)
            network.run(for: .seconds(30))
            return network.trace
        }
        #expect(trace(1) == trace(1))
        #expect(trace(1) != trace(2))
    }

    @Test("waking early, late or twice changes nothing")
    func spuriousWakes() {
        var network = TestNetwork(seed: 3)
        network.form(3)
        network.with(0) { node, now, effects in
            let due = node.nextWake
            #expect(due > now)
            node.wake(now: now, into: &effects)
            #expect(effects.isEmpty && node.nextWake == due)
            node.wake(now: due, into: &effects)
            let count = effects.count
            node.wake(now: due, into: &effects)
            #expect(effects.count == count)
            effects = []
        }
    }
}
