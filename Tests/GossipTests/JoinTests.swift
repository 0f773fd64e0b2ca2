import GrepvineDistCore
import GrepvineGossip
import Testing

@Suite("Joining")
struct JoinTests {
    @Test("three nodes started together find one another from any seed order", arguments: 0..<27)
    func threeFromAnySeeds(_ number: Int) {
        var network = TestNetwork(seed: UInt64(number))
        // Each names one node; naming itself is ignored. Two distinct links connect three nodes.
        let named = [number % 3, number / 3 % 3, number / 9]
        let links = Set((0..<3).filter { named[$0] != $0 }.map { Set([$0, named[$0]]) })
        for index in 0..<3 { network.start(index, seeds: [named[index]]) }
        let time = network.run(until: .seconds(8)) { $0.agree([0, 1, 2]) }
        #expect((time != nil) == (links.count >= 2), "seeds \(named)")
    }

    @Test("a lossy network only delays the joining", arguments: 0..<20)
    func joinUnderLoss(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        network.faults = .init(loss: 0.2, duplication: 0.1, delay: 100_000...80_000_000)
        for index in 0..<5 { network.start(index, seeds: [(index + 1) % 5, (index + 2) % 5]) }
        network.run(for: .seconds(15))
        network.faults.loss = 0
        #expect(network.run(until: .seconds(15)) { $0.agree([0, 1, 2, 3, 4]) } != nil)
    }

    @Test("64 nodes with one seed know each other within ten seconds", arguments: [1, 2, 3])
    func many(_ seed: Int) {
        var network = TestNetwork(seed: UInt64(seed))
        for index in 0..<64 { network.start(index, seeds: [0]) }
        #expect(network.run(until: .seconds(10)) { $0.agree(Array(0..<64)) } != nil)
    }

    @Test("islands merge when a seed that was down comes up late")
    func lateSeed() {
        var network = TestNetwork(seed: 4)
        network.start(0, seeds: [2])
        network.start(1, seeds: [0])
        network.run(for: .seconds(20))
        #expect(network.agree([0, 1]))
        network.start(3, seeds: [])
        network.start(2, seeds: [3])
        #expect(network.run(until: .seconds(31)) { $0.agree([0, 1, 2, 3]) } != nil)
    }

    @Test("a node alone keeps calling its seed, at most every five seconds")
    func isolatedRetries() {
        var network = TestNetwork(seed: 5)
        network.start(0, seeds: [1])
        network.run(for: .seconds(60))
        let before = network.sent
        network.run(for: .seconds(60))
        #expect((12...16).contains(network.sent - before))
        network.start(1, seeds: [])
        #expect(network.run(until: .seconds(6)) { $0.agree([0, 1]) } != nil)
    }

    @Test("no answer to a stranger is longer than its question (S6)")
    func noAmplification() {
        var network = TestNetwork(seed: 6)
        network.form(12)
        let envelope = GossipEnvelope(cluster: "test")
        let stranger = Address(host: "elsewhere", port: 7999)
        let messages: [GossipMessage] = [
            .pull(nonce: 1, after: nil), .ping(nonce: 2, target: TestNetwork.id(0), digest: 9),
            .ack(nonce: 3, digest: 9, healthy: true), .gossip, .table(nonce: 4, next: nil),
            .pingRequest(nonce: 5, target: TestNetwork.id(1)), .refuse,
        ]
        for message in messages {
            for padding in [0, 100, 700, 1300] {
                let question = envelope.seal(
                    encoded(message, sender: 99) + [UInt8](repeating: 0, count: padding))
                network.with(0) { node, now, effects in
                    node.receive(question, from: stranger, now: now, into: &effects)
                    let answered = effects.reduce(0) { sum, effect in
                        guard case .send(let bytes, _) = effect else { return sum }
                        return sum + bytes.count
                    }
                    #expect(answered <= question.count, "\(message)")
                    effects = []
                }
            }
        }
    }
}

/// A body as an old or a hostile sender might write it.
func encoded(
    _ message: GossipMessage, sender: Int, bootEpoch: UInt64 = 1, claims: [Claim] = [],
    broadcasts: [GossipBroadcast] = []
) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(TestNetwork.id(sender).high)
    writer.write(TestNetwork.id(sender).low)
    writer.write(bootEpoch)
    message.encode(into: &writer)
    writer.write(UInt8(claims.count))
    for claim in claims { claim.encode(into: &writer) }
    writer.write(UInt8(broadcasts.count))
    for broadcast in broadcasts { broadcast.encode(into: &writer) }
    return writer.bytes
}
