/// A set of bytes as at most two ranges, which sixteen places at a time can be compared with. Where
/// it stands for more ranges, it holds what lies between them, too: all its uses are filters.
struct ByteSet: Hashable, Sendable {
    private(set) var low: UInt8
    private(set) var width: UInt8
    /// The same again when one range is enough.
    private(set) var otherLow: UInt8
    private(set) var otherWidth: UInt8

    /// The smallest two ranges that cover these. Nil for none.
    init?(covering bytes: some Sequence<UInt8>) {
        let sorted = Set(bytes).sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        // The widest gap is what the ranges leave out.
        let gap = zip(sorted, sorted.dropFirst()).max { $0.1 - $0.0 < $1.1 - $1.0 }
        let (end, start) = gap.flatMap { $0.1 - $0.0 > 1 ? $0 : nil } ?? (last, first)
        (low, width) = (first, end - first)
        (otherLow, otherWidth) = (start, last - start)
    }

    /// Sets of which each scalar has one byte each, in order. Nil when they differ in length, or
    /// are too many to look at.
    static func covering(_ set: ScalarSet) -> [ByteSet]? {
        guard set.count <= mostScalars else { return nil }
        let scalars = set.ranges.flatMap { Array($0) }.compactMap(Unicode.Scalar.init)
        let encodings = scalars.map { Array(String($0).utf8) }
        guard let length = encodings.first?.count, encodings.allSatisfy({ $0.count == length })
        else { return nil }
        return (0..<length).compactMap { place in ByteSet(covering: encodings.map { $0[place] }) }
    }

    private static let mostScalars = 256

    /// Covers both.
    func union(_ other: ByteSet) -> ByteSet {
        let bytes = (0...UInt8.max).filter { contains($0) || other.contains($0) }
        return ByteSet(covering: bytes) ?? self
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
