/// The units that hold one gram: ascending numbers as differences in varints, or a bit for each
/// unit, whichever is shorter. Most lists hold a few numbers, and for those nothing is shorter.
struct PostingList {
    enum Form: UInt8 {
        case differences = 0
        case bitmap = 1
    }

    let form: Form
    /// Where its bytes are among the postings.
    let range: Range<Int>

    /// An upper bound of how many units it names; for a bitmap of `units` a guess.
    func estimate(units: Int) -> Int { form == .bitmap ? units / 2 : range.count }

    /// Appends ascending numbers below `units`.
    static func encode(
        _ numbers: UnsafeBufferPointer<UInt32>, units: Int, into bytes: inout [UInt8]
    ) -> Form {
        let limit = (units + 7) / 8
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: limit + 5) { buffer in
            guard unsafe writeDifferences(numbers, to: buffer, limit, &bytes) else {
                unsafe buffer.initialize(repeating: 0)
                for index in 0..<numbers.count {
                    let number = unsafe numbers[index]
                    unsafe buffer[Int(number >> 3)] |= 1 << UInt8(number & 7)
                }
                unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<limit]))
                return .bitmap
            }
            return .differences
        }
    }

    /// False when that would take more than `limit` bytes; never less than one for each number.
    private static func writeDifferences(
        _ numbers: UnsafeBufferPointer<UInt32>, to buffer: UnsafeMutableBufferPointer<UInt8>,
        _ limit: Int, _ bytes: inout [UInt8]
    ) -> Bool {
        guard numbers.count <= limit else { return false }
        var used = 0
        var previous: UInt32 = 0
        for index in 0..<numbers.count {
            let number = unsafe numbers[index]
            var rest = number &- previous
            previous = number
            while rest >= 0x80 {
                unsafe buffer[used] = UInt8(truncatingIfNeeded: rest) | 0x80
                used += 1
                rest >>= 7
            }
            unsafe buffer[used] = UInt8(truncatingIfNeeded: rest)
            used += 1
            guard used <= limit else { return false }
        }
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<used]))
        return true
    }

    /// Adds the units to `set`. False when the bytes are not such a list; what was read before that
    /// is in the set.
    func read(_ postings: ByteSection, into set: inout UnitSet) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= postings.count else { return false }
        switch form {
        case .bitmap: return readBitmap(postings, into: &set)
        case .differences: return readDifferences(postings, into: &set)
        }
    }

    private func readBitmap(_ postings: ByteSection, into set: inout UnitSet) -> Bool {
        guard range.count == (set.units + 7) / 8 else { return false }
        for index in 0..<range.count {
            set.insert(bits: postings[range.lowerBound + index], at: index)
        }
        let spare = range.count * 8 - set.units
        return spare == 0 || postings[range.upperBound - 1] >> UInt8(8 - spare) == 0
    }

    private func readDifferences(_ postings: ByteSection, into set: inout UnitSet) -> Bool {
        var index = range.lowerBound
        var number = 0
        var isFirst = true
        while index < range.upperBound {
            guard let step = postings.varint(at: &index, before: range.upperBound),
                isFirst || step > 0
            else { return false }
            number += Int(step)
            guard set.insert(number) else { return false }
            isFirst = false
        }
        return true
    }
}

extension [UInt8] {
    /// Seven bits a byte, the lowest first; the top bit says that more follow.
    mutating func appendVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(littleEndian value: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }
}
