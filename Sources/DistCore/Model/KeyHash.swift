/// Where a key lies in one node's key index: the partition in the top ten bits, then 54 bits of a
/// seeded hash. So index order groups the keys of a partition together.
///
/// The seed differs per node, so nobody outside can aim keys at one page. Never on the wire.
public struct KeyHash: Hashable, Comparable, Sendable {
    public let bits: UInt64

    public init(bits: UInt64) { self.bits = bits }

    public init(_ key: RawSpan, partition: Partition, seed: UInt64) {
        bits = UInt64(partition.number) << 54 | Mix.hash(key, seed: seed) >> 10
    }

    public var partition: Partition { Partition(number: UInt16(bits >> 54)) }

    public static func < (left: KeyHash, right: KeyHash) -> Bool { left.bits < right.bits }
}

/// A fast 64-bit hash built on the folded 64×64→128 multiplication (the idea of wyhash). Good
/// spread, deterministic everywhere, not cryptographic.
package enum Mix {
    private static let first: UInt64 = 0xa076_1d64_78bd_642f
    private static let second: UInt64 = 0xe703_7ed1_a0b4_28db
    private static let third: UInt64 = 0x8ebc_6af0_9c88_c6e3

    @inline(__always)
    package static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    package static func hash(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        var state = seed ^ first
        var offset = 0
        while count - offset > 16 {
            state = fold(word(bytes, offset) ^ second, word(bytes, offset + 8) ^ state)
            offset += 16
        }
        let (low, high) = tail(bytes, offset)
        return fold(second ^ UInt64(count), fold(low ^ second, high ^ state ^ third))
    }

    /// The last 0 to 16 bytes as two words that overlap in the middle, so that no length loops.
    @inline(__always)
    private static func tail(_ bytes: RawSpan, _ offset: Int) -> (UInt64, UInt64) {
        let end = bytes.byteCount
        let left = end - offset
        if left >= 8 { return (word(bytes, offset), word(bytes, end - 8)) }
        if left >= 4 { return (half(bytes, offset), half(bytes, end - 4)) }
        guard left > 0 else { return (0, 0) }
        let ends = UInt64(bytes[offset]) << 8 | UInt64(bytes[end - 1])
        return (ends << 8 | UInt64(bytes[offset + left / 2]), 0)
    }

    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.word(offset))
    }

    @inline(__always)
    private static func half(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(UInt32(littleEndian: bytes.half(offset)))
    }
}
