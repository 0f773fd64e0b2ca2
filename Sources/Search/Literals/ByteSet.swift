/// A set of bytes as at most two ranges, which sixteen places at a time can be compared with.
struct ByteSet: Hashable, Sendable {
    private(set) var low: UInt8
    private(set) var width: UInt8
    /// The same again when one range is enough.
    private(set) var otherLow: UInt8
    private(set) var otherWidth: UInt8

    /// Nil when there are more ranges, or a scalar in them takes several bytes.
    init?(_ set: ScalarSet) {
        guard let first = set.ranges.first, let last = set.ranges.last, set.ranges.count <= 2,
            last.upperBound < 0x80
        else { return nil }
        low = UInt8(first.lowerBound)
        width = UInt8(first.upperBound - first.lowerBound)
        otherLow = UInt8(last.lowerBound)
        otherWidth = UInt8(last.upperBound - last.lowerBound)
    }

    init(_ byte: UInt8) {
        (low, width) = (byte, 0)
        (otherLow, otherWidth) = (byte, 0)
    }

    var isOneRange: Bool { low == otherLow }

    func contains(_ byte: UInt8) -> Bool {
        byte &- low <= width || byte &- otherLow <= otherWidth
    }

    /// The share of its bytes among all bytes.
    var share: Double {
        (0...UInt8.max).reduce(0) { $0 + (contains($1) ? ByteFrequency.share(of: $1) : 0) }
    }
}
