/// Which sets of an automaton a scalar belongs to, as one small number, and what side it is.
struct ScalarClasses: Sendable {
    /// Belongs to no set: broken bytes and the end of the line.
    static let none = 0

    /// Where the class changes, ascending, from scalar 0 on; and the class from there.
    private var bounds: [UInt32] = []
    private var classes: [UInt16] = []
    private var ascii: [UInt16] = []
    /// For each class the indexes of the sets that hold it.
    private(set) var members: [[Int]] = [[]]
    private var sides: [Side] = [.other]

    init(_ automaton: Automaton) {
        let word = automaton.looksAtWords ? UnicodeSets.word : .none
        var changes: Set<UInt32> = [0]
        for set in automaton.sets + [word] {
            for range in set.ranges { changes.formUnion([range.lowerBound, range.upperBound + 1]) }
        }
        bounds = changes.sorted()
        var setsOfBound: [[Int]] = Array(repeating: [], count: bounds.count)
        for (index, set) in automaton.sets.enumerated() {
            for bound in Self.indexes(of: set, in: bounds) { setsOfBound[bound].append(index) }
        }
        let words = Set(Self.indexes(of: word, in: bounds))
        var known: [[Int]: UInt16] = [:]
        for (bound, sets) in setsOfBound.enumerated() {
            let side = words.contains(bound) ? Side.word : .other
            let key = sets + [-1 - side.rawValue]
            if known[key] == nil {
                known[key] = UInt16(members.count)
                members.append(sets)
                sides.append(side)
            }
            classes.append(known[key] ?? 0)
        }
        ascii = (0..<128).map { classes[boundIndex(of: $0)] }
    }

    private static func indexes(of set: ScalarSet, in bounds: [UInt32]) -> [Int] {
        var indexes: [Int] = []
        var at = 0
        for range in set.ranges {
            var high = bounds.count
            while at < high {
                let middle = (at + high) / 2
                if bounds[middle] < range.lowerBound { at = middle + 1 } else { high = middle }
            }
            while at < bounds.count, bounds[at] <= range.upperBound {
                indexes.append(at)
                at += 1
            }
        }
        return indexes
    }

    private func boundIndex(of scalar: UInt32) -> Int {
        var low = 0
        var high = bounds.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if bounds[middle] <= scalar { low = middle } else { high = middle }
        }
        return low
    }

    /// One scalar of a line, or a byte of none.
    struct Unit {
        var scalarClass: Int
        var side: Side
        /// In bytes; 0 at the end of the line.
        var length: Int
    }

    /// What begins at `index` of a line that ends at `end`.
    @inline(__always)
    func unit(in bytes: UnsafeRawBufferPointer, at index: Int, end: Int) -> Unit {
        guard index < end else { return Unit(scalarClass: Self.none, side: .edge, length: 0) }
        let byte = unsafe bytes[index]
        if byte < 0x80 {
            let scalarClass = Int(ascii[Int(byte)])
            return Unit(scalarClass: scalarClass, side: sides[scalarClass], length: 1)
        }
        guard let (scalar, length) = unsafe UTF8Reader.scalar(in: bytes, at: index, end: end)
        else { return Unit(scalarClass: Self.none, side: .broken, length: 1) }
        let scalarClass = Int(classes[boundIndex(of: scalar)])
        return Unit(scalarClass: scalarClass, side: sides[scalarClass], length: length)
    }

    /// What ends at `index` of a line that begins at `start`.
    func side(in bytes: UnsafeRawBufferPointer, before index: Int, start: Int) -> Side {
        guard index > start else { return .edge }
        var first = index - 1
        while first > start, index - first < 4, unsafe bytes[first] & 0xc0 == 0x80 { first -= 1 }
        let last = unsafe unit(in: bytes, at: first, end: index)
        return last.length == index - first ? last.side : .broken
    }
}

/// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Reader {
    static func scalar(
        in bytes: UnsafeRawBufferPointer, at index: Int, end: Int
    ) -> (scalar: UInt32, length: Int)? {
        let lead = unsafe bytes[index]
        let (length, least): (Int, UInt32) =
            switch lead {
            case 0..<0x80: (1, 0)
            case 0xc2...0xdf: (2, 0x80)
            case 0xe0...0xef: (3, 0x800)
            case 0xf0...0xf4: (4, 0x1_0000)
            default: (0, 0)
            }
        guard length > 0, index + length <= end else { return nil }
        guard length > 1 else { return (UInt32(lead), 1) }
        var scalar = UInt32(lead) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            let byte = unsafe bytes[index + offset]
            guard byte & 0xc0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(byte & 0x3f)
        }
        let isValid = scalar >= least && scalar <= 0x10ffff && scalar & 0xffff_f800 != 0xd800
        return isValid ? (scalar, length) : nil
    }
}
