/// Computes one set of elements from another. An element is a position and the row of the byte
/// graph that its scalar has reached: `position << 16 | row`.
struct StateBuilder: Sendable {
    let graph: ByteGraph
    /// What is under way at the start of a line, beside what always begins anew.
    private(set) var lineStart: [UInt32] = []
    private let automaton: Automaton
    /// Elements that begin at every byte.
    private var always: [UInt32] = []

    /// Positions that are none: behind a match, and the two that watch the previous scalar.
    private static let accept: UInt32 = 0xffff
    private static let previousWord: UInt32 = 0xfffe
    private static let previousOther: UInt32 = 0xfffd

    init(_ automaton: Automaton) throws(PatternError) {
        self.automaton = automaton
        graph = try ByteGraph(automaton.sets, withWords: automaton.looksAtWords)
        if automaton.looksAtWords {
            always = [
                Self.previousWord << 16 | UInt32(graph.word),
                Self.previousOther << 16 | UInt32(graph.other),
            ]
        } else {
            _ = add(automaton.entries[Side.other.rawValue][...], to: &always)
        }
        _ = add(automaton.entries[Side.edge.rawValue][...], to: &lineStart)
        lineStart = Self.unique(lineStart).filter { !always.contains($0) }
    }

    /// The elements after one byte, ascending; nil when that byte completes a match.
    func targets(of set: [UInt32], _ byteClass: Int) -> [UInt32]? {
        var targets: [UInt32] = []
        var previous = Side.broken
        for element in set {
            guard advance(element, byteClass, &targets, &previous) else { return nil }
        }
        for element in always {
            guard advance(element, byteClass, &targets, &previous) else { return nil }
        }
        if automaton.looksAtWords {
            guard add(automaton.entries[previous.rawValue][...], to: &targets) else { return nil }
        }
        return Self.unique(targets)
    }

    /// False when a match is complete.
    private func advance(
        _ element: UInt32, _ byteClass: Int, _ targets: inout [UInt32], _ previous: inout Side
    ) -> Bool {
        let target = graph.target(of: UInt16(truncatingIfNeeded: element), byteClass)
        if target == ByteGraph.dead { return true }
        if target != ByteGraph.done {
            targets.append(element & 0xffff_0000 | UInt32(target))
            return true
        }
        switch element >> 16 {
        case Self.accept: return false
        case Self.previousWord: previous = .word
        case Self.previousOther: previous = .other
        default: return add(automaton.steps(after: Int(element >> 16)), to: &targets)
        }
        return true
    }

    /// False when a step is a match that needs nothing to follow.
    private func add(_ steps: ArraySlice<Automaton.Step>, to targets: inout [UInt32]) -> Bool {
        for step in steps {
            if step.target != Automaton.Step.accept {
                let root = graph.roots[automaton.setOfPosition[Int(step.target)]]
                targets.append(UInt32(step.target) << 16 | UInt32(root))
            } else if step.sides == .all {
                return false
            } else {
                addWatchers(for: step.sides, to: &targets)
            }
        }
        return true
    }

    private func addWatchers(for sides: Sides, to targets: inout [UInt32]) {
        let accept = Self.accept << 16
        if sides.contains(.edge) { targets.append(accept | UInt32(graph.lineEnd)) }
        guard automaton.looksAtWords else { return }
        if sides.contains(.word) { targets.append(accept | UInt32(graph.word)) }
        if sides.contains(.other) { targets.append(accept | UInt32(graph.other)) }
        if sides.contains(.broken) { targets.append(accept | UInt32(graph.broken)) }
    }

    private static func unique(_ elements: [UInt32]) -> [UInt32] {
        var ordered = elements.sorted()
        var kept = 0
        for index in ordered.indices where index == 0 || ordered[index] != ordered[kept - 1] {
            ordered[kept] = ordered[index]
            kept += 1
        }
        ordered.removeSubrange(kept...)
        return ordered
    }

    /// The bytes that begin a match when nothing is under way, when they are few and rare enough to
    /// look for; nil when line starts matter as well.
    var leavingSpans: ByteSpans? {
        guard !automaton.looksAtWords, lineStart.isEmpty else { return nil }
        let leaves = (0..<256).map { byte in
            always.contains { element in
                let row = UInt16(truncatingIfNeeded: element)
                return graph.target(of: row, Int(graph.classes[byte])) != ByteGraph.dead
            }
        }
        return ByteSpans(leaves)
    }
}
