/// Some of the units of one segment, as bits.
package struct UnitSet: Hashable, Sendable {
    /// How many units the segment has.
    package let units: Int
    private(set) var words: [UInt64]

    init(units: Int, all: Bool = false) {
        self.units = units
        words = Array(repeating: all ? .max : 0, count: (units + 63) / 64)
        if all, units % 64 != 0 { words[words.count - 1] = 1 << UInt64(units % 64) - 1 }
    }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    package func contains(_ unit: Int) -> Bool {
        words[unit >> 6] >> UInt64(unit & 63) & 1 == 1
    }

    /// False when there is no such unit, and then nothing changes.
    @inline(__always)
    mutating func insert(_ unit: Int) -> Bool {
        guard unit >= 0, unit < units else { return false }
        words[unit >> 6] |= 1 << UInt64(unit & 63)
        return true
    }

    /// Or-s in eight units from `8 * byte` on.
    mutating func insert(bits: UInt8, at byte: Int) {
        words[byte >> 3] |= UInt64(bits) << UInt64(8 * (byte & 7))
    }

    mutating func formUnion(_ other: UnitSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    mutating func formIntersection(_ other: UnitSet) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    /// Neighbouring units as one range each, ascending.
    package var runs: [Range<Int>] {
        var runs: [Range<Int>] = []
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                let unit = index * 64 + rest.trailingZeroBitCount
                rest &= rest - 1
                if let last = runs.last, last.upperBound == unit {
                    runs[runs.count - 1] = last.lowerBound..<unit + 1
                } else {
                    runs.append(unit..<unit + 1)
                }
            }
        }
        return runs
    }
}
