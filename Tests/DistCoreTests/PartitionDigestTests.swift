import GrepvineDistCore
import Testing

@Suite("The digest of a partition")
struct PartitionDigestTests {
    private static let records: [(Key, Version)] = (0..<64).map { index in
        let clock = HybridClock(rawValue: UInt64(index % 7) << 16)
        return (Key("key-\(index / 2)"), Version(clock: clock, origin: UInt64(index)))
    }

    private static func digest(_ records: some Sequence<(Key, Version)>) -> PartitionDigest {
        var digest = PartitionDigest.empty
        for (key, version) in records { digest.add(key: key.bytes.span.bytes, version: version) }
        return digest
    }

    @Test("the order of arrival does not matter", arguments: 0..<8 as Range<UInt64>)
    func orderless(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let shuffled = Self.records.shuffled(using: &generator)
        #expect(Self.digest(shuffled) == Self.digest(Self.records))
    }

    @Test("removing what was added leads back, through every carry")
    func removal() {
        var digest = PartitionDigest.empty
        var trail: [PartitionDigest] = []
        for (key, version) in Self.records {
            trail.append(digest)
            digest.add(key: key.bytes.span.bytes, version: version)
        }
        for (key, version) in Self.records.reversed() {
            digest.remove(key: key.bytes.span.bytes, version: version)
            #expect(digest == trail.popLast())
        }
        #expect(digest == .empty)
    }

    @Test("replacing is removing the old version and adding the new one")
    func replacement() {
        let (key, old) = Self.records[3]
        let new = Version(clock: HybridClock(rawValue: 99), origin: 5)
        var replaced = Self.digest(Self.records)
        replaced.replace(key: key.bytes.span.bytes, old: old, new: new)
        var other = Self.records
        other[3] = (key, new)
        #expect(replaced == Self.digest(other))
    }

    @Test("a difference in one bit of key, clock or origin shows in both halves")
    func sensitivity() {
        let key: [UInt8] = Array("a key of some length, beyond sixteen".utf8)
        let version = Version(clock: HybridClock(rawValue: 0x1234_5678), origin: 42)
        let base = PartitionDigest.fingerprint(key: key.span.bytes, version: version)
        func differs(_ other: (low: UInt64, high: UInt64)) -> Bool {
            other.low != base.low && other.high != base.high
        }
        for bit in 0..<key.count * 8 {
            var changed = key
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(
                differs(PartitionDigest.fingerprint(key: changed.span.bytes, version: version)))
        }
        for bit in 0..<64 as Range<UInt64> {
            let clock = HybridClock(rawValue: version.clock.rawValue ^ 1 << bit)
            let later = Version(clock: clock, origin: version.origin)
            let other = Version(clock: version.clock, origin: version.origin ^ 1 << bit)
            #expect(differs(PartitionDigest.fingerprint(key: key.span.bytes, version: later)))
            #expect(differs(PartitionDigest.fingerprint(key: key.span.bytes, version: other)))
        }
    }

    @Test("a fingerprint is the same on every machine and in every release")
    func golden() {
        let version = Version(clock: HybridClock(rawValue: 0x0102_0304_0506_0708), origin: 9)
        let print = PartitionDigest.fingerprint(
            key: Array("grepvine".utf8).span.bytes, version: version)
        #expect(print.low == 0xea16_9d9f_1cd4_b49a)
        #expect(print.high == 0xd360_3135_dc94_657c)
    }
}
