/// Four parts of a text at a time: one look-up waits for the one before it, and four that do not
/// wait for one another take about as long as one.
extension LazyDFA {
    /// Below this a text is not worth dividing.
    static let leastForLanes = 1024
    /// So much of a text is divided at a time: what is found comes out in order, and nobody who
    /// wants a few lines waits for all.
    static let mostForLanes = 128 << 10

    /// Appends a byte of each line in `start..<end` that matches, in order; `start` begins a line
    /// and `end` ends one or the text. False when the states are too many: then what was appended
    /// is not all.
    mutating func appendMatches(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int, places: inout [Int]
    ) -> Bool {
        var lanes = unsafe Lanes(bytes, from: start, to: end, state: lineStart)
        var found = [[Int]](repeating: [], count: 4)
        let epoch = work.flushes
        while unsafe runTogether(bytes, &lanes) {
            for lane in 0..<4 {
                guard unsafe step(&lanes, lane, bytes, &found) else { return false }
                // Other lanes hold states that a flush made meaningless.
                if work.flushes != epoch { break }
            }
            if work.flushes != epoch { break }
        }
        for lane in 0..<4 {
            places += found[lane]
            var state = UInt32(lanes.state[lane])
            if work.flushes != epoch {
                lanes.index[lane] = unsafe bytes.lineStart(of: lanes.index[lane], from: start)
                state = lineStart
            }
            guard
                unsafe finish(
                    bytes, from: lanes.index[lane], state, to: lanes.end[lane], &places)
            else { return false }
        }
        return true
    }

    /// The rest of one lane.
    private mutating func finish(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ first: UInt32, to end: Int,
        _ places: inout [Int]
    ) -> Bool {
        var index = start
        var state = first
        while true {
            switch unsafe firstMatch(in: bytes, from: index, state: state, to: end) {
            case .none: return true
            case .gaveUp: return false
            case .match(let place):
                places.append(place)
                index = unsafe bytes.lineFeed(from: place, to: end) + 1
                state = lineStart
            }
        }
    }

    /// Up to four bytes of one lane, making states where they are missing. False when there are
    /// too many.
    private mutating func step(
        _ lanes: inout Lanes, _ lane: Int, _ bytes: UnsafeRawBufferPointer, _ found: inout [[Int]]
    ) -> Bool {
        var index = lanes.index[lane]
        var state = lanes.state[lane]
        defer {
            lanes.index[lane] = index
            lanes.state[lane] = state
        }
        for _ in 0..<4 {
            let byte = unsafe bytes[index]
            var next = table[state + Int(builder.graph.classes[Int(byte)])]
            if next == unknown {
                let flushes = work.flushes
                guard let made = target(of: UInt32(state), byte) else { return false }
                next = made
                if work.flushes != flushes { return true }
            }
            if next == matched {
                found[lane].append(index)
                let end = lanes.end[lane]
                index = unsafe min(end, bytes.lineFeed(from: index, to: end) + 1)
                state = Int(lineStart)
                return true
            }
            state = Int(next)
            index += 1
        }
        return true
    }

    /// Moves all lanes on, four bytes at a time. True when some lane meets a special state within
    /// its next four bytes, false when some lane has less than four left.
    private mutating func runTogether(
        _ bytes: UnsafeRawBufferPointer, _ lanes: inout Lanes
    ) -> Bool {
        let rounds = lanes.rounds
        guard rounds > 0 else { return false }
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

/// Where the lanes of one text are.
private struct Lanes {
    var index: SIMD4<Int>
    var end: SIMD4<Int>
    var state: SIMD4<Int>

    /// Four parts of about the same length, each of whole lines.
    init(_ bytes: UnsafeRawBufferPointer, from start: Int, to limit: Int, state first: UInt32) {
        index = SIMD4(repeating: start)
        end = SIMD4(repeating: limit)
        state = SIMD4(repeating: Int(first))
        for lane in 1..<4 {
            let middle = max(start + (limit - start) / 4 * lane, index[lane - 1])
            let lineEnd = unsafe bytes.lineFeed(from: middle, to: limit)
            index[lane] = min(lineEnd + 1, limit)
            end[lane - 1] = index[lane]
        }
    }

    /// How often every lane can take four bytes more. A byte is left, so that whoever takes the
    /// last one looks at what its end proves as well.
    var rounds: Int { max(0, ((end &- index).min() - 1) / 4) }

    func pointers(_ bytes: UnsafeRawBufferPointer) -> LanePointers {
        unsafe LanePointers(
            first: UnsafeRawBufferPointer(rebasing: bytes[index[0]...]),
            second: UnsafeRawBufferPointer(rebasing: bytes[index[1]...]),
            third: UnsafeRawBufferPointer(rebasing: bytes[index[2]...]),
            fourth: UnsafeRawBufferPointer(rebasing: bytes[index[3]...]))
    }
}

/// The rest of the text from each lane's place. Valid while the text is.
@unsafe private struct LanePointers {
    var first: UnsafeRawBufferPointer
    var second: UnsafeRawBufferPointer
    var third: UnsafeRawBufferPointer
    var fourth: UnsafeRawBufferPointer
}
