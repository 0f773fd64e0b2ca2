/// Every position of the automaton as one bit, one step per scalar: linear time whatever the
/// pattern, and the fallback for patterns whose states are too many for the cache.
///
/// Most steps lead a fixed number of positions onwards, so they are shifts of the whole set; the
/// rest are grouped by what they lead to.
struct Simulation: Sendable {
    let classes: ScalarClasses
    private let words: Int
    /// Per class, the positions that wait for it.
    private var waiting: [UInt64]
    /// Per side, the positions that entries lead to, and what may follow an empty match there.
    private var entries: [[UInt64]] = []
    private var emptyMatches: [Sides] = []
    /// Per side, the positions after whose scalar the match is complete when that side follows.
    private var accepting: [[UInt64]] = []
    private var shifts: [Shift] = []
    private var jumps: [Jump] = []
    /// The same in one word, when that is enough.
    private var narrow: NarrowSimulation?
    private var current: [UInt64]
    private var following: [UInt64]
    /// Scalars that were read, for tests of the bounds.
    private(set) var steps = 0

    private struct Shift {
        var distance: Int
        var sources: [UInt64]
    }

    private struct Jump {
        var sources: [UInt64]
        var targets: [Int32]
    }

    init(_ automaton: Automaton) {
        classes = ScalarClasses(automaton)
        words = max(1, (automaton.positions + 63) / 64)
        current = Array(repeating: 0, count: words)
        following = current
        waiting = Array(repeating: 0, count: words * classes.members.count)
        let positionsOfSet = Dictionary(
            grouping: automaton.setOfPosition.indices, by: { automaton.setOfPosition[$0] })
        for (scalarClass, sets) in classes.members.enumerated() {
            for set in sets {
                for position in positionsOfSet[set] ?? [] {
                    waiting[scalarClass * words + position / 64] |= 1 << UInt64(position % 64)
                }
            }
        }
        addEnds(automaton)
        addSteps(automaton)
        if words == 1 {
            narrow = NarrowSimulation(
                waiting: waiting, entries: entries.map { $0[0] },
                accepting: accepting.map { $0[0] },
                emptyMatches: emptyMatches,
                shifts: shifts.map { .init(distance: $0.distance, sources: $0.sources[0]) },
                jumps: jumps.map { jump in
                    let targets = jump.targets.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
                    return .init(sources: jump.sources[0], targets: targets)
                })
        }
    }

    private mutating func addEnds(_ automaton: Automaton) {
        let none = Array(repeating: UInt64(0), count: words)
        accepting = Array(repeating: none, count: Side.allCases.count)
        for side in Side.allCases {
            var bits = none
            var empty: Sides = []
            for step in automaton.entries[side.rawValue] {
                if step.target == Automaton.Step.accept {
                    empty.formUnion(step.sides)
                } else {
                    bits.insert(Int(step.target))
                }
            }
            entries.append(bits)
            emptyMatches.append(empty)
            for position in 0..<automaton.positions {
                for step in automaton.steps(after: position)
                where step.target == Automaton.Step.accept && step.sides.contains(side) {
                    accepting[side.rawValue].insert(position)
                }
            }
        }
    }

    /// The four distances that most steps share become shifts, what is left becomes jumps.
    private mutating func addSteps(_ automaton: Automaton) {
        var counts: [Int: Int] = [:]
        for position in 0..<automaton.positions {
            for step in automaton.steps(after: position) where step.target >= 0 {
                counts[Int(step.target) - position, default: 0] += 1
            }
        }
        let common = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4)
        let none = Array(repeating: UInt64(0), count: words)
        shifts = common.map { Shift(distance: $0.key, sources: none) }
        var groups: [[Int32]: Int] = [:]
        for position in 0..<automaton.positions {
            var rest: Set<Int32> = []
            for step in automaton.steps(after: position) where step.target >= 0 {
                let distance = Int(step.target) - position
                if let shift = shifts.firstIndex(where: { $0.distance == distance }) {
                    shifts[shift].sources.insert(position)
                } else {
                    rest.insert(step.target)
                }
            }
            guard !rest.isEmpty else { continue }
            let targets = rest.sorted()
            if let group = groups[targets] {
                jumps[group].sources.insert(position)
            } else {
                groups[targets] = jumps.count
                var sources = none
                sources.insert(position)
                jumps.append(Jump(sources: sources, targets: targets))
            }
        }
    }

    /// True when the line `start..<end` matches.
    mutating func matches(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Bool {
        guard let narrow else { return unsafe matchesWide(bytes, from: start, to: end) }
        let (isMatch, read) = unsafe narrow.matches(bytes, classes, from: start, to: end)
        steps += read
        return isMatch
    }

    private mutating func matchesWide(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Bool {
        for word in 0..<words { current[word] = 0 }
        var index = start
        var before = Side.edge
        while true {
            let unit = unsafe classes.unit(in: bytes, at: index, end: end)
            steps += 1
            if emptyMatches[before.rawValue].contains(unit.side) { return true }
            if current.intersects(accepting[unit.side.rawValue]) { return true }
            if unit.length == 0 { return false }
            advance(before: before, scalarClass: unit.scalarClass)
            before = unit.side
            index += unit.length
        }
    }

    private mutating func advance(before: Side, scalarClass: Int) {
        for word in 0..<words { following[word] = entries[before.rawValue][word] }
        for shift in shifts { apply(shift) }
        for jump in jumps where current.intersects(jump.sources) {
            for target in jump.targets { following.insert(Int(target)) }
        }
        let base = scalarClass * words
        for word in 0..<words { current[word] = following[word] & waiting[base + word] }
    }

    private mutating func apply(_ shift: Shift) {
        let whole = abs(shift.distance) / 64
        let bits = UInt64(abs(shift.distance) % 64)
        for word in 0..<words {
            let moving = current[word] & shift.sources[word]
            if moving == 0 { continue }
            if shift.distance >= 0 {
                if word + whole < words { following[word + whole] |= moving << bits }
                if bits > 0, word + whole + 1 < words {
                    following[word + whole + 1] |= moving >> (64 - bits)
                }
            } else {
                if word - whole >= 0 { following[word - whole] |= moving >> bits }
                if bits > 0, word - whole - 1 >= 0 {
                    following[word - whole - 1] |= moving << (64 - bits)
                }
            }
        }
    }
}

extension [UInt64] {
    /// As a set of bits.
    fileprivate mutating func insert(_ bit: Int) { self[bit / 64] |= 1 << UInt64(bit % 64) }

    fileprivate func intersects(_ other: [UInt64]) -> Bool {
        for index in indices where self[index] & other[index] != 0 { return true }
        return false
    }
}
