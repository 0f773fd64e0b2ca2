/// Finds the first of one to four literals, sixteen places at a time: the two rarest bytes of a
/// literal are compared where they would be, and only places where both agree are looked at.
struct LiteralScanner: Sendable {
    static let mostLiterals = 4

    private struct Probe: Sendable {
        var literal: Literal
        /// Offsets of the two rarest bytes.
        var first: Int
        var second: Int
        var firstByte: UInt8
        var secondByte: UInt8
        var firstMask: UInt8
        var secondMask: UInt8

        init(_ literal: Literal) {
            self.literal = literal
            let ranked = literal.bytes.indices.sorted {
                (ByteFrequency.rarity(of: literal.bytes[$1]), $0)
                    < (ByteFrequency.rarity(of: literal.bytes[$0]), $1)
            }
            first = ranked[0]
            second = ranked.count > 1 ? ranked[1] : ranked[0]
            firstByte = literal.bytes[first]
            secondByte = literal.bytes[second]
            firstMask = literal.masks[first]
            secondMask = literal.masks[second]
        }

        @inline(__always)
        func candidates(_ bytes: UnsafeRawBufferPointer, at index: Int) -> SIMDMask<SIMD16<Int8>> {
            let left = unsafe bytes.block(at: index + first) | SIMD16(repeating: firstMask)
            let right = unsafe bytes.block(at: index + second) | SIMD16(repeating: secondMask)
            return (left .== SIMD16(repeating: firstByte))
                .& (right .== SIMD16(repeating: secondByte))
        }

        func matches(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
            for offset in literal.bytes.indices
            where unsafe bytes[index + offset] | literal.masks[offset] != literal.bytes[offset] {
                return false
            }
            return true
        }
    }

    private let probes: [Probe]
    private let shortest: Int
    private let reach: Int

    /// Literals of at least one byte.
    init(_ literals: [Literal]) {
        precondition((1...Self.mostLiterals).contains(literals.count), "\(literals.count) literals")
        probes = literals.map(Probe.init)
        shortest = literals.map(\.bytes.count).min() ?? 1
        reach = literals.map(\.bytes.count).max() ?? 1
    }

    /// The leftmost place in `start..<end` where a literal lies whole.
    func first(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        probes.count == 1
            ? unsafe first(probes[0], in: bytes, from: start, to: end)
            : unsafe firstOfMany(in: bytes, from: start, to: end)
    }

    private func first(
        _ probe: Probe, in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        var index = start
        while index + 63 + reach <= end {
            let one = unsafe probe.candidates(bytes, at: index)
            let two = unsafe probe.candidates(bytes, at: index + 16)
            let three = unsafe probe.candidates(bytes, at: index + 32)
            let four = unsafe probe.candidates(bytes, at: index + 48)
            if !((one .| two) .| (three .| four)).isEmpty {
                if let found = unsafe verified(probe, bytes, one, index) { return found }
                if let found = unsafe verified(probe, bytes, two, index + 16) { return found }
                if let found = unsafe verified(probe, bytes, three, index + 32) { return found }
                if let found = unsafe verified(probe, bytes, four, index + 48) { return found }
            }
            index += 64
        }
        while index + 15 + reach <= end {
            let one = unsafe probe.candidates(bytes, at: index)
            if let found = unsafe verified(probe, bytes, one, index) { return found }
            index += 16
        }
        while index + reach <= end {
            if unsafe probe.matches(bytes, at: index) { return index }
            index += 1
        }
        return nil
    }

    private func verified(
        _ probe: Probe, _ bytes: UnsafeRawBufferPointer, _ candidates: SIMDMask<SIMD16<Int8>>,
        _ index: Int
    ) -> Int? {
        var lanes = unsafe unsafeBitCast(candidates, to: SIMD2<UInt64>.self)
        for half in 0..<2 {
            while lanes[half] != 0 {
                let lane = lanes[half].littleEndian.trailingZeroBitCount / 8
                if unsafe probe.matches(bytes, at: index + 8 * half + lane) {
                    return index + 8 * half + lane
                }
                lanes[half] &= ~(UInt64(0xff) << UInt64(8 * lane)).littleEndian
            }
        }
        return nil
    }

    private func firstOfMany(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        var index = start
        while index + 15 + reach <= end {
            var found: Int?
            for probe in probes {
                let candidates = unsafe probe.candidates(bytes, at: index)
                if !candidates.isEmpty,
                    let place = unsafe verified(probe, bytes, candidates, index)
                {
                    found = min(found ?? place, place)
                }
            }
            if let found { return found }
            index += 16
        }
        while index + shortest <= end {
            for probe in probes where index + probe.literal.bytes.count <= end {
                if unsafe probe.matches(bytes, at: index) { return index }
            }
            index += 1
        }
        return nil
    }
}
