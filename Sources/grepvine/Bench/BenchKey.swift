import GrepvineDistCore

/// The key space of a measurement: `count` different keys of 16 hexadecimal digits, scattered so
/// that neighbours in number are not neighbours in name. The same in every run.
struct BenchKey {
    static let length = 16

    /// Two digits for each byte, in the order in which they lie in memory.
    private static let digitPairs: [UInt16] = (0..<256).map { byte in
        let digits = Array("0123456789abcdef".utf8)
        return UInt16(digits[byte & 15]) << 8 | UInt16(digits[byte >> 4])
    }

    /// Writes the key with this number, 16 bytes, to `place`.
    static func write(_ number: Int, to place: UnsafeMutableRawPointer) {
        let name = scatter(UInt64(number))
        digitPairs.withUnsafeBufferPointer { pairs in
            for index in 0..<8 {
                let byte = Int(truncatingIfNeeded: name >> UInt64(8 * index) & 0xff)
                place.storeBytes(
                    of: pairs[byte].littleEndian, toByteOffset: 2 * index, as: UInt16.self)
            }
        }
    }

    static func key(_ number: Int) -> Key {
        var bytes = [UInt8](repeating: 0, count: length)
        bytes.withUnsafeMutableBytes { write(number, to: $0.baseAddress!) }
        return Key(bytes)
    }

    /// One to one, so that different numbers stay different.
    private static func scatter(_ number: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: number)
        return generator.next()
    }
}

/// Which keys come next.
struct KeySequence {
    private let count: Int
    private var generator: SeededGenerator
    /// Nil when the keys are drawn at random.
    private var position: Int?

    /// Uniform draws from `count` keys, for ever.
    static func uniform(over count: Int, seed: UInt64) -> KeySequence {
        KeySequence(count: count, generator: SeededGenerator(seed: seed), position: nil)
    }

    /// Each of `count` keys once.
    static func each(of count: Int) -> KeySequence {
        KeySequence(count: count, generator: SeededGenerator(seed: 0), position: 0)
    }

    /// How many are left; no end for draws.
    var remaining: Int { position.map { count - $0 } ?? .max }

    mutating func next() -> Int {
        guard let position else {
            return Int(generator.next().multipliedFullWidth(by: UInt64(count)).high)
        }
        self.position = position + 1
        return position
    }
}
