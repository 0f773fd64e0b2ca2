/// Four parts of a document at a time: one look-up waits for the one before it, and four that do
/// not wait for one another take about as long as one.
extension LazyDFA {
    /// Below this a document is not worth dividing.
    static let leastForLanes = 1024

    /// Whether some line of the text matches; nil when the states are too many.
    mutating func hasMatch(in bytes: UnsafeRawBufferPointer) -> Bool? {
        guard bytes.count >= Self.leastForLanes, leaving == nil, !hasGivenUp else {
            return unsafe isMatch(firstMatch(in: bytes, from: 0, to: bytes.count))
        }
        var lanes = unsafe Lanes(bytes, start: lineStart)
        let epoch = work.flushes
        while unsafe runTogether(bytes, &lanes) {
            for lane in 0..<4 {
                guard let found = unsafe step(&lanes, lane, bytes) else { return nil }
                if found { return true }
                // Other lanes hold states that a flush made meaningless.
                guard work.flushes == epoch else {
                    return unsafe isMatch(firstMatch(in: bytes, from: 0, to: bytes.count))
                }
            }
        }
        return unsafe finish(lanes, bytes, epoch)
    }

    private func isMatch(_ outcome: Outcome) -> Bool? {
        switch outcome {
        case .none: false
        case .match: true
        case .gaveUp: nil
        }
    }

    /// One after the other to the end of each lane, in its own state unless the cache was flushed.
    private mutating func finish(
        _ lanes: Lanes, _ bytes: UnsafeRawBufferPointer, _ epoch: Int
    ) -> Bool? {
        for lane in 0..<4 {
            var start = lanes.index[lane]
            var state = UInt32(lanes.state[lane])
            if work.flushes != epoch {
                start = unsafe bytes.lineStart(of: start, from: 0)
                state = lineStart
            }
            let outcome = unsafe firstMatch(
                in: bytes, from: start, state: state, to: lanes.end[lane])
            if outcome != .none { return isMatch(outcome) }
        }
        return false
    }

    /// Up to four bytes of one lane, making states where they are missing. True for a match, nil
    /// when there are too many states.
    private mutating func step(
        _ lanes: inout Lanes, _ lane: Int, _ bytes: UnsafeRawBufferPointer
    ) -> Bool? {
        for _ in 0..<4 {
            let state = lanes.state[lane]
            let byte = unsafe bytes[lanes.index[lane]]
            var next = table[state + Int(builder.graph.classes[Int(byte)])]
            if next == unknown {
                let flushes = work.flushes
                guard let made = target(of: UInt32(state), byte) else { return nil }
                next = made
                if work.flushes != flushes { return false }
            }
            if next == matched { return true }
            lanes.state[lane] = Int(next)
            lanes.index[lane] += 1
        }
        return false
    }

    /// Moves all lanes on, four bytes at a time. True when some lane meets a special state within
    /// its next four bytes, false when some lane has less than four left.
    private mutating func runTogether(
        _ bytes: UnsafeRawBufferPointer, _ lanes: inout Lanes
    ) -> Bool {
        let rounds = lanes.rounds
        let special = Int(matched)
        let (done, states) = unsafe table.withUnsafeBufferPointer { table in
            unsafe builder.graph.classes.withUnsafeBufferPointer { classes in
                unsafe Self.run(
                    rounds, table, classes, lanes.pointers(bytes), lanes.state, special)
            }
        }
        lanes.state = states
        lanes.index &+= SIMD4(repeating: 4 * done)
        count(bytes: 16 * done)
        return done < rounds
    }

    @inline(__always)
    private static func run(
        _ rounds: Int, _ table: UnsafeBufferPointer<UInt32>, _ classes: UnsafeBufferPointer<UInt8>,
        _ lanes: LanePointers, _ start: SIMD4<Int>, _ special: Int
    ) -> (done: Int, states: SIMD4<Int>) {
        var (first, second, third, fourth) = (start[0], start[1], start[2], start[3])
        var round = 0
        while round < rounds {
            var (one, two, three, four) = (first, second, third, fourth)
            for offset in 4 * round..<4 * round + 4 {
                one = unsafe Int(table[one + Int(classes[Int(lanes.first[offset])])])
                two = unsafe Int(table[two + Int(classes[Int(lanes.second[offset])])])
                three = unsafe Int(table[three + Int(classes[Int(lanes.third[offset])])])
                four = unsafe Int(table[four + Int(classes[Int(lanes.fourth[offset])])])
            }
            if min(min(one, two), min(three, four)) <= special { break }
            (first, second, third, fourth) = (one, two, three, four)
            round += 1
        }
        return (round, SIMD4(first, second, third, fourth))
    }
}

/// Where the lanes of one document are.
private struct Lanes {
    var index: SIMD4<Int>
    var end: SIMD4<Int>
    var state: SIMD4<Int>

    /// Four parts of about the same length, each of whole lines.
    init(_ bytes: UnsafeRawBufferPointer, start: UInt32) {
        index = .zero
        end = SIMD4(repeating: bytes.count)
        state = SIMD4(repeating: Int(start))
        for lane in 1..<4 {
            let middle = max(bytes.count / 4 * lane, index[lane - 1])
            let lineEnd = unsafe bytes.lineFeed(from: middle, to: bytes.count)
            index[lane] = min(lineEnd + 1, bytes.count)
            end[lane - 1] = index[lane]
        }
    }

    /// How often every lane can take four bytes more.
    var rounds: Int { (end &- index).min() / 4 }

    func pointers(_ bytes: UnsafeRawBufferPointer) -> LanePointers {
        unsafe LanePointers(
            first: UnsafeRawBufferPointer(rebasing: bytes[index[0]...]),
            second: UnsafeRawBufferPointer(rebasing: bytes[index[1]...]),
            third: UnsafeRawBufferPointer(rebasing: bytes[index[2]...]),
            fourth: UnsafeRawBufferPointer(rebasing: bytes[index[3]...]))
    }
}

/// The rest of the document from each lane's place. Valid while the document is.
@unsafe private struct LanePointers {
    var first: UnsafeRawBufferPointer
    var second: UnsafeRawBufferPointer
    var third: UnsafeRawBufferPointer
    var fourth: UnsafeRawBufferPointer
}
