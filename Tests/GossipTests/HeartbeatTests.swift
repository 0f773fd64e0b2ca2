import GrepvineDistCore
import Testing

@testable import GrepvineGossip

@Suite("Heartbeats")
struct HeartbeatTests {
    private static let envelope = GossipEnvelope(cluster: "garden")

    static let corpus: [Heartbeat] = [
        .ping(
            sender: NodeID(high: .max, low: 1), nonce: .max, target: .max, digest: 0x0102_0304),
        .ping(
            sender: NodeID(high: 1, low: 2), nonce: 7,
            target: Heartbeat.mark(of: NodeID(high: 1, low: 1)), digest: 0),
        .ack(nonce: 1, digest: .max), .ack(nonce: .max, digest: 0),
    ]

    @Test("every one comes back as it went, in 46 or 26 bytes", arguments: corpus)
    func roundTrip(_ heartbeat: Heartbeat) {
        let bytes = Self.envelope.seal(heartbeat)
        #expect(Self.envelope.open(bytes[...]) == .heartbeat(heartbeat))
        let isPing = if case .ping = heartbeat { true } else { false }
        #expect(bytes.count == (isPing ? 46 : 26))
        #expect(GossipEnvelope.format(of: bytes[...]) == .heartbeat)
    }

    @Test(
        "no part of one, no longer one, none with a changed byte and none of another cluster opens",
        arguments: corpus)
    func damage(_ heartbeat: Heartbeat) {
        let bytes = Self.envelope.seal(heartbeat)
        for count in bytes.indices { #expect(Self.envelope.open(bytes[..<count]) == .damaged) }
        #expect(Self.envelope.open((bytes + [0])[...]) == .damaged)
        for index in bytes.indices {
            for mask in [UInt8(0x01), 0x80, 0xff] {
                var damaged = bytes
                damaged[index] ^= mask
                #expect(Self.envelope.open(damaged[...]) == .damaged)
            }
        }
        #expect(GossipEnvelope(cluster: "orchard").open(bytes[...]) == .damaged)
    }

    @Test("one that is longer than it says is refused even with a good checksum", arguments: corpus)
    func trailing(_ heartbeat: Heartbeat) {
        var content = Array(Self.envelope.seal(heartbeat).dropLast(4))
        content.append(0)
        #expect(Self.envelope.open(Self.closed(content)[...]) == .damaged)
    }

    @Test("a cluster at rest sends nothing but heartbeats, one of each a node and second (S5)")
    func rest() {
        var network = TestNetwork(seed: 3)
        network.form(8)
        network.run(for: .seconds(30))
        func bytes() -> Int {
            network.nodes.values.reduce(0) { sum, node in
                sum + node.statistics.sent.counts.reduce(0) { $0 + $1.bytes }
            }
        }
        let before = bytes()
        network.run(for: .seconds(100))
        #expect(bytes() - before <= (46 + 26) * 101 * 8)
    }

    @Test("only the member that is meant answers, and only with the nonce of its question")
    func meant() {
        var network = TestNetwork(seed: 4)
        network.form(2)
        network.run(for: .seconds(20))
        let envelope = GossipEnvelope(cluster: "test")
        for (target, answers) in [(0, 1), (1, 0), (5, 0)] {
            let ping = Heartbeat.ping(
                sender: TestNetwork.id(1), nonce: 77,
                target: Heartbeat.mark(of: TestNetwork.id(target)), digest: 0)
            network.with(0) { node, now, effects in
                node.receive(
                    envelope.seal(ping), from: TestNetwork.address(1), now: now, into: &effects)
                let sent = effects.compactMap { effect -> Heartbeat? in
                    guard case .send(let bytes, TestNetwork.address(1)) = effect,
                        case .heartbeat(let heartbeat) = envelope.open(bytes[...])
                    else { return nil }
                    return heartbeat
                }
                #expect(sent.count == answers)
                for case .ack(let nonce, _) in sent { #expect(nonce == 77) }
                effects = []
            }
        }
    }

    @Test("a made-up ack proves nothing: the member that is silent is suspected all the same")
    func forgedAck() {
        var network = TestNetwork(seed: 5)
        network.form(3)
        network.run(for: .seconds(20))
        network.crash(2)
        let envelope = GossipEnvelope(cluster: "test")
        for second in 0..<30 {
            network.run(for: .seconds(1))
            let ack = Heartbeat.ack(nonce: UInt64(second), digest: 0)
            for index in 0..<2 {
                network.with(index) { node, now, effects in
                    node.receive(
                        envelope.seal(ack), from: TestNetwork.address(2), now: now, into: &effects)
                }
            }
        }
        #expect((0..<2).allSatisfy { network.liveness(of: 2, at: $0) == .dead })
    }

    /// A heartbeat with bytes changed, cut off or added, and mostly with a good checksum.
    static func mutated(_ dice: inout SeededGenerator) -> [UInt8] {
        var content = Array(
            envelope.seal(corpus[Int.random(in: 0..<corpus.count, using: &dice)]).dropLast(4))
        for _ in 0..<Int.random(in: 0...3, using: &dice) where content.count > 5 {
            let index = Int.random(in: 5..<content.count, using: &dice)
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: content.removeSubrange(index...)
            case 1: content.insert(UInt8.random(in: .min ... .max, using: &dice), at: index)
            default: content[index] = UInt8.random(in: .min ... .max, using: &dice)
            }
        }
        return Int.random(in: 0..<8, using: &dice) == 0 ? content : closed(content)
    }

    private static func closed(_ content: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(raw: content)
        writer.write(DatagramChecksum.checksum((Array("garden".utf8) + content)[...]))
        return writer.bytes
    }
}
