import Foundation
import GrepvineDistCore
import GrepvineGossip
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("Hostile datagrams, sealed and in clear")
struct SealingFuzzTests {
    /// Raised for the long runs: `GREPVINE_FUZZ=10000000`.
    private static var rounds: Int {
        ProcessInfo.processInfo.environment["GREPVINE_FUZZ"].flatMap { Int($0) } ?? 4_000
    }

    /// Everything that can be wrong about a datagram, in turn.
    private enum Kind: Int, CaseIterable {
        /// Bytes of a sealed datagram were changed: the seal is broken.
        case broken
        /// Nonsense under a good seal, as of a member that is out of its mind.
        case insane
        case wrongKey
        case replayed
        /// In clear and changed, with its checksum made good.
        case clear
        case noise
    }

    @Test("nothing breaks, nothing grows, and what is dropped is counted (S6)")
    func fuzz() {
        var dice = SeededGenerator(seed: 31)
        let node = SealedNode(.prefer)
        let friend = Stranger()
        let foe = Stranger(key: 2)
        var last = friend.ping
        var dropped: UInt64 = 0
        var longest = 0
        for round in 0..<Self.rounds {
            let kind = Kind.allCases[round % Kind.allCases.count]
            let wire = Self.wire(kind, friend, foe, last, &dice)
            if kind == .insane { last = wire }
            if kind == .wrongKey { dropped += 1 }
            let port = UInt16.random(in: 1...5, using: &dice)
            node.receive(wire, from: Address(host: "10.0.0.8", port: port))
            for bytes in node.takeSent() { longest = max(longest, bytes.count) }
            if round % 64 == 0 { node.advance(.milliseconds(20)) }
            node.forgetLog()
        }
        let gossip = node.test.node.gossip
        #expect(longest <= GossipConfiguration.lan.packetLimit)
        // A changed byte may hit the key's name.
        #expect(node.count(of: .unknownKey) >= dropped)
        let refused = SealRefusal.allCases.reduce(0) { $0 + Int(node.count(of: $1)) }
        let notices = Int(node.test.node.gossipGuard.notices)
        let unheard = gossip.statistics.undecodable + gossip.statistics.wrongCluster
        #expect(node.received + unheard + refused + notices == Self.rounds)
        #expect(node.count(of: .replayed) > 0)
        #expect(node.count(of: .forged) > 0)
        #expect(node.test.node.gossipGuard.senders <= GossipConfiguration.lan.maximumMembers)
        #expect(gossip.members.count <= GossipConfiguration.lan.maximumMembers)
        #expect(gossip.member(gossip.id)?.liveness == .alive)
    }

    private static func wire(
        _ kind: Kind, _ friend: Stranger, _ foe: Stranger, _ last: [UInt8],
        _ dice: inout SeededGenerator
    ) -> [UInt8] {
        switch kind {
        case .broken: return mutated(friend.ping, &dice)
        case .wrongKey: return foe.ping
        case .replayed: return last
        case .insane:
            let body = mutated(sample(friend, &dice), &dice, always: false)
            return friend.vault.seal(GossipEnvelope(cluster: "grepvine", isSealed: true).seal(body))
        case .clear:
            let body = mutated(sample(friend, &dice), &dice, always: false)
            return GossipEnvelope(cluster: "grepvine").seal(body)
        case .noise:
            let count = Int.random(in: 0...120, using: &dice)
            let head: [UInt8] = [0x47, 0x56, 0x47, 0x50, UInt8.random(in: 0...4, using: &dice)]
            let rest = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &dice) }
            return Bool.random(using: &dice) ? head + rest : rest
        }
    }

    private static func sample(_ friend: Stranger, _ dice: inout SeededGenerator) -> [UInt8] {
        let messages: [GossipMessage] = [
            .ping(nonce: 1, target: NodeID(high: 1, low: 1), digest: .max),
            .ack(nonce: .max, digest: 0, healthy: false),
            .pingRequest(nonce: 3, target: NodeID(high: 9, low: 9)),
            .relayedAck(nonce: 4, healthy: true), .gossip, .pull(nonce: 5, after: nil),
            .table(nonce: 8, next: NodeID(high: 5, low: 5)), .refuse,
        ]
        return friend.body(messages[Int.random(in: messages.indices, using: &dice)], padding: 40)
    }

    /// Bytes changed, cut off or inserted.
    private static func mutated(
        _ bytes: [UInt8], _ dice: inout SeededGenerator, always: Bool = true
    ) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: always ? 1...4 : 0...4, using: &dice) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &dice)
            switch Int.random(in: 0..<4, using: &dice) {
            case 0: bytes.removeSubrange(index...)
            case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &dice), at: index)
            default: bytes[index] ^= UInt8.random(in: 1 ... .max, using: &dice)
            }
        }
        return bytes
    }
}
