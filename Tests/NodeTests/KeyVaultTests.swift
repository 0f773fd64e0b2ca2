import Foundation
import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("Where the gossip keys are kept")
struct KeyVaultTests {
    private static func order(
        _ operation: KeyringChange.Operation, adding: UInt8? = nil, on node: SealedNode
    )
        -> [UInt8]
    {
        let key = SealedNode.key(1)
        let change = KeyringChange(operation, base: node.vault.ring.version)
        return KeyringLetter.seal(
            KeyringOrder(change, adding: adding.map(SealedNode.key)).encoded, .change,
            cluster: "grepvine", key: key, cipher: AuthenticatedCipher(key),
            nonce: KeyringLetter.randomNonce())
    }

    @Test("a lone node rotates its keys by sealed orders, and hears what each ring allows (S6)")
    func rotation() {
        let node = SealedNode()
        let second = SealedNode.key(2).id
        func send(_ letter: [UInt8]) {
            let id = RequestID(session: 1, number: 1)
            node.test.node.handle(
                .request(.keyring(.change(letter)), id, deadline: nil), at: node.test.now)
            node.advance(.milliseconds(10))
        }
        send(Self.order(.add(second), adding: 2, on: node))
        #expect(node.vault.ring.keys == [SealedNode.key(1).id, second])
        node.receive(Stranger(key: 1).ping)
        node.receive(Stranger(key: 2, nonce: 9000).ping)
        #expect(node.opened == 2)
        send(Self.order(.use(second), on: node))
        #expect(node.vault.ring.primary == second)
        send(Self.order(.remove(SealedNode.key(1).id), on: node))
        #expect(node.vault.ring.keys == [second])
        node.receive(Stranger(key: 1, nonce: 20_000).ping)
        #expect(node.count(of: .unknownKey) == 1)
        // The old key opens no more orders, either.
        send(Self.order(.add(SealedNode.key(3).id), adding: 3, on: node))
        #expect(node.vault.ring.keys == [second])
    }

    @Test("keys out of letters that lead to nothing are forgotten past a bound (W6)")
    func staging() throws {
        let vault = SealedNode().vault
        for number in UInt8(10)..<30 {
            let key = SealedNode.key(1)
            let content = SealedNode.content([number], primary: number, version: 1)
            let letter = KeyringLetter.seal(
                content.encoded, .ring, cluster: "grepvine", key: key,
                cipher: AuthenticatedCipher(key), nonce: KeyringLetter.randomNonce())
            _ = vault.carryOut(.openOffer(letter, from: NodeID(high: 1, low: 1), request: 1))
        }
        let (old, new) = (
            SealedNode.content([10], primary: 10), SealedNode.content([29], primary: 29)
        )
        _ = vault.carryOut(.become(old.ring))
        #expect(vault.ring == SealedNode.content([1], primary: 1).ring)
        _ = vault.carryOut(.become(new.ring))
        #expect(vault.content == new)
    }

    @Test("the file comes back as it was, for its owner only, and damage is an error")
    func file() throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("grepvine-keyring-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = KeyringFile(directory: directory, fsync: .batch)
        #expect(try file.read() == nil)
        // What a crash left behind does not decide the mode.
        try Data([1]).write(to: URL(fileURLWithPath: file.path + ".tmp"))
        for count in UInt8(1)...3 {
            let content = SealedNode.content(Array(1...count), primary: count, version: 7)
            try file.write(content)
            #expect(try file.read() == content)
        }
        let facts = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file.path)))
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1
            #expect(KeyringFile.decode(damaged) == nil)
            #expect(KeyringFile.decode(Array(bytes[..<index])) == nil)
        }
        try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: file.path))
        #expect(throws: StateError.self) { try file.read() }
    }

    @Test("a peer's message about its ring comes back as it went, and other bytes are none")
    func messages() throws {
        let ring = SealedNode.content([1, 2], primary: 2, version: 3).ring
        for message in [
            KeyringStateMessage(nil, wantsReply: true), KeyringStateMessage(ring, isFinal: true),
            KeyringStateMessage(ring),
        ] {
            let bytes = message.encoded()
            func decoded(_ bytes: [UInt8]) -> KeyringStateMessage? {
                bytes.withUnsafeBytes { KeyringStateMessage(decoding: $0) }
            }
            #expect(decoded(bytes) == message)
            for end in bytes.indices.dropFirst(2) {
                #expect(decoded(Array(bytes[..<end])) != message)
            }
            #expect(decoded(bytes + [0]) == nil)
            #expect(decoded([]) == nil)
            #expect(decoded([9]) == nil)
        }
    }
}
