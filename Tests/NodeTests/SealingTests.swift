import GrepvineDistCore
import GrepvineGossip
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("What a node with gossip keys listens to")
struct SealingTests {
    @Test(
        "each mode sends and takes what it says (S6)",
        arguments: [
            (GossipEncryption.accept, false, true, true), (.prefer, true, true, true),
            (.require, true, true, false),
        ])
    func modes(_ mode: GossipEncryption, _ seals: Bool, _ takesSealed: Bool, _ takesClear: Bool)
        throws
    {
        let node = SealedNode(mode, seeds: [SealedNode.address])
        let first = try #require(node.takeSent().first)
        #expect((GossipEnvelope.format(of: first[...]) == .sealed) == seals)
        #expect(first.count == GossipConfiguration.lan.packetLimit)
        node.receive(Stranger().ping)
        #expect((node.received == 1) == takesSealed)
        let before = node.received
        node.receive(Stranger().inClear(Stranger.question))
        #expect((node.received > before) == takesClear)
        #expect(node.count(of: .inClear) == (takesClear ? 0 : 1))
    }

    @Test("a node without keys refuses what is sealed, says so, and tells the sender")
    func keyless() throws {
        let test = TestNode()
        test.node.effects = []
        test.node.handle(.datagram(Stranger().ping, from: SealedNode.address), at: test.now)
        #expect(test.node.gossipGuard.count(of: .noKeys) == 1)
        let notices = test.effects.compactMap { effect -> GossipNotice? in
            guard case .datagram(let bytes, _) = effect else { return nil }
            return GossipNotice(bytes[...])
        }
        #expect(notices.map(\.reason) == [.hasNoKeys])
    }

    @Test("the seal of another key is counted, logged and answered with a notice, not with gossip")
    func wrongKey() throws {
        let node = SealedNode()
        node.receive(Stranger(key: 2).ping)
        #expect(node.count(of: .unknownKey) == 1)
        #expect(node.received == 0)
        let answers = node.takeSent()
        #expect(answers.compactMap { GossipNotice($0[...])?.reason } == [.unknownKey])
        #expect(node.logged.contains { $0.name == "gossip-turned-away" })
        // The other side hears why.
        let other = SealedNode(keys: [2], primary: 2)
        other.receive(answers[0])
        #expect(other.test.node.gossipGuard.notices == 1)
        #expect(other.logged.contains { $0.name == "gossip-not-heard" })
        #expect(other.takeSent() == [])
    }

    @Test("a cluster's name is part of the seal, and another cluster is told apart")
    func otherCluster() throws {
        let node = SealedNode()
        node.receive(Stranger(cluster: "vines").ping)
        #expect(node.count(of: .otherCluster) == 1)
        // The right name written over the wrong one does not open.
        var renamed = Stranger(cluster: "grapevin").ping
        let start = try #require(SealedLayout(renamed)).keyStart - 8
        renamed.replaceSubrange(start..<start + 8, with: Array("grepvine".utf8))
        node.receive(renamed)
        #expect(node.count(of: .forged) == 1)
        #expect(node.received == 0)
    }

    @Test("every flipped byte is noticed and nothing of the datagram is heard (S6)")
    func forged() {
        let node = SealedNode()
        let good = Stranger().ping
        for index in good.indices {
            var bad = good
            bad[index] ^= 0x40
            node.receive(bad)
        }
        #expect(node.opened == 0)
        #expect(node.test.node.gossip.members.count == 1)
        node.receive(good)
        #expect(node.opened == 1)
    }

    @Test("a datagram is heard once; a replay is counted and dropped (S6)")
    func replay() {
        let node = SealedNode()
        let stranger = Stranger()
        let pings = (0..<20).map { _ in stranger.ping }
        for ping in pings.reversed() { node.receive(ping) }
        #expect(node.opened == 20)
        for ping in pings { node.receive(ping) }
        #expect(node.opened == 20)
        #expect(node.count(of: .replayed) == 20)
        #expect(node.received == 20)
    }

    @Test("of an earlier life only the question for the table is heard (S1)")
    func earlierLife() {
        let node = SealedNode()
        var stranger = Stranger()
        node.receive(stranger.ping)
        stranger.bootEpoch = 40
        node.receive(stranger.ping)
        #expect(node.count(of: .earlierLife) == 1)
        #expect(node.opened == 1)
        _ = node.takeSent()
        node.receive(stranger.sealed(.pull(nonce: 3, after: nil), padding: 900))
        #expect(node.opened == 2)
        #expect(node.takeSent().count == 1)
    }

    @Test("a stranger never gets more bytes than it sent, whatever the format (S6)")
    func amplification() {
        for mode in [GossipEncryption.accept, .prefer, .require] {
            let node = SealedNode(mode)
            _ = node.takeSent()
            for key in [UInt8(1), 2] {
                let stranger = Stranger(key: key)
                for padding in [0, 1, 20, 29, 300, 1200] {
                    let question = GossipMessage.pull(nonce: 3, after: nil)
                    for wire in [
                        stranger.sealed(question, padding: padding),
                        stranger.inClear(question, padding: padding),
                        stranger.ping, stranger.inClear(Stranger.question),
                    ] {
                        node.receive(
                            wire, from: Address(host: "10.0.0.7", port: UInt16(padding + 1)))
                        let answered = node.takeSent().reduce(0) { $0 + $1.count }
                        #expect(answered <= wire.count, "\(mode) \(key) \(padding)")
                    }
                }
            }
        }
    }

    @Test("a flood of refusals makes few lines and few notices, and all are counted")
    func flood() {
        let node = SealedNode()
        _ = node.takeSent()
        let stranger = Stranger(key: 2)
        for round in 0..<2000 {
            node.receive(
                stranger.ping, from: Address(host: "10.0.0.7", port: UInt16(1 + round % 500)))
        }
        #expect(node.count(of: .unknownKey) == 2000)
        #expect(node.logged.count { $0.name == "gossip-turned-away" } == 64)
        #expect(node.takeSent().count == 64)
        node.advance(.seconds(11))
        node.receive(stranger.ping, from: Address(host: "10.0.0.7", port: 1))
        #expect(
            node.logged.last { $0.name == "gossip-turned-away" }?.fields.last?.value == .integer(3))
    }

    @Test("no two datagrams of a life carry one nonce")
    func nonces() {
        let node = SealedNode(seeds: [SealedNode.address])
        node.advance(.seconds(120))
        let nonces = node.takeSent().compactMap { SealedLayout($0)?.nonce }
        #expect(nonces.count > 20)
        #expect(Set(nonces).count == nonces.count)
        #expect(nonces == nonces.sorted())
    }
}
