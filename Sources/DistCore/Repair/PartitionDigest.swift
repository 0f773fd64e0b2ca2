/// What a partition holds, in 24 bytes that every merge updates in O(1) (A1).
///
/// The sum has no order, so owners that merged the same records along different ways agree, and
/// taking a record out is a subtraction. Equal digests mean equal contents up to chance (2⁻¹²⁸).
public struct PartitionDigest: Hashable, Sendable {
    /// Records summed up.
    public private(set) var count: UInt64
    /// Σ fingerprint modulo 2¹²⁸, the lower and the higher half.
    public private(set) var low: UInt64
    public private(set) var high: UInt64

    public init(count: UInt64 = 0, low: UInt64 = 0, high: UInt64 = 0) {
        self.count = count
        self.low = low
        self.high = high
    }

    public static let empty = PartitionDigest()

    public mutating func add(key: RawSpan, version: Version) {
        add(Self.fingerprint(key: key, version: version))
    }

    /// Takes out what `add` put in. The caller knows that it is there.
    public mutating func remove(key: RawSpan, version: Version) {
        remove(Self.fingerprint(key: key, version: version))
    }

    /// One key goes from one version to the next, and is read once for both.
    public mutating func replace(key: RawSpan, old: Version, new: Version) {
        let hashes = Self.hashes(key)
        remove(Self.fingerprint(hashes, old))
        add(Self.fingerprint(hashes, new))
    }

    /// 128 bits that stand for (key, version) on every node: the seeds never change.
    public static func fingerprint(key: RawSpan, version: Version) -> (low: UInt64, high: UInt64) {
        fingerprint(hashes(key), version)
    }

    /// The digest of both contents together.
    public mutating func formSum(with other: PartitionDigest) {
        let total = count &+ other.count
        add((other.low, other.high))
        count = total
    }

    public mutating func add(_ fingerprint: (low: UInt64, high: UInt64)) {
        let (sum, carry) = low.addingReportingOverflow(fingerprint.low)
        low = sum
        high = high &+ fingerprint.high &+ (carry ? 1 : 0)
        count &+= 1
    }

    public mutating func remove(_ fingerprint: (low: UInt64, high: UInt64)) {
        let (difference, borrow) = low.subtractingReportingOverflow(fingerprint.low)
        low = difference
        high = high &- fingerprint.high &- (borrow ? 1 : 0)
        count &-= 1
    }

    @inline(__always)
    private static func hashes(_ key: RawSpan) -> (UInt64, UInt64) {
        (
            Mix.hash(key, seed: 0x243f_6a88_85a3_08d3), Mix.hash(key, seed: 0x1319_8a2e_0370_7344)
        )
    }

    @inline(__always)
    private static func fingerprint(
        _ hashes: (UInt64, UInt64), _ version: Version
    ) -> (low: UInt64, high: UInt64) {
        let clock = version.clock.rawValue
        let origin = version.origin
        return (
            Mix.fold(hashes.0 ^ clock, Mix.fold(origin ^ 0xa409_3822_299f_31d0, hashes.1)),
            Mix.fold(hashes.1 ^ origin, Mix.fold(clock ^ 0x082e_fa98_ec4e_6c89, hashes.0))
        )
    }
}
