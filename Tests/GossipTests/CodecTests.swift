import GrepvineDistCore
import GrepvineGossip
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Datagrams")
struct CodecTests {
    static let envelope = GossipEnvelope(cluster: "garden")

    static var metadata: Metadata {
        var metadata = Metadata()
        metadata.respPort = 6379
        metadata.httpPort = 8080
        metadata.zone = "zürich-1"
        metadata.host = "rack7"
        metadata.weight = 250
        metadata.topologyEpoch = 12
        metadata.topologyDigest = .max
        metadata.clusterID = NodeID(high: 3, low: 4)
        metadata.viewDigest = 77
        metadata.recovering = 1024
        metadata.protocolMaximum = 2
        metadata.extra = [1, 2, 3]
        return metadata
    }

    static let claims: [Claim] = [
        Claim(
            id: NodeID(high: 1, low: 2), name: "rose", address: Address(host: "::1", port: 1),
            standing: Standing(bootEpoch: 5, incarnation: 6, liveness: .alive),
            profile: Profile(version: 9, metadata: metadata)),
        Claim(
            id: NodeID(high: 1, low: 3), name: "", address: Address(host: "h", port: 65535),
            standing: Standing(bootEpoch: 5, incarnation: 6, liveness: .suspect),
            accusers: (0..<4).map { NodeID(high: 9, low: $0) }),
        Claim(
            id: NodeID(high: 1, low: 4), name: "x", address: Address(host: "h", port: 2),
            standing: Standing(
                bootEpoch: GossipLimit.counter, incarnation: GossipLimit.counter, liveness: .dead)),
    ]

    static let corpus: [GossipDatagram] = {
        let messages: [GossipMessage] = [
            .ping(nonce: 1, target: NodeID(high: 1, low: 1), digest: .max),
            .ack(nonce: .max, digest: 0, healthy: false),
            .pingRequest(nonce: 3, target: NodeID(high: .max, low: .max)),
            .relayedAck(nonce: 4, healthy: true), .gossip, .pull(nonce: 5, after: nil),
            .pull(nonce: 6, after: NodeID(high: 1, low: 2)), .table(nonce: 7, next: nil),
            .table(nonce: 8, next: NodeID(high: 5, low: 5)), .refuse, .nack(nonce: 9),
            .rival(nonce: 10, settled: true, began: 4),
        ]
        let broadcast = GossipBroadcast(
            origin: Identity(id: NodeID(high: 1, low: 1), bootEpoch: 2), kind: .watermark,
            sequence: 3,
            payload: [UInt8](repeating: 200, count: GossipLimit.broadcast))
        return messages.enumerated().map { index, message in
            GossipDatagram(
                sender: Identity(id: TestNetwork.id(7), bootEpoch: 1), message: message,
                claims: Array(claims.prefix(index % 4)),
                broadcasts: index % 2 == 0 ? [] : [broadcast])
        }
    }()

    static func body(_ datagram: GossipDatagram) -> [UInt8] {
        encoded(
            datagram.message, sender: 7, claims: datagram.claims, broadcasts: datagram.broadcasts)
    }

    @Test("every message comes back as it went, with or without padding", arguments: corpus)
    func roundTrip(_ datagram: GossipDatagram) {
        let body = Self.body(datagram)
        #expect(GossipDatagram(body[...]) == datagram)
        #expect(GossipDatagram((body + [0, 0, 0])[...]) == datagram)
        #expect(Self.envelope.open(Self.envelope.seal(body)[...]) == .body(body[...]))
    }

    @Test("the checksum is the CRC-32 that everybody has")
    func checksum() {
        #expect(DatagramChecksum.checksum(Array("123456789".utf8)[...]) == 0xcbf4_3926)
    }

    @Test("no prefix of a body decodes and no prefix of a datagram opens", arguments: corpus)
    func prefixes(_ datagram: GossipDatagram) {
        let body = Self.body(datagram)
        for count in body.indices { #expect(GossipDatagram(body[..<count]) == nil) }
        let sealed = Self.envelope.seal(body)
        for count in sealed.indices { #expect(Self.envelope.open(sealed[..<count]) == .damaged) }
    }

    @Test("every single corrupted byte is noticed", arguments: corpus)
    func corruption(_ datagram: GossipDatagram) {
        let sealed = Self.envelope.seal(Self.body(datagram))
        var node = Self.node()
        for index in sealed.indices {
            for mask in [UInt8(0x01), 0x80, 0xff] {
                var damaged = sealed
                damaged[index] ^= mask
                #expect(Self.envelope.open(damaged[...]) == .damaged)
                var effects: [GossipEffect] = []
                let source = Address(host: "x", port: 1)
                node.receive(damaged, from: source, now: .start, into: &effects)
                #expect(effects == [.refused(.undecodable(from: source))])
            }
        }
    }

    @Test("another format is told apart from damage")
    func otherFormat() {
        var content = Array(Self.envelope.seal([]).dropLast(4))
        content[4] = 9
        var writer = ByteWriter()
        writer.write(raw: content)
        writer.write(DatagramChecksum.checksum(content[...]))
        #expect(Self.envelope.open(writer.bytes[...]) == .otherFormat(9))
    }

    @Test("counts, names, accusers and metadata beyond their bounds are refused")
    func bounds() {
        let excessive: [(inout Claim) -> Void] = [
            { $0.name = String(repeating: "n", count: GossipLimit.memberName + 1) },
            { $0.address = Address(host: String(repeating: "h", count: 254), port: 1) },
            { $0.standing.incarnation = GossipLimit.counter + 1 },
            { $0.standing.bootEpoch = GossipLimit.counter + 1 },
            { $0.profile?.version = GossipLimit.counter + 1 },
            {
                $0.standing.liveness = .suspect
                $0.accusers = (0...4).map { NodeID(high: 0, low: $0) }
            },
        ]
        for exceed in excessive {
            var claim = Self.claims[0]
            exceed(&claim)
            #expect(GossipDatagram(encoded(.gossip, sender: 7, claims: [claim])[...]) == nil)
        }
        #expect(Metadata([UInt8](repeating: 0, count: GossipLimit.metadata + 1)[...]) == nil)
    }

    @Test("labels that are too long are cut at a character and metadata stays within its bound")
    func longLabels() throws {
        var metadata = Self.metadata
        metadata.zone = String(repeating: "ü", count: 100)
        metadata.host = String(repeating: "x", count: 100)
        metadata.extra = [UInt8](repeating: 1, count: Metadata.extraLimit)
        var writer = ByteWriter()
        metadata.encode(into: &writer)
        #expect(writer.bytes.count <= GossipLimit.metadata)
        let decoded = try #require(Metadata(writer.bytes[...]))
        #expect(decoded.zone == String(repeating: "ü", count: 32))
        #expect(decoded.host.utf8.count == 64)
    }

    static func node() -> Membership {
        var node = Membership(
            identity: Identity(id: NodeID(high: 1, low: 1), bootEpoch: 1), name: "n",
            address: Address(host: "n", port: 1), cluster: "garden", metadata: Metadata(),
            configuration: .lan, seeds: [], seed: 1)
        var effects: [GossipEffect] = []
        node.start(now: .start, into: &effects)
        return node
    }

    /// Raised for the long runs: `GREPVINE_FUZZ=10000000 swift test --filter CodecTests`.
    static var rounds: Int {
        guard let text = unsafe getenv("GREPVINE_FUZZ") else { return 5_000 }
        return unsafe Int(String(cString: text)) ?? 5_000
    }

    @Test("hostile datagrams with a good checksum break nothing and grow nothing")
    func fuzz() {
        var dice = SeededGenerator(seed: 99)
        var node = Self.node()
        var now = Instant.start
        var effects: [GossipEffect] = []
        for _ in 0..<Self.rounds {
            let sealed =
                Bool.random(using: &dice)
                ? Self.envelope.seal(Self.mutated(&dice)) : HeartbeatTests.mutated(&dice)
            now = now + .milliseconds(Int64.random(in: 0...400, using: &dice))
            let source = Address(host: "x", port: UInt16.random(in: 1...5, using: &dice))
            node.receive(sealed, from: source, now: now, into: &effects)
            node.wake(now: now, into: &effects)
            for effect in effects {
                if case .send(let bytes, _) = effect { #expect(bytes.count <= 1400) }
                // What an owner does when somebody lies about this node's lives.
                if case .bootEpochBehind(let known) = effect {
                    node.adopt(bootEpoch: known + 1, now: now)
                }
            }
            effects.removeAll(keepingCapacity: true)
        }
        #expect(node.members.count <= GossipConfiguration.lan.maximumMembers)
        #expect(node.members.map(\.id) == node.members.map(\.id).sorted())
        #expect(node.member(node.id)?.liveness == .alive)
    }

    static let streams: [StreamMessage] = [
        .probe(nonce: 1), .probeAck(nonce: .max, healthy: false),
        .compare(digests: (0..<UInt64(StreamMessage.parts)).map { $0 &* 0x9e37_79b9_7f4a_7c15 }),
        .differ(parts: 5, entries: []),
        .differ(
            parts: .max,
            entries: (0..<3).map { .init(id: NodeID(high: 1, low: $0), fingerprint: $0) }),
        .claims([], wanted: []), .claims(claims, wanted: [NodeID(high: 1, low: 9)]),
    ]

    @Test(
        "every message of a stream comes back, and no part of one or more than one decodes",
        arguments: streams)
    func streamRoundTrip(_ message: StreamMessage) {
        let bytes = message.encoded()
        #expect(StreamMessage(bytes[...]) == message)
        for count in bytes.indices { #expect(StreamMessage(bytes[..<count]) == nil) }
        #expect(StreamMessage((bytes + [0])[...]) == nil)
    }

    @Test("hostile messages by stream break nothing and grow nothing")
    func streamFuzz() {
        var dice = SeededGenerator(seed: 7)
        var node = Self.node()
        var now = Instant.start
        var effects: [GossipEffect] = []
        for _ in 0..<Self.rounds {
            var bytes = Self.streams[Int.random(in: 0..<Self.streams.count, using: &dice)].encoded()
            for _ in 0..<Int.random(in: 0...3, using: &dice) {
                let index = Int.random(in: bytes.indices, using: &dice)
                bytes[index] = UInt8.random(in: .min ... .max, using: &dice)
            }
            now = now + .milliseconds(Int64.random(in: 0...400, using: &dice))
            let peer = TestNetwork.id(Int.random(in: 0..<4, using: &dice))
            _ = node.receive(stream: bytes[...], from: peer, now: now, into: &effects)
            node.wake(now: now, into: &effects)
            for effect in effects {
                if case .stream(let bytes, _) = effect { #expect(bytes.count < 1 << 20) }
                if case .bootEpochBehind(let known) = effect {
                    node.adopt(bootEpoch: known + 1, now: now)
                }
            }
            effects.removeAll(keepingCapacity: true)
        }
        #expect(node.members.count <= GossipConfiguration.lan.maximumMembers)
        #expect(node.member(node.id)?.liveness == .alive)
    }

    /// Pure noise, or a good body with bytes changed, cut off or inserted.
    private static func mutated(_ dice: inout SeededGenerator) -> [UInt8] {
        if Int.random(in: 0..<4, using: &dice) == 0 {
            let count = Int.random(in: 0...200, using: &dice)
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &dice) }
        }
        var bytes = body(corpus[Int.random(in: 0..<corpus.count, using: &dice)])
        for _ in 0..<Int.random(in: 0...4, using: &dice) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &dice)
            switch Int.random(in: 0..<4, using: &dice) {
            case 0: bytes.removeSubrange(index...)
            case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &dice), at: index)
            default: bytes[index] = UInt8.random(in: .min ... .max, using: &dice)
            }
        }
        return bytes
    }
}
