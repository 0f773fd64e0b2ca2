import GrepvineDistCore
import GrepvineTransport
import Testing

@Suite("Keys, cipher and letters")
struct CipherTests {
    private static let key = SecretKey(UInt8(0)..<32)
    private static let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test("a key is 44 characters of base64 or 64 hexadecimal digits, and never shows itself")
    func texts() throws {
        let key = try #require(Self.key)
        #expect(SecretKey(text: Self.base64) == key)
        let digits = (0..<32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(SecretKey(text: digits) == key)
        #expect(SecretKey(text: digits.uppercased()) == key)
        #expect("\(key)" == "key \(key.id)")
        for text in [
            "", "AAEC", String(Self.base64.dropLast()), Self.base64 + "=", digits + "00",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A",
            String(repeating: "xy", count: 32), "!" + Self.base64.dropFirst(),
        ] {
            #expect(SecretKey(text: text) == nil, "\(text)")
        }
    }

    @Test("keys have different names, and new ones are new")
    func names() throws {
        let key = try #require(Self.key)
        #expect(key.id != SecretKey(UInt8(1)..<33)?.id)
        #expect(SecretKey.random() != SecretKey.random())
    }

    @Test("it is the AES-256-GCM that everybody has")
    func vector() throws {
        let cipher = AuthenticatedCipher(try #require(Self.key))
        let clear = Array("vines".utf8) + Array(UInt8(100)..<112)
        var message = clear + Array("sealed gossip".utf8) + [UInt8](repeating: 0, count: 16)
        cipher.seal(&message, clear: clear.count)
        // Computed with Python's cryptography.
        let expected = "3b7ebf0a1c8d76f951112c81aab1f98f8371d799a7d8a690dc677836d0"
        let text = message[clear.count...].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(text.joined() == expected)
        #expect(cipher.open(&message, clear: clear.count))
        #expect(
            String(decoding: message[clear.count...].dropLast(16), as: UTF8.self) == "sealed gossip"
        )
    }

    @Test("contexts serve many messages of all sizes, and a failure spoils none after it")
    func reuse() throws {
        let cipher = AuthenticatedCipher(try #require(Self.key))
        for count in 0..<200 {
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ count) }
            let clear = [UInt8](repeating: UInt8(count), count: 12 + count % 7)
            var message = clear + body + [UInt8](repeating: 0, count: 16)
            cipher.seal(&message, clear: clear.count)
            var damaged = message
            damaged[count * 31 % damaged.count] ^= 4
            #expect(!cipher.open(&damaged, clear: clear.count))
            #expect(cipher.open(&message, clear: clear.count))
            #expect(message[clear.count..<clear.count + count] == body[...])
        }
    }

    @Test("what is shorter than nonce and tag is refused, not read", arguments: 0..<28)
    func short(_ count: Int) throws {
        let cipher = AuthenticatedCipher(try #require(Self.key))
        var bytes = [UInt8](repeating: 0, count: count)
        for clear in 0...count { #expect(!cipher.open(&bytes, clear: clear)) }
    }
}

@Suite("Letters about keyrings")
struct KeyringLetterTests {
    private static let keys = (0..<3).map { SecretKey([UInt8](repeating: $0, count: 32))! }
    private static func cipher(_ key: Int) -> AuthenticatedCipher { AuthenticatedCipher(keys[key]) }
    private static let base = Keyring.Version(number: 8, tag: 9)

    private static let orders = [
        KeyringOrder(KeyringChange(.add(keys[1].id), base: base), adding: keys[1]),
        KeyringOrder(KeyringChange(.use(keys[0].id), base: base, isForced: true)),
        KeyringOrder(KeyringChange(.remove(keys[2].id), base: base)),
    ]

    private static func content(_ count: Int) throws -> KeyringContent {
        let some = Array(keys.prefix(count))
        let ring = try #require(
            Keyring(number: 7, keys: some.map(\.id), primary: some[count - 1].id))
        return try #require(KeyringContent(ring, some))
    }

    private static func seal(_ content: [UInt8], key: Int = 0) -> [UInt8] {
        KeyringLetter.seal(
            content, .change, cluster: "vines", key: keys[key], cipher: cipher(key),
            nonce: KeyringLetter.randomNonce())
    }

    @Test("orders and rings come back as they went")
    func roundTrip() throws {
        for order in Self.orders { #expect(KeyringOrder(order.encoded[...]) == order) }
        for count in 1...3 {
            let content = try Self.content(count)
            #expect(KeyringContent(content.encoded[...]) == content)
            #expect(content.encoded.count + 48 <= KeyringLetter.longest)
        }
    }

    @Test("no prefix and no longer form of an order or a ring is one")
    func total() throws {
        for bytes in Self.orders.map(\.encoded) {
            for end in bytes.indices { #expect(KeyringOrder(bytes[..<end]) == nil) }
            #expect(KeyringOrder((bytes + [0])[...]) == nil)
        }
        let ring = try Self.content(2).encoded
        for end in ring.indices where end != 12 + 32 {
            #expect(KeyringContent(ring[..<end]) == nil)
        }
        #expect(KeyringContent((ring + [0])[...]) == nil)
        #expect(KeyringContent((ring + ring)[...]) == nil)
    }

    @Test("random and damaged contents are refused or understood, and nothing else")
    func hostile() throws {
        let corpus = Self.orders.map(\.encoded) + [try Self.content(3).encoded]
        Hostile.random(seed: 77, corpus: corpus) { bytes in
            let bytes = Array(bytes)
            if let order = KeyringOrder(bytes[...]) { #expect(order.encoded == bytes) }
            if let content = KeyringContent(bytes[...]) { #expect(content.encoded == bytes) }
            if let state = KeyringLetter.key(of: bytes) { #expect(state.rawValue <= .max) }
        }
    }

    @Test("an order that names another key than it brings is none")
    func wrongName() {
        let order = KeyringOrder(
            KeyringChange(.add(Self.keys[0].id), base: Self.base), adding: Self.keys[1])
        #expect(KeyringOrder(order.encoded[...]) == nil)
    }

    @Test("a letter opens with its key, purpose and cluster, and with no others (S6)")
    func letters() {
        let content = Self.orders[0].encoded
        let letter = Self.seal(content)
        func open(
            _ letter: [UInt8], _ purpose: KeyringLetter.Purpose, _ cluster: String, _ key: Int
        )
            -> [UInt8]?
        {
            KeyringLetter.open(letter, purpose, cluster: cluster, cipher: Self.cipher(key))
                .map(Array.init)
        }
        #expect(KeyringLetter.key(of: letter) == Self.keys[0].id)
        #expect(open(letter, .change, "vines", 0) == content)
        #expect(open(letter, .ring, "vines", 0) == nil)
        #expect(open(letter, .change, "vine", 0) == nil)
        #expect(open(letter, .change, "vines", 1) == nil)
        for index in letter.indices {
            var damaged = letter
            damaged[index] ^= 1
            #expect(open(damaged, .change, "vines", 0) == nil)
        }
        for end in letter.indices {
            #expect(open(Array(letter[..<end]), .change, "vines", 0) == nil)
        }
        #expect(
            KeyringLetter.key(of: [UInt8](repeating: 0, count: KeyringLetter.longest + 1)) == nil)
    }

    @Test("the new key is nowhere in the letter that brings it")
    func hidden() {
        let letter = Self.seal(Self.orders[0].encoded)
        #expect(!letter.contains([UInt8](repeating: 1, count: 8)))
    }
}
