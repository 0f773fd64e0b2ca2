/// Sets of scalars as one automaton over the bytes of their UTF-8, with equal parts shared.
///
/// A row says where each byte leads: `dead`, `done` (the scalar is complete and a member) or
/// another row. Only the special sets for what may follow a match ever take a line feed.
struct ByteGraph: Sendable {
    static let dead: UInt16 = 0
    static let done: UInt16 = 1

    /// Bytes of one class are alike to every row.
    private(set) var classes: [UInt8] = []
    private(set) var classCount = 0
    /// `classCount` targets per row.
    private(set) var rows: [UInt16] = []
    /// The row of each set in the order given.
    private(set) var roots: [UInt16] = []
    /// What follows a match: done by a word character, by another scalar, by a line feed, by
    /// broken bytes, by any byte.
    private(set) var word: UInt16 = 0
    private(set) var other: UInt16 = 0
    private(set) var lineEnd: UInt16 = 0
    private(set) var broken: UInt16 = 0

    init(_ sets: [ScalarSet], withWords: Bool) throws(PatternError) {
        var builder = ByteGraphBuilder()
        for set in sets { roots.append(try builder.root(of: set)) }
        lineEnd = builder.lineEnd()
        if withWords {
            word = try builder.root(of: UnicodeSets.word)
            other = try builder.root(of: UnicodeSets.notWordInLine)
            broken = builder.broken()
        }
        compress(builder.rows)
    }

    func target(of row: UInt16, _ byteClass: Int) -> UInt16 {
        rows[Int(row) * classCount + byteClass]
    }

    /// Joins neighbouring bytes that no row tells apart; the line feed stays alone.
    private mutating func compress(_ wide: [ByteGraphBuilder.Row]) {
        var isBoundary = Array(repeating: false, count: 257)
        isBoundary[10] = true
        isBoundary[11] = true
        for row in wide {
            var previous = Self.dead
            for (index, target) in row.targets.enumerated() {
                if target != previous { isBoundary[row.first + index] = true }
                previous = target
            }
            if previous != Self.dead { isBoundary[row.first + row.targets.count] = true }
        }
        var firsts = [0]
        classes = [0]
        for byte in 1..<256 {
            if isBoundary[byte] { firsts.append(byte) }
            classes.append(UInt8(firsts.count - 1))
        }
        classCount = firsts.count
        rows.reserveCapacity(wide.count * classCount)
        for row in wide { for first in firsts { rows.append(row[first]) } }
    }
}

/// Makes rows. Equal rows are one, so the tails of large sets are shared.
private struct ByteGraphBuilder {
    /// Targets of neighbouring bytes from `first` on; every other byte is dead.
    struct Row: Hashable {
        var first: Int
        var targets: [UInt16]

        static let dead = Row(first: 0, targets: [])

        subscript(byte: Int) -> UInt16 {
            let index = byte - first
            return targets.indices.contains(index) ? targets[index] : ByteGraph.dead
        }

        /// All targets at once: one by one is half of the time that a large set takes.
        func hash(into hasher: inout Hasher) {
            unsafe targets.withUnsafeBytes { bytes in unsafe hasher.combine(bytes: bytes) }
        }

        /// One target per continuation byte.
        static func continuation(_ targets: [UInt16]) -> Row { Row(first: 0x80, targets: targets) }
    }

    private(set) var rows: [Row] = [.dead, .dead]
    private var known: [Row: UInt16] = [:]
    /// Rows that take any one, two or three continuation bytes.
    private var anyTail: [UInt16] = [ByteGraph.done]

    init() {
        for _ in 1...3 {
            let target = anyTail[anyTail.count - 1]
            anyTail.append(intern(.continuation(Array(repeating: target, count: 64))))
        }
    }

    mutating func root(of set: ScalarSet) throws(PatternError) -> UInt16 {
        var row = Array(repeating: ByteGraph.dead, count: 256)
        for range in set.ranges where range.lowerBound < 0x80 {
            for byte in range.lowerBound...min(range.upperBound, 0x7f) {
                row[Int(byte)] = ByteGraph.done
            }
        }
        for byte in 0xc2...0xdf { row[byte] = tail(of: set, UInt32(byte & 0x1f) << 6, 1, 0x80) }
        for byte in 0xe0...0xef { row[byte] = tail(of: set, UInt32(byte & 0xf) << 12, 2, 0x800) }
        for byte in 0xf0...0xf4 {
            row[byte] = tail(of: set, UInt32(byte & 7) << 18, 3, 0x1_0000)
        }
        guard rows.count <= PatternLimit.nodes else {
            throw PatternError("pattern is too large: its classes are too many", at: 0)
        }
        return intern(Row(first: 0, targets: row))
    }

    /// The row for `length` continuation bytes of scalars from `base`; below `least` the encoding
    /// would be overlong.
    private mutating func tail(
        of set: ScalarSet, _ base: UInt32, _ length: Int, _ least: UInt32
    ) -> UInt16 {
        let step = UInt32(1) << UInt32(6 * (length - 1))
        switch set.coverage(of: base...(base + step * 64 - 1)) {
        case .none: return ByteGraph.dead
        case .all where base >= least: return anyTail[length]
        default: break
        }
        var row = Array(repeating: ByteGraph.dead, count: 64)
        if length == 1 {
            for range in set.ranges(touching: base...base + 63) {
                for scalar in max(range.lowerBound, base)...min(range.upperBound, base + 63) {
                    row[Int(scalar - base)] = ByteGraph.done
                }
            }
        } else {
            for index in 0..<64 where base + UInt32(index) * step >= least {
                row[index] = tail(of: set, base + UInt32(index) * step, length - 1, least)
            }
        }
        return intern(.continuation(row))
    }

    mutating func lineEnd() -> UInt16 { intern(Row(first: 10, targets: [ByteGraph.done])) }

    /// Done by the byte that proves that no valid scalar begins here.
    mutating func broken() -> UInt16 {
        let one = incomplete(0x80...0xbf, then: ByteGraph.dead)
        let two = incomplete(0x80...0xbf, then: one)
        let three = incomplete(0x80...0xbf, then: two)
        var row = Array(repeating: ByteGraph.dead, count: 256)
        for byte in Array(0x80...0xc1) + Array(0xf5...0xff) { row[byte] = ByteGraph.done }
        for byte in 0xc2...0xdf { row[byte] = one }
        for byte in 0xe1...0xef { row[byte] = two }
        for byte in 0xf1...0xf3 { row[byte] = three }
        row[0xe0] = incomplete(0xa0...0xbf, then: one)
        row[0xed] = incomplete(0x80...0x9f, then: one)
        row[0xf0] = incomplete(0x90...0xbf, then: two)
        row[0xf4] = incomplete(0x80...0x8f, then: two)
        return intern(Row(first: 0, targets: row))
    }

    private mutating func incomplete(_ valid: ClosedRange<Int>, then target: UInt16) -> UInt16 {
        var row = Array(repeating: ByteGraph.done, count: 256)
        for byte in valid { row[byte] = target }
        return intern(Row(first: 0, targets: row))
    }

    private mutating func intern(_ row: Row) -> UInt16 {
        if let index = known[row] { return index }
        rows.append(row)
        known[row] = UInt16(rows.count - 1)
        return UInt16(rows.count - 1)
    }
}
