/// Finds the first of one to four literals, sixteen places at a time: the two rarest bytes of a
/// literal are compared where they would be, and only places where both agree are looked at.
struct LiteralScanner: Sendable {
    static let mostLiterals = 4

    /// Where the two rarest bytes of a literal are and what they are: nothing to retain.
    private struct Probe: Sendable {
        var first: Int
        var second: Int
        var firstByte: UInt8
        var secondByte: UInt8
        var firstMask: UInt8
        var secondMask: UInt8
        /// The first sixteen bytes with their masks, and which of them there are: most literals
        /// are compared whole with one instruction.
        var head: SIMD16<UInt8> = .zero
        var headMasks: SIMD16<UInt8> = .zero
        var headLanes: SIMD16<UInt8> = .zero
        var count: Int

        init(_ literal: Literal) {
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
            count = literal.bytes.count
            for index in 0..<min(16, count) {
                head[index] = literal.bytes[index]
                headMasks[index] = literal.masks[index]
                headLanes[index] = 0xff
            }
        }

        /// Whether the first sixteen bytes are at `index`, with sixteen bytes to read there.
        @inline(__always)
        func hasHead(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
            let difference = unsafe ((bytes.block(at: index) | headMasks) ^ head) & headLanes
            let words = unsafe unsafeBitCast(difference, to: SIMD2<UInt64>.self)
            return words.x | words.y == 0
        }

        @inline(__always)
        func candidates(_ bytes: UnsafeRawBufferPointer, at index: Int) -> SIMDMask<SIMD16<Int8>> {
            let left = unsafe bytes.block(at: index + first) | SIMD16(repeating: firstMask)
            let right = unsafe bytes.block(at: index + second) | SIMD16(repeating: secondMask)
            return (left .== SIMD16(repeating: firstByte))
                .& (right .== SIMD16(repeating: secondByte))
        }
    }

    private let literals: [Literal]
    private let probes: [Probe]
    private let shortest: Int
    /// Bytes of the longest one.
    let reach: Int

    /// Literals of at least one byte.
    init(_ literals: [Literal]) {
        precondition((1...Self.mostLiterals).contains(literals.count), "\(literals.count) literals")
        self.literals = literals
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

    /// How many lines of `start...` hold the literal, up to a limit. For one literal.
    func lines(in bytes: UnsafeRawBufferPointer, from start: Int, upTo limit: Int) -> Int {
        let probe = probes[0]
        var index = start
        var count = 0
        while count < limit,
            let place = unsafe first(probe, in: bytes, from: index, to: bytes.count)
        {
            count += 1
            index = unsafe bytes.lineFeed(from: place, to: bytes.count) + 1
        }
        return count
    }

    @inline(__always)
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
                if let found = unsafe verified(0, probe, bytes, one, index) { return found }
                if let found = unsafe verified(0, probe, bytes, two, index + 16) { return found }
                if let found = unsafe verified(0, probe, bytes, three, index + 32) { return found }
                if let found = unsafe verified(0, probe, bytes, four, index + 48) { return found }
            }
            index += 64
        }
        while index + 15 + reach <= end {
            let one = unsafe probe.candidates(bytes, at: index)
            if let found = unsafe verified(0, probe, bytes, one, index) { return found }
            index += 16
        }
        while index + reach <= end {
            if unsafe matchesSlowly(0, bytes, at: index) { return index }
            index += 1
        }
        return nil
    }

    @inline(__always)
    private func matches(
        _ literal: Int, _ probe: Probe, _ bytes: UnsafeRawBufferPointer, at index: Int
    ) -> Bool {
        if index + 16 <= bytes.count {
            guard unsafe probe.hasHead(bytes, at: index) else { return false }
            if probe.count <= 16 { return true }
        }
        return unsafe matchesSlowly(literal, bytes, at: index)
    }

    private func matchesSlowly(
        _ literal: Int, _ bytes: UnsafeRawBufferPointer, at index: Int
    ) -> Bool {
        for offset in literals[literal].bytes.indices {
            let byte = unsafe bytes[index + offset] | literals[literal].masks[offset]
            if byte != literals[literal].bytes[offset] { return false }
        }
        return true
    }

    @inline(__always)
    private func verified(
        _ literal: Int, _ probe: Probe, _ bytes: UnsafeRawBufferPointer,
        _ candidates: SIMDMask<SIMD16<Int8>>,
        _ index: Int
    ) -> Int? {
        var lanes = unsafe unsafeBitCast(candidates, to: SIMD2<UInt64>.self)
        for half in 0..<2 {
            while lanes[half] != 0 {
                let lane = lanes[half].littleEndian.trailingZeroBitCount / 8
                if unsafe matches(literal, probe, bytes, at: index + 8 * half + lane) {
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
        while let block = unsafe nextBlock(in: bytes, from: index, to: end) {
            var found: Int?
            for literal in literals.indices {
                let probe = probes[literal]
                let candidates = unsafe probe.candidates(bytes, at: block)
                if let place = unsafe verified(literal, probe, bytes, candidates, block) {
                    found = min(found ?? place, place)
                }
            }
            if let found { return found }
            index = block + 16
        }
        index = max(index, end - 15 - reach)
        while index + shortest <= end {
            for literal in literals.indices where index + literals[literal].bytes.count <= end {
                if unsafe matchesSlowly(literal, bytes, at: index) { return index }
            }
            index += 1
        }
        return nil
    }

    /// The next sixteen places among which some probe sees its two bytes.
    private func nextBlock(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        // Fewer than four literals look for one of them twice: no count to test in the loop.
        let (one, two) = (probes[0], probes[1])
        let (three, four) = (probes[min(2, probes.count - 1)], probes[probes.count - 1])
        var index = start
        while index + 15 + reach <= end {
            let left = unsafe one.candidates(bytes, at: index) .| two.candidates(bytes, at: index)
            var right = unsafe three.candidates(bytes, at: index)
            if probes.count == 4 { right .|= unsafe four.candidates(bytes, at: index) }
            if !(left .| right).isEmpty { return index }
            index += 16
        }
        return nil
    }
}
