/// Many 16-bit numbers as one byte string, little-endian: tables travel without a tag per number.
enum Packed {
    static func bytes(_ numbers: [UInt16]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count * 2)
        for number in numbers {
            bytes.append(UInt8(truncatingIfNeeded: number))
            bytes.append(UInt8(truncatingIfNeeded: number >> 8))
        }
        return bytes
    }
}

extension MsgpackReader {
    mutating func readPackedNumbers() throws(MsgpackError) -> [UInt16] {
        let bytes = try readSlice()
        guard bytes.count.isMultiple(of: 2) else { throw .invalid("whole 16-bit numbers") }
        return (0..<bytes.count / 2).map { UInt16(bytes[$0 * 2]) | UInt16(bytes[$0 * 2 + 1]) << 8 }
    }
}
