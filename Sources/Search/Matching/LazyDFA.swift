/// Finds lines that match with one table look-up per byte. States are made when they are first
/// needed; the cache has a bound, and a pattern that keeps overflowing it is given up, for the
/// simulation to finish in linear time.
///
/// A state is the set of (position, row of the byte graph) that are under way. Beginning anew at
/// every byte is in every state, so it is not stored. A line feed ends the line and leads to the
/// first state, so that a whole document is one loop.
struct LazyDFA: Sendable {
    /// How a scan ended.
    enum Outcome: Equatable {
        case none
        /// The byte that proves the match lies on its line, or is the line feed that ends it.
        case match(Int)
        /// Too many states: nothing is known from the line of this byte on.
        case gaveUp(Int)
    }

    /// Work that was done, for tests of the bounds and for metrics.
    struct Work: Hashable, Sendable {
        var states = 0
        var flushes = 0
        /// Elements of sets looked at while making states.
        var elements = 0
        var bytes = 0
    }

    static let cacheLimit = 4 << 20
    static let flushLimit = 10

    let builder: StateBuilder
    private let stride: Int
    /// Targets as offsets into the table. Rows 0 and 1 lead to themselves: a loop may run on for
    /// some bytes and look afterwards.
    private(set) var table: [UInt32] = []
    private var sets: [[UInt32]] = []
    private var known: [[UInt32]: UInt32] = [:]
    private var setBytes = 0
    private(set) var lineStart: UInt32 = 0
    /// The state with nothing under way, and the bytes that lead out of it when they are few.
    private(set) var idle: UInt32 = 0
    let leaving: ByteSpans?
    private(set) var work = Work()
    private(set) var hasGivenUp = false

    init(_ automaton: Automaton) throws(PatternError) {
        builder = try StateBuilder(automaton)
        stride = builder.graph.classCount
        leaving = builder.leavingSpans
        reset()
    }

    var unknown: UInt32 { 0 }
    var matched: UInt32 { UInt32(stride) }

    private mutating func reset() {
        table.removeAll(keepingCapacity: true)
        sets = [[], []]
        known.removeAll(keepingCapacity: true)
        setBytes = 0
        table.append(contentsOf: repeatElement(unknown, count: stride))
        table.append(contentsOf: repeatElement(matched, count: stride))
        lineStart = state(of: builder.lineStart)
        idle = state(of: [])
    }

    private mutating func state(of set: [UInt32]) -> UInt32 {
        if let offset = known[set] { return offset }
        let offset = UInt32(table.count)
        table.append(contentsOf: repeatElement(unknown, count: stride))
        sets.append(set)
        known[set] = offset
        setBytes += set.count * 8 + 96
        work.states += 1
        return offset
    }

    /// The first match in `start..<end`, where `start` begins a line and `end` is the end of the
    /// text or of a line.
    mutating func firstMatch(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Outcome {
        unsafe firstMatch(in: bytes, from: start, state: lineStart, to: end)
    }

    /// The same from the middle of a line, in the state that its beginning led to.
    mutating func firstMatch(
        in bytes: UnsafeRawBufferPointer, from start: Int, state: UInt32, to end: Int
    ) -> Outcome {
        guard start < end else { return .none }
        guard !hasGivenUp else { return .gaveUp(start) }
        var index = start
        var current = state
        var progress = start
        while true {
            var next = unsafe run(bytes, &index, end, &current)
            work.bytes += index - progress
            progress = index
            let byte: UInt8 = unsafe index < end ? bytes[index] : 10
            if index == end, unsafe bytes[end - 1] == 10 { return .none }
            if index == end { next = table[Int(current) + Int(builder.graph.classes[10])] }
            if next == unknown {
                guard let made = target(of: current, byte) else {
                    return .gaveUp(min(index, end - 1))
                }
                next = made
            }
            if next == matched { return .match(min(index, end - 1)) }
            if index == end { return .none }
            current = next
            index += 1
        }
    }

    /// Follows known states from `index` to a byte whose target is special, which it returns, or to
    /// `end`.
    private func run(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ end: Int, _ current: inout UInt32
    ) -> UInt32 {
        let special = matched
        return unsafe table.withUnsafeBufferPointer { table in
            unsafe builder.graph.classes.withUnsafeBufferPointer { classes in
                var at = index
                var state = Int(current)
                var next = 0
                while true {
                    if state == Int(idle), let leaving {
                        at = unsafe leaving.first(in: bytes, from: at, to: end)
                    }
                    if at + 4 <= end {
                        let first = unsafe Int(table[state + Int(classes[Int(bytes[at])])])
                        let second = unsafe Int(table[first + Int(classes[Int(bytes[at + 1])])])
                        let third = unsafe Int(table[second + Int(classes[Int(bytes[at + 2])])])
                        let fourth = unsafe Int(table[third + Int(classes[Int(bytes[at + 3])])])
                        if fourth > Int(special) {
                            state = fourth
                            at += 4
                            continue
                        }
                    } else if at >= end {
                        break
                    }
                    next = unsafe Int(table[state + Int(classes[Int(bytes[at])])])
                    if next <= Int(special) { break }
                    state = next
                    at += 1
                }
                index = at
                current = UInt32(state)
                return UInt32(next)
            }
        }
    }

    /// Makes the target of a state, or gives up.
    mutating func target(of state: UInt32, _ byte: UInt8) -> UInt32? {
        guard !hasGivenUp else { return nil }
        let set = sets[Int(state) / stride]
        let byteClass = Int(builder.graph.classes[Int(byte)])
        work.elements += set.count + 1
        guard let targets = builder.targets(of: set, byteClass) else {
            table[Int(state) + byteClass] = matched
            return matched
        }
        work.elements += targets.count
        if table.count * 4 + setBytes > Self.cacheLimit || isThrashing {
            guard !isThrashing, work.flushes < Self.flushLimit else {
                giveUp()
                return nil
            }
            work.flushes += 1
            reset()
            return byte == 10 ? lineStart : self.state(of: targets)
        }
        let offset = byte == 10 ? lineStart : self.state(of: targets)
        table[Int(state) + byteClass] = offset
        return offset
    }

    mutating func count(bytes: Int) { work.bytes += bytes }

    /// States are made about as fast as bytes are read, so the simulation is faster.
    private var isThrashing: Bool {
        (work.states > 2000 && work.states * 64 > work.bytes)
            || (work.elements > 1 << 22 && work.elements > 8 * work.bytes)
    }

    private mutating func giveUp() {
        hasGivenUp = true
        table = []
        sets = []
        known = [:]
    }
}
