/// Where in a line the matches are: leftmost first, preferring the first alternative, as ripgrep
/// reports them. Runs only on lines that are returned.
///
/// One step per scalar and position that is alive, in order of preference. Finding all matches of a
/// line may read its rest once per match, so there is a bound on the work per line, past which the
/// rest of that line is reported without its matches.
struct SpanFinder: Sendable {
    /// Beside so much for each byte of the line.
    static let workLimit = 1 << 24
    static let workPerByte = 64

    private struct Thread {
        var position: Int32
        var start: Int
    }

    private let automaton: Automaton
    private let classes: ScalarClasses
    /// Per class, whether a set holds it.
    private var isMember: [[Bool]] = []
    /// Per class, whether a match can begin with it, when none can be empty.
    private var begins: [Bool]?
    private var current: [Thread] = []
    private var following: [Thread] = []
    /// The step at which a position was last added.
    private var added: [Int]
    private var clock = 0
    private var work = 0

    init(_ automaton: Automaton) {
        self.automaton = automaton
        classes = ScalarClasses(automaton)
        added = Array(repeating: -1, count: automaton.positions)
        isMember = classes.members.map { sets in
            var row = Array(repeating: false, count: automaton.sets.count)
            for set in sets { row[set] = true }
            return row
        }
        let first = automaton.entries.joined()
        guard !first.contains(where: { $0.target == Automaton.Step.accept }) else { return }
        begins = isMember.map { row in
            first.contains { row[automaton.setOfPosition[Int($0.target)]] }
        }
    }

    /// The matches of the line `start..<end`, relative to its start. `ahead` says where none of
    /// the matches from a place on begins before, or nil when there are none.
    mutating func spans(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int, ahead: (Int) -> Int?
    ) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var index = start
        work = -Self.workPerByte * (end - start)
        while index <= end, let next = ahead(index),
            let match = unsafe first(in: bytes, from: next, line: start..<end)
        {
            index = max(match.upperBound, match.lowerBound + (match.isEmpty ? 1 : 0))
            // An empty match right behind another one is part of it.
            if match.isEmpty, let last = spans.last, last.upperBound == match.lowerBound - start {
                continue
            }
            spans.append(match.lowerBound - start..<match.upperBound - start)
        }
        return spans
    }

    private mutating func first(
        in bytes: UnsafeRawBufferPointer, from start: Int, line: Range<Int>
    ) -> Range<Int>? {
        current.removeAll(keepingCapacity: true)
        var found: Range<Int>?
        var index = start
        var before = unsafe classes.side(in: bytes, before: start, start: line.lowerBound)
        var unit = unsafe classes.unit(in: bytes, at: start, end: line.upperBound)
        if let begins {
            while !begins[unit.scalarClass] {
                guard unit.length > 0 else { return nil }
                before = unit.side
                index += unit.length
                unit = unsafe classes.unit(in: bytes, at: index, end: line.upperBound)
            }
        }
        clock += 1
        while work < Self.workLimit {
            if found == nil, enter(at: index, before: before, unit) { found = index..<index }
            if current.isEmpty, found != nil { return found }
            if unit.length == 0 { return found }
            let nextIndex = index + unit.length
            let next = unsafe classes.unit(in: bytes, at: nextIndex, end: line.upperBound)
            clock += 1
            if let match = advance(unit, to: nextIndex, next) { found = match }
            swap(&current, &following)
            before = unit.side
            index = nextIndex
            unit = next
        }
        return nil
    }

    /// Begins a match here, behind all that began before. True when it is empty and preferred to
    /// what comes after.
    private mutating func enter(at index: Int, before: Side, _ unit: ScalarClasses.Unit) -> Bool {
        work += 1
        for step in automaton.entries[before.rawValue] {
            if step.target == Automaton.Step.accept {
                if step.sides.contains(unit.side) { return true }
            } else if added[Int(step.target)] != clock {
                added[Int(step.target)] = clock
                current.append(Thread(position: step.target, start: index))
            }
        }
        return false
    }

    /// Moves every thread over one scalar; what is behind a match in preference ends.
    private mutating func advance(
        _ unit: ScalarClasses.Unit, to index: Int, _ next: ScalarClasses.Unit
    ) -> Range<Int>? {
        following.removeAll(keepingCapacity: true)
        for thread in current {
            work += 1
            let set = automaton.setOfPosition[Int(thread.position)]
            guard isMember[unit.scalarClass][set] else { continue }
            for step in automaton.steps(after: Int(thread.position)) {
                work += 1
                if step.target == Automaton.Step.accept {
                    if step.sides.contains(next.side) { return thread.start..<index }
                } else if added[Int(step.target)] != clock {
                    added[Int(step.target)] = clock
                    following.append(Thread(position: step.target, start: thread.start))
                }
            }
        }
        return nil
    }
}
