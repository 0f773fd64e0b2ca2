import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Restarts")
struct RestartTests {
    @Test("a restart with a higher boot epoch replaces the old life", arguments: [true, false])
    func restart(isQuick: Bool) {
        var network = TestNetwork(seed: 1)
        network.form(3)
        network.crash(1)
        if !isQuick { network.run(for: .seconds(30)) }
        network.forgetEvents()
        var metadata = Metadata()
        metadata.respPort = 6380
        network.start(1, seeds: [0], bootEpoch: 2, metadata: metadata)
        let back = network.run(until: .seconds(5)) { network in
            network.agree([0, 1, 2])
                && [0, 2].allSatisfy {
                    network.nodes[$0]?.member(TestNetwork.id(1))?.bootEpoch == 2
                        && network.nodes[$0]?.member(TestNetwork.id(1))?.metadata == metadata
                }
        }
        #expect(back != nil)
        for index in [0, 2] {
            #expect(network.kinds(about: 1, at: index).first == .restarted)
            #expect(network.kinds(about: 1, at: index).contains(.died) == false)
        }
    }

    @Test("a dead member that restarts without seeds is found by those who remember it")
    func restartWithoutSeeds() {
        var network = TestNetwork(seed: 2)
        network.form(3)
        network.crash(1)
        network.run(for: .seconds(120))
        network.start(1, seeds: [], bootEpoch: 2)
        #expect(network.run(until: .seconds(32)) { $0.agree([0, 1, 2]) } != nil)
    }

    @Test("a node whose boot epoch is behind what peers remember is told, and recovers")
    func behind() {
        var network = TestNetwork(seed: 3)
        network.form(3)
        network.crash(1)
        network.start(1, seeds: [0], bootEpoch: 7)
        network.run(for: .seconds(5))
        network.crash(1)
        network.start(1, seeds: [0], bootEpoch: 4)
        let told = network.run(until: .seconds(3)) { network in
            network.effects[1]?.contains(.bootEpochBehind(known: 7)) == true
        }
        #expect(told != nil)
        network.with(1) { node, now, _ in node.adopt(bootEpoch: 8, now: now) }
        let back = network.run(until: .seconds(10)) { network in
            network.agree([0, 1, 2])
                && network.nodes[2]?.member(TestNetwork.id(1))?.bootEpoch == 8
        }
        #expect(back != nil)
    }

    @Test(
        "of two processes under one id the newcomer gives way, and both are told of the other (S1)",
        arguments: 0..<20)
    func duplicateID(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.form(3)
        network.run(for: .seconds(15))
        network.start(3, seeds: [[0, 2], [2], [1]][seed % 3], bootEpoch: 2, identity: 1)
        network.run(for: .seconds(8))
        func refusal(_ index: Int) -> GossipEffect {
            .refused(.duplicateID(TestNetwork.id(1), address: TestNetwork.address(index)))
        }
        #expect(network.effects[1]?.contains(refusal(3)) == true)
        #expect(network.effects[3]?.contains(refusal(1)) == true)
        #expect(network.effects[3]?.contains(.displaced(by: TestNetwork.address(1))) == true)
        #expect(network.effects[1]?.contains(.displaced(by: TestNetwork.address(3))) == false)
    }

    @Test("a node that comes back at another address is taken for itself", arguments: 0..<4)
    func movedNode(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.form(3)
        network.run(for: .seconds(15))
        network.crash(1)
        network.start(3, seeds: [0, 2], bootEpoch: 2, identity: 1)
        network.run(for: .seconds(30))
        #expect(
            network.effects[3]?.contains { if case .displaced = $0 { true } else { false } } != true
        )
        #expect(network.nodes[0]?.member(TestNetwork.id(1))?.address == TestNetwork.address(3))
        #expect(network.liveness(of: 1, at: 0) == .alive)
    }

    @Test(
        "of two that start at once under one id the earlier start stays, whoever raises its epoch",
        arguments: 0..<20)
    func twoNewcomers(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.form(2)
        network.faults.delay = 100_000...60_000_000
        network.start(2, seeds: [0], bootEpoch: 5, identity: 7)
        network.run(for: .milliseconds(Int64(seed) * 40))
        network.start(3, seeds: [0], bootEpoch: 6, identity: 7)
        var seen = [2: 0, 3: 0]
        for _ in 0..<800 {
            network.run(for: .milliseconds(10))
            for index in [2, 3] {
                // What an owner does when its boot epoch is behind.
                for effect in (network.effects[index] ?? []).dropFirst(seen[index] ?? 0) {
                    guard case .bootEpochBehind(let known) = effect else { continue }
                    network.with(index) { node, now, _ in
                        guard known >= node.identity.bootEpoch else { return }
                        node.adopt(bootEpoch: known + 1, now: now)
                    }
                }
                seen[index] = network.effects[index]?.count
            }
        }
        func isDisplaced(_ index: Int) -> Bool {
            network.effects[index]?.contains { if case .displaced = $0 { true } else { false } }
                == true
        }
        #expect(isDisplaced(3))
        #expect(!isDisplaced(2))
    }

    @Test("a mass restart leaves no ghosts, whatever is still in flight", arguments: 0..<4)
    func massRestart(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.faults = .init(loss: 0.05, duplication: 0.2, delay: 100_000...2_000_000_000)
        for index in 0..<8 { network.start(index, seeds: [0, 1]) }
        network.run(for: .seconds(10))
        for index in 0..<8 { network.crash(index) }
        // One never comes back; old datagrams about old lives arrive at the new ones.
        for index in 0..<7 { network.start(index, seeds: [0, 1], bootEpoch: 2) }
        network.run(for: .seconds(15))
        network.faults = .init()
        #expect(network.run(until: .seconds(60)) { $0.agree(Array(0..<7)) } != nil)
        network.run(for: .seconds(30))
        for index in 0..<7 {
            let others = network.nodes[index]?.members.filter { $0.liveness == .alive } ?? []
            #expect(others.allSatisfy { $0.bootEpoch == 2 })
        }
    }

    @Test("what is said of an unknown member is remembered, its ghost refuted (S2)")
    func unknownDead() {
        var network = TestNetwork(seed: 5)
        network.start(0, seeds: [])
        let claim = Claim(
            id: TestNetwork.id(1), name: "node1", address: TestNetwork.address(1),
            standing: Standing(bootEpoch: 1, incarnation: 100, liveness: .dead))
        network.tell(0, [claim], from: 9)
        #expect(network.liveness(of: 1, at: 0) == .dead)
        // The member itself is at incarnation 0 of the same life and has never heard of anybody.
        network.start(1, seeds: [])
        #expect(network.run(until: .seconds(31)) { $0.agree([0, 1]) } != nil)
        #expect(network.nodes[1]?.member(TestNetwork.id(1))?.incarnation == 101)
    }
}

extension TestNetwork {
    /// Hands claims to a node as if `sender` had gossiped them.
    mutating func tell(_ index: Int, _ claims: [Claim], from sender: Int) {
        let bytes = GossipEnvelope(cluster: "test")
            .seal(encoded(.gossip, sender: sender, claims: claims))
        with(index) { node, now, effects in
            node.receive(bytes, from: Self.address(sender), now: now, into: &effects)
        }
    }
}
