import GrepvineDistCore
import GrepvineGossip
import GrepvineTransport
import Testing

@testable import GrepvineNode

/// A node with gossip keys and what a runtime does with them, without a socket.
final class SealedNode {
    let test: TestNode
    let vault: KeyVault
    static let address = Address(host: "10.0.0.9", port: 7946)
    /// What the node sent and logged since it was looked at last.
    private(set) var sent: [[UInt8]] = []
    private(set) var logged: [LogEvent] = []

    static func key(_ number: UInt8) -> SecretKey {
        guard let key = SecretKey([UInt8](repeating: number, count: 32)) else {
            preconditionFailure("32 bytes are a key")
        }
        return key
    }

    static func content(_ keys: [UInt8], primary: UInt8, version: UInt64 = 0) -> KeyringContent {
        let keys = keys.map(key)
        guard
            let ring = Keyring(
                number: version, keys: keys.map(\.id), primary: key(primary).id),
            let content = KeyringContent(ring, keys)
        else { preconditionFailure("a ring that cannot be") }
        return content
    }

    init(
        _ encryption: GossipEncryption = .require, keys: [UInt8] = [1], primary: UInt8 = 1,
        cluster: String = "grepvine", seeds: [Address] = []
    ) {
        let content = Self.content(keys, primary: primary)
        vault = KeyVault(cluster: cluster, content, nonce: 1 << 90)
        test = TestNode {
            $0.cluster = cluster
            $0.gossipEncryption = encryption
            $0.keyring = content.ring
            $0.seeds = seeds
        }
        settle()
    }

    /// Hands over what came on the wire.
    func receive(_ wire: [UInt8], from address: Address = SealedNode.address) {
        test.node.handle(vault.event(for: wire, from: address), at: test.now)
        settle()
    }

    func advance(_ time: Duration) {
        test.advance(time)
        settle()
    }

    private func settle() {
        while !test.node.effects.isEmpty {
            let effects = test.node.effects
            test.node.effects = []
            for effect in effects {
                switch effect {
                case .datagram(let bytes, _):
                    let isToSeal = GossipEnvelope.format(of: bytes[...]) == .sealed
                    sent.append(isToSeal ? vault.seal(bytes) : bytes)
                case .log(let event): logged.append(event)
                case .keyring(let effect):
                    if let event = vault.carryOut(effect) {
                        test.node.handle(.keyring(event), at: test.now)
                    }
                default: break
                }
            }
        }
    }

    func takeSent() -> [[UInt8]] {
        defer { sent = [] }
        return sent
    }

    func forgetLog() { logged = [] }

    func count(of refusal: SealRefusal) -> UInt64 { test.node.gossipGuard.count(of: refusal) }
    var opened: UInt64 { test.node.gossipGuard.opened }
    var received: Int { test.node.gossip.statistics.received.total.packets }
}

/// Some other node that seals.
struct Stranger {
    let vault: KeyVault
    let cluster: String
    var bootEpoch: UInt64 = 50

    init(key: UInt8 = 1, cluster: String = "grepvine", nonce: UInt128 = 5000) {
        self.cluster = cluster
        vault = KeyVault(
            cluster: cluster, SealedNode.content([key], primary: key), nonce: nonce)
    }

    static let id = NodeID(high: 9, low: 9)

    func body(_ message: GossipMessage, padding: Int = 0) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.id.high)
        writer.write(Self.id.low)
        writer.write(bootEpoch)
        message.encode(into: &writer)
        writer.write(UInt8(0))
        writer.write(UInt8(0))
        writer.write(zeroes: padding)
        return writer.bytes
    }

    func sealed(_ message: GossipMessage, padding: Int = 0) -> [UInt8] {
        vault.seal(
            GossipEnvelope(cluster: cluster, isSealed: true).seal(body(message, padding: padding)))
    }

    func inClear(_ message: GossipMessage, padding: Int = 0) -> [UInt8] {
        GossipEnvelope(cluster: cluster).seal(body(message, padding: padding))
    }

    var ping: [UInt8] { sealed(Self.question) }

    static let question = GossipMessage.ping(
        nonce: 4, target: NodeID(high: 1, low: 1), digest: 0)
}
