/// A set of Unicode scalar values as ascending ranges that neither overlap nor touch.
struct ScalarSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let none = ScalarSet([])
    /// Every scalar: surrogates are none.
    static let all = ScalarSet([0...0xd7ff, 0xe000...0x10ffff])
    static let lineFeed = ScalarSet([10...10])
    static let carriageReturn = ScalarSet([13...13])

    /// The union of ranges in any order.
    init(_ unordered: [ClosedRange<UInt32>]) {
        ranges = []
        for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, range.lowerBound <= last.upperBound &+ 1 {
                ranges[ranges.count - 1] =
                    last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
    }

    init(_ scalar: UInt32) { ranges = [scalar...scalar] }

    var isEmpty: Bool { ranges.isEmpty }

    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    func contains(_ scalar: UInt32) -> Bool {
        let index = firstRange(endingAtOrAfter: scalar)
        return index < ranges.count && ranges[index].lowerBound <= scalar
    }

    /// How much of `span` the set holds.
    func coverage(of span: ClosedRange<UInt32>) -> Coverage {
        let index = firstRange(endingAtOrAfter: span.lowerBound)
        guard index < ranges.count, ranges[index].lowerBound <= span.upperBound else {
            return .none
        }
        let isWhole =
            ranges[index].lowerBound <= span.lowerBound
            && ranges[index].upperBound >= span.upperBound
        return isWhole ? .all : .some
    }

    /// The ranges that share a scalar with `span`.
    func ranges(touching span: ClosedRange<UInt32>) -> ArraySlice<ClosedRange<UInt32>> {
        let first = firstRange(endingAtOrAfter: span.lowerBound)
        var end = first
        while end < ranges.count, ranges[end].lowerBound <= span.upperBound { end += 1 }
        return ranges[first..<end]
    }

    enum Coverage { case none, some, all }

    private func firstRange(endingAtOrAfter scalar: UInt32) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    /// Every scalar that is not in the set.
    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges + [0x11_0000...0x11_0000] {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        return ScalarSet(gaps.flatMap(Self.withoutSurrogates))
    }

    func intersection(_ other: ScalarSet) -> ScalarSet {
        var shared: [ClosedRange<UInt32>] = []
        var left = 0
        var right = 0
        while left < ranges.count, right < other.ranges.count {
            let low = max(ranges[left].lowerBound, other.ranges[right].lowerBound)
            let high = min(ranges[left].upperBound, other.ranges[right].upperBound)
            if low <= high { shared.append(low...high) }
            if ranges[left].upperBound < other.ranges[right].upperBound {
                left += 1
            } else {
                right += 1
            }
        }
        return ScalarSet(shared)
    }

    func subtracting(_ other: ScalarSet) -> ScalarSet { intersection(other.inverted) }

    static func withoutSurrogates(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        var parts: [ClosedRange<UInt32>] = []
        if range.lowerBound < 0xd800 {
            parts.append(range.lowerBound...min(range.upperBound, 0xd7ff))
        }
        if range.upperBound > 0xdfff {
            parts.append(max(range.lowerBound, 0xe000)...range.upperBound)
        }
        return parts
    }
}
