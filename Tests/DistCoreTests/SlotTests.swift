import GrepvineDistCore
import Testing

@Suite("Slots")
struct SlotTests {
    @Test(
        "are those of Redis Cluster",
        arguments: [
            ("123456789", 0x31C3), ("foo", 12182), ("bar", 5061), ("", 0), ("a", 15495),
            ("hello", 866),
        ])
    func golden(key: String, slot: Int) {
        #expect(Int(Slot(of: Key(key)).number) == slot)
    }

    @Test(
        "follow the hash tag",
        arguments: [
            ("{user1000}.following", "user1000"), ("{user1000}.followers", "user1000"),
            ("foo{bar}{zap}", "bar"), ("foo{{bar}}zap", "{bar"), ("a{b", "a{b"),
            ("foo{}{bar}", "foo{}{bar}"), ("}{x}", "x"), ("{}", "{}"), ("x}y{z", "x}y{z"),
        ])
    func tags(key: String, hashed: String) {
        let slot = Slot(of: Key(key)).number
        #expect(slot == Self.reference(hashed))
    }

    @Test(
        "agree with the definition bit by bit for every length", arguments: 0..<20 as Range<UInt64>)
    func reference(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for length in 0..<70 {
            let bytes = (0..<length).map { _ in
                UInt8.random(in: 0...127, using: &generator) & ~2 | 0x80
            }
            #expect(Slot(of: bytes.span.bytes).number == Self.reference(bytes))
        }
    }

    @Test("sixteen in a row are one partition")
    func partitions() {
        for number in 0..<UInt16(Slot.count) {
            #expect(Slot(number: number).partition.number == number / 16)
        }
    }

    private static func reference(_ text: String) -> UInt16 { reference(Array(text.utf8)) }

    /// Polynomial division, one bit at a time.
    private static func reference(_ bytes: [UInt8]) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return crc % 16_384
    }
}
