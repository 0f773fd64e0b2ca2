import GrepvineDistCore
import Testing

@testable import GrepvineGossip

@Suite("Tables compared by stream")
struct StreamTests {
    @Test("tables that differ become equal by sending what differs, both ways (S5)")
    func differences() {
        var network = TestNetwork(seed: 1)
        let known = (10..<210).map { Self.claim($0, incarnation: 0) }
        let newer = [Self.claim(10, incarnation: 3), Self.claim(11, incarnation: 2)]
        network.start(0, seeds: [1], remembered: known)
        network.start(
            1, seeds: [0], remembered: newer + known[2..<199] + [Self.claim(300, incarnation: 0)])
        network.connectStreams()
        network.run(for: .milliseconds(100))
        network.with(0) { node, _, effects in
            node.openComparison(with: TestNetwork.id(1), into: &effects)
        }
        network.run(for: .milliseconds(100))
        let (one, other) = (network.nodes[0]!, network.nodes[1]!)
        #expect(one.table.digest == other.table.digest)
        #expect(one.member(TestNetwork.id(300)) != nil)
        #expect(one.member(TestNetwork.id(10))?.incarnation == 3)
        #expect(other.member(TestNetwork.id(209)) != nil)
        // One lacked one and had two older ones; the other lacked one: not two hundred.
        #expect(one.statistics.syncedClaims + other.statistics.syncedClaims <= 24)
    }

    @Test("equal tables answer a comparison with nothing")
    func equality() {
        var network = TestNetwork(seed: 2)
        network.form(4)
        network.connectStreams()
        network.run(for: .seconds(20))
        let before = network.nodes[1]?.statistics.sent.counts[0]
        network.with(0) { node, _, effects in
            node.openComparison(with: TestNetwork.id(1), into: &effects)
        }
        #expect(network.nodes[1]?.statistics.sent.counts[0] == before)
    }

    @Test("a death that a table tells of is a reason to look, not to believe")
    func hearsay() {
        var network = TestNetwork(seed: 3)
        network.form(3)
        network.connectStreams()
        var claim = Self.claim(2, incarnation: 0)
        claim.standing.liveness = .dead
        let bytes = StreamMessage.claims([claim], wanted: []).encoded()
        network.with(0) { node, now, effects in
            #expect(
                node.receive(
                    stream: bytes[...], from: TestNetwork.id(1), now: now, into: &effects))
        }
        #expect(network.liveness(of: 2, at: 0) == .suspect)
        #expect(network.run(until: .seconds(10)) { $0.agree([0, 1, 2]) } != nil)
    }

    @Test("a stream that comes up to a dead member makes it be asked at once (S3)")
    func linkHastens() {
        var network = TestNetwork(seed: 4)
        network.form(3)
        network.split([2], [0, 1])
        network.run(for: .seconds(300))
        #expect(network.liveness(of: 2, at: 0) == .dead)
        network.heal()
        for index in 0..<2 {
            network.with(index) { node, now, _ in
                node.linkChanged(to: TestNetwork.id(2), isUp: true, now: now)
            }
        }
        #expect(network.run(until: .seconds(4)) { $0.agree([0, 1, 2]) } != nil)
    }

    static func claim(_ index: Int, incarnation: UInt64) -> Claim {
        Claim(
            id: TestNetwork.id(index), name: "node\(index)", address: TestNetwork.address(index),
            standing: Standing(bootEpoch: 1, incarnation: incarnation, liveness: .alive),
            profile: Profile(version: 1, metadata: Metadata()))
    }
}
