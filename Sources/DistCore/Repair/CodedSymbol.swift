/// The sum of the entries that take part in one symbol. What both sides have falls out of the
/// difference of their symbols, and a symbol with one entry left gives it away.
package struct CodedSymbol: Hashable, Sendable {
    /// Exclusive or of the entries, and of their checks.
    package internal(set) var sum: UInt64 = 0
    package internal(set) var check: UInt32 = 0
    package internal(set) var count: Int64 = 0

    package init(sum: UInt64 = 0, check: UInt32 = 0, count: Int64 = 0) {
        self.sum = sum
        self.check = check
        self.count = count
    }

    /// Nothing is left in it.
    var isEmpty: Bool { sum == 0 && check == 0 && count == 0 }

    /// One entry is left, of either side. Chance takes something else for one once in 2³² times;
    /// then the outcome names an entry that nobody has, and the next round finds what it missed.
    var isSingle: Bool { (count == 1 || count == -1) && check == Self.check(sum) }

    mutating func add(_ entry: UInt64, _ sign: Int64) {
        sum ^= entry
        check ^= Self.check(entry)
        count &+= sign
    }

    mutating func subtract(_ other: CodedSymbol) {
        sum ^= other.sum
        check ^= other.check
        count &-= other.count
    }

    static func check(_ entry: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: Mix.fold(entry ^ 0xe703_7ed1_a0b4_28db, 0x8ebc_6af0_9c88_c6e3))
    }

    /// What both sides expect as the count of the symbol at `index` of so many entries, so that
    /// only the small difference is sent.
    static func expectedCount(_ index: Int, of entries: Int) -> Int64 {
        Int64(2 * entries / (2 + index))
    }
}

extension ByteWriter {
    /// Symbols of a set with so many entries, the first of which is number `first`: twelve bytes
    /// each and mostly one more.
    package mutating func write(_ symbols: [CodedSymbol], from first: Int, of entries: Int) {
        for (index, symbol) in symbols.enumerated() {
            write(symbol.sum)
            write(symbol.check)
            write(signed: symbol.count &- CodedSymbol.expectedCount(first + index, of: entries))
        }
    }

    /// Seven bits a byte, small ones of either sign first.
    private mutating func write(signed number: Int64) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        while rest > 0x7f {
            write(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        write(UInt8(rest))
    }
}

extension ByteReader {
    /// `count` symbols, the first of which is number `first` of a set of so many entries.
    package mutating func readSymbols(
        from first: Int, count: Int, of entries: Int
    ) -> [CodedSymbol]? {
        guard count >= 0, count <= remaining / 13 else { return nil }
        var symbols: [CodedSymbol] = []
        symbols.reserveCapacity(count)
        for index in first..<first + count {
            guard let sum = readUInt64(), let check = readUInt32(), let deviation = readSigned()
            else { return nil }
            let count = CodedSymbol.expectedCount(index, of: entries) &+ deviation
            symbols.append(CodedSymbol(sum: sum, check: check, count: count))
        }
        return symbols
    }

    private mutating func readSigned() -> Int64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = readUInt8() else { return nil }
            number |= UInt64(byte & 0x7f) << shift
            guard byte & 0x80 == 0 else { continue }
            // One way to write each number: no empty last byte, no bits past the 64th.
            if (byte == 0 && shift > 0) || (shift == 63 && byte > 1) { return nil }
            return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
        }
        return nil
    }
}
