extension UnsafeRawBufferPointer {
    /// Sixteen bytes from `index`, which must lie inside the buffer.
    @inline(__always)
    func block(at index: Int) -> SIMD16<UInt8> {
        unsafe loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
    }

    /// The first line feed in `start..<end`, or `end`.
    func lineFeed(from start: Int, to end: Int) -> Int {
        var index = start
        let feed = SIMD16<UInt8>(repeating: 10)
        while index + 16 <= end {
            if let lane = unsafe (block(at: index) .== feed).firstLane { return index + lane }
            index += 16
        }
        while index < end, unsafe self[index] != 10 { index += 1 }
        return index
    }

    /// The first `byte` in `start..<end`, or `end`, for long ways.
    func first(of byte: UInt8, from start: Int, to end: Int) -> Int {
        var index = start
        let wanted = SIMD16<UInt8>(repeating: byte)
        while index + 64 <= end {
            let one = unsafe block(at: index) .== wanted
            let two = unsafe block(at: index + 16) .== wanted
            let three = unsafe block(at: index + 32) .== wanted
            let four = unsafe block(at: index + 48) .== wanted
            if !((one .| two) .| (three .| four)).isEmpty { break }
            index += 64
        }
        while index < end, unsafe self[index] != byte { index += 1 }
        return index
    }

    /// Where the line of `index` begins, looking back no further than `start`.
    func lineStart(of index: Int, from start: Int) -> Int {
        var at = index
        let feed = SIMD16<UInt8>(repeating: 10)
        while at - 16 >= start {
            if let lane = unsafe (block(at: at - 16) .== feed).lastLane {
                return at - 16 + lane + 1
            }
            at -= 16
        }
        while at > start, unsafe self[at - 1] != 10 { at -= 1 }
        return at
    }

    /// How many line feeds `start..<end` holds.
    func lineFeeds(from start: Int, to end: Int) -> Int {
        var index = start
        var count = 0
        let feed = SIMD16<UInt8>(repeating: 10)
        while index + 16 <= end {
            var lanes = SIMD16<UInt8>.zero
            let stop = Swift.min(end, index + 16 * 255)
            while index + 16 <= stop {
                // A lane that is equal is all ones, which is minus one.
                lanes &-= unsafe (block(at: index) .== feed).bytes
                index += 16
            }
            count += Int(SIMD16<UInt16>(truncatingIfNeeded: lanes).wrappedSum())
        }
        while index < end {
            if unsafe self[index] == 10 { count += 1 }
            index += 1
        }
        return count
    }
}

extension SIMDMask where Storage == SIMD16<Int8> {
    /// All ones in the lanes that are set.
    @inline(__always)
    var bytes: SIMD16<UInt8> { unsafe unsafeBitCast(self, to: SIMD16<UInt8>.self) }

    @inline(__always)
    var isEmpty: Bool {
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        return words.x | words.y == 0
    }

    @inline(__always)
    var firstLane: Int? {
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        if words.x != 0 { return words.x.littleEndian.trailingZeroBitCount / 8 }
        if words.y != 0 { return 8 + words.y.littleEndian.trailingZeroBitCount / 8 }
        return nil
    }

    @inline(__always)
    var lastLane: Int? {
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        if words.y != 0 { return 15 - words.y.littleEndian.leadingZeroBitCount / 8 }
        if words.x != 0 { return 7 - words.x.littleEndian.leadingZeroBitCount / 8 }
        return nil
    }
}
