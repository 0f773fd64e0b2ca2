import GrepvineDistCore
import GrepvineTransport
import Testing

/// Whatever the bytes, a decoder answers. What it accepts encodes again without a trap.
@Suite("Hostile messages")
struct MessageHostilityTests {
    @Test("no prefix of a message is a message", arguments: MessageKind.allCases)
    func prefixes(_ kind: MessageKind) {
        for message in kind.corpus {
            let cuts = message.count < 1024 ? Array(0..<message.count) : Self.cuts(message.count)
            for cut in cuts { #expect(kind.recoded(Array(message[..<cut])) == nil) }
        }
    }

    @Test("no message goes on after its end", arguments: MessageKind.allCases)
    func trailing(_ kind: MessageKind) {
        for message in kind.corpus { #expect(kind.recoded(message + [0xc0]) == nil) }
    }

    @Test("every changed byte is refused or means another message", arguments: MessageKind.allCases)
    func corruption(_ kind: MessageKind) {
        for message in kind.corpus {
            let places = message.count < 512 ? Array(message.indices) : Self.cuts(message.count)
            for place in places {
                for value in [0x00, 0x7f, 0x80, 0xc0, 0xc1, 0xdd, 0xdf, 0xff] as [UInt8] {
                    var changed = message
                    changed[place] ^= value
                    if value == 0 { #expect(kind.recoded(changed) == message) }
                    survives(kind, changed)
                }
            }
        }
    }

    @Test("random bytes", arguments: MessageKind.allCases)
    func random(_ kind: MessageKind) {
        var generator = SeededGenerator(seed: 0x6765_6e65)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<48, using: &generator)
            survives(kind, (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    @Test("giant declared sizes are refused", arguments: MessageKind.allCases)
    func giants(_ kind: MessageKind) {
        let giants: [[UInt8]] = [
            [0xdd, 0xff, 0xff, 0xff, 0xff], [0xdf, 0xff, 0xff, 0xff, 0xff],
            [0xc6, 0xff, 0xff, 0xff, 0xff], [0xdb, 0xff, 0xff, 0xff, 0xff],
            [0x92, 0x05, 0xdd, 0xff, 0xff, 0xff, 0xff], [0x92, 0x03, 0x93, 0x01, 0xdd, 0x7f, 0xff],
            [0x93, 0x01, 0xc6, 0xff, 0xff, 0xff, 0xff, 0x61],
            [UInt8](repeating: 0x91, count: 10_000),
        ]
        for giant in giants { #expect(kind.recoded(giant) == nil) }
    }

    @Test("what is well-formed but contradicts itself is refused")
    func contradictions() {
        for matches in [[0, 9], [2, 1], [0, 2, 1, 3], [1]] {
            #expect(MessageKind.response.recoded(LineWriter(matches).bytes) == nil)
        }
        #expect(MessageKind.response.recoded(LineWriter([0, 2, 2, 3]).bytes) != nil)
    }

    @Test("a topology with an owner that is no member is refused")
    func unknownOwner() throws {
        var bytes = Response.topology(MessageCorpus.topology(members: 2, replicas: 1)).encoded()
        #expect(MessageKind.response.recoded(bytes) != nil)
        bytes[bytes.count - 1] = 1
        #expect(MessageKind.response.recoded(bytes) == nil)
    }

    @Test(
        "a key is 1 to 65,535 bytes",
        arguments: [(0, false), (1, true), (65_535, true), (65_536, false)])
    func keyLength(count: Int, isAccepted: Bool) {
        let bytes = Request.get(Key([UInt8](repeating: 1, count: count)), nil).encoded()
        #expect((MessageKind.request.recoded(bytes) != nil) == isAccepted)
    }

    private func survives(_ kind: MessageKind, _ bytes: [UInt8]) {
        guard let again = kind.recoded(bytes) else { return }
        #expect(kind.recoded(again) == again)
    }

    /// Both ends and some two hundred places between them.
    private static func cuts(_ count: Int) -> [Int] {
        let step = max(1, (count - 128) / 200)
        return Array(0..<64) + Array(stride(from: 64, to: count - 64, by: step))
            + Array(count - 64..<count)
    }
}

/// A response with one line of three bytes, packed by hand as no encoder would.
private struct LineWriter: ~Copyable {
    private var writer = MsgpackWriter()

    var bytes: [UInt8] { writer.bytes }

    init(_ matches: [Int]) {
        writer.writeArray(count: 2)
        writer.write(3)
        writer.writeArray(count: 3)
        writer.write(1)
        writer.writeArray(count: 1)
        writer.writeArray(count: 6)
        writer.write(Key("k"))
        writer.write(MessageCorpus.version)
        writer.write(1)
        writer.write(1)
        writer.writeArray(count: 1)
        writer.writeArray(count: 5)
        writer.write(1)
        writer.write(0)
        writer.write(binary: Array("abc".utf8))
        writer.write(3)
        writer.writeArray(count: matches.count)
        for position in matches { writer.write(position) }
        writer.writeNil()
        writer.writeNil()
    }
}
