import GrepvineDistCore
import Testing

@Suite("Keyrings")
struct KeyringTests {
    private static let (a, b, c, d) = (
        KeyID(rawValue: 1), KeyID(rawValue: 2), KeyID(rawValue: 3), KeyID(rawValue: 4)
    )

    private static func ring(_ keys: [KeyID], _ primary: KeyID, number: UInt64 = 5) throws
        -> Keyring
    {
        try #require(Keyring(number: number, keys: keys, primary: primary))
    }

    @Test("a rotation adds, uses and removes, each step one version higher (S6)")
    func rotation() throws {
        var ring = try Self.ring([Self.a], Self.a, number: 0)
        for (operation, keys, primary) in [
            (KeyringChange.Operation.add(Self.b), [Self.a, Self.b], Self.a),
            (.use(Self.b), [Self.a, Self.b], Self.b), (.remove(Self.a), [Self.b], Self.b),
        ] {
            let next = try ring.changed(
                by: KeyringChange(operation, base: ring.version), unconfirmed: [])
            #expect(next.version > ring.version)
            #expect(next.version.number == ring.version.number + 1)
            #expect(next.keys == keys)
            #expect(next.primary == primary)
            ring = next
        }
    }

    @Test("what is so already changes nothing, and may be said again")
    func repetition() throws {
        let ring = try Self.ring([Self.a, Self.b], Self.a)
        for operation in [KeyringChange.Operation.add(Self.b), .use(Self.a)] {
            let change = KeyringChange(operation, base: ring.version)
            #expect(try ring.changed(by: change, unconfirmed: ["n2"]) == ring)
        }
    }

    @Test("a change is refused with its reason, and the primary key cannot be removed")
    func refusals() throws {
        let full = try Self.ring([Self.a, Self.b, Self.c], Self.b)
        let cases: [(KeyringChange.Operation, [String], KeyringRefusal)] = [
            (.add(Self.d), [], .full), (.use(Self.d), [], .noSuchKey(Self.d)),
            (.remove(Self.d), [], .noSuchKey(Self.d)), (.remove(Self.b), [], .isPrimary(Self.b)),
            (.use(Self.a), ["n2"], .unconfirmed(["n2"])),
            (.remove(Self.a), ["n2", "n3"], .unconfirmed(["n2", "n3"])),
        ]
        for (operation, unconfirmed, refusal) in cases {
            let change = KeyringChange(operation, base: full.version)
            #expect(throws: refusal) { try full.changed(by: change, unconfirmed: unconfirmed) }
        }
    }

    @Test("force goes on without confirmation, and over nothing else")
    func force() throws {
        let ring = try Self.ring([Self.a, Self.b], Self.a)
        let use = KeyringChange(.use(Self.b), base: ring.version, isForced: true)
        #expect(try ring.changed(by: use, unconfirmed: ["n2"]).primary == Self.b)
        let remove = KeyringChange(.remove(Self.a), base: ring.version, isForced: true)
        #expect(throws: KeyringRefusal.isPrimary(Self.a)) {
            try ring.changed(by: remove, unconfirmed: [])
        }
    }

    @Test("a change of another version is refused, so a recorded one cannot be played again (S6)")
    func replay() throws {
        let ring = try Self.ring([Self.a], Self.a, number: 0)
        let change = KeyringChange(.add(Self.b), base: ring.version)
        let next = try ring.changed(by: change, unconfirmed: [])
        #expect(throws: KeyringRefusal.changedMeanwhile) {
            try next.changed(by: change, unconfirmed: [])
        }
        // Equal numbers are not enough.
        let other = try Self.ring([Self.c], Self.c, number: 0)
        #expect(throws: KeyringRefusal.changedMeanwhile) {
            try other.changed(by: change, unconfirmed: [])
        }
    }

    @Test("rings that were changed at the same time have one order everywhere")
    func order() throws {
        let left = try Self.ring([Self.a, Self.b], Self.a)
        let right = try Self.ring([Self.a, Self.c], Self.a)
        #expect(left.version != right.version)
        #expect((left.version < right.version) != (right.version < left.version))
        #expect(try Self.ring([Self.a, Self.b], Self.a).version == left.version)
        #expect(try Self.ring([Self.a, Self.b], Self.b).version != left.version)
        #expect(
            try Self.ring([Self.d], Self.d, number: 6).version > max(left.version, right.version))
    }

    @Test("no ring is empty, too full, doubled or without its primary")
    func invalid() {
        for keys in [[], [Self.b], [Self.a, Self.a], [Self.a, Self.b, Self.c, Self.d]] {
            #expect(Keyring(number: 1, keys: keys, primary: Self.a) == nil)
        }
    }

    @Test("two rings share what seals if they can, else the newest common key, else none")
    func common() throws {
        let ring = try Self.ring([Self.a, Self.b, Self.c], Self.b)
        #expect(ring.common(with: [Self.a, Self.b]) == Self.b)
        #expect(ring.common(with: [Self.a, Self.c]) == Self.c)
        #expect(ring.common(with: [Self.d]) == nil)
    }

    @Test("the name of a key is eight hexadecimal digits, both ways")
    func names() {
        for number in [UInt32(0), 1, 0xdead_beef, .max] {
            let name = KeyID(rawValue: number)
            #expect(name.description.count == 8)
            #expect(KeyID(hex: name.description) == name)
        }
        for text in ["", "1234567", "123456789", "+1234567", "xyzxyzxy"] {
            #expect(KeyID(hex: text) == nil)
        }
    }
}
