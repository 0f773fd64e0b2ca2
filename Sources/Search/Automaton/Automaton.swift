/// A pattern as positions and the steps between them (Glushkov): to be at a position is to wait for
/// one scalar of its set. No step is empty, so every matcher below is one step per scalar.
///
/// When the pattern asks about words, each position is split into one for word characters and one
/// for others. Then both sides of every step are known while compiling, and what remains of an
/// assertion is which positions exist at all, and which sides may follow a match.
struct Automaton: Sendable {
    struct Step: Hashable, Sendable {
        /// `accept`, or the position that waits for the next scalar.
        var target: Int32
        /// For `accept`: what may follow the match.
        var sides: Sides

        static let accept: Int32 = -1
    }

    private(set) var sets: [ScalarSet] = []
    /// The index in `sets` of what each position waits for.
    private(set) var setOfPosition: [Int] = []
    /// Steps in order of preference from each position that got its scalar, and where they begin.
    private(set) var steps: [Step] = []
    private(set) var firstStep: [Int] = [0]
    /// Steps into the pattern, by what is before them.
    private(set) var entries: [[Step]] = []
    let looksAtWords: Bool

    var positions: Int { setOfPosition.count }

    func steps(after position: Int) -> ArraySlice<Step> {
        steps[firstStep[position]..<firstStep[position + 1]]
    }

    /// The start of a line is a match without a condition.
    var matchesEveryLine: Bool {
        entries[Side.edge.rawValue].contains { $0.target == Step.accept && $0.sides == .all }
    }

    init(_ syntax: Syntax) throws(PatternError) {
        looksAtWords = syntax.looksAtWords
        let graph = try PatternGraph(syntax)
        var halves = Halves(graph, splits: looksAtWords)
        sets = halves.sets
        setOfPosition = halves.setOfPosition
        try connect(graph, &halves)
    }

    private mutating func connect(
        _ graph: PatternGraph, _ halves: inout Halves
    ) throws(PatternError) {
        var closure = GraphClosure(nodes: graph.nodes.count)
        let first = closure.steps(from: graph.start, in: graph)
        entries = Side.allCases.map { side in
            first.flatMap { halves.resolve($0, after: side) }
        }
        for position in 0..<positions {
            guard case .scalars(_, let next) = graph.nodes[halves.nodeOfPosition[position]] else {
                preconditionFailure("position \(position) waits for no scalar")
            }
            let side = halves.sideOfPosition[position]
            for step in closure.steps(from: next, in: graph) {
                steps += halves.resolve(step, after: side)
            }
            firstStep.append(steps.count)
            guard steps.count <= PatternLimit.edges, closure.work <= 8 * PatternLimit.edges else {
                throw PatternError(
                    "pattern is too large: too many ways to skip its optional parts", at: 0)
            }
        }
    }
}

/// The positions of a graph: each of its scalar nodes once, or once per kind of scalar.
private struct Halves {
    var sets: [ScalarSet] = []
    var setOfPosition: [Int] = []
    var sideOfPosition: [Side] = []
    var nodeOfPosition: [Int] = []
    private var positionsOfNode: [[Int]]

    init(_ graph: PatternGraph, splits: Bool) {
        positionsOfNode = Array(repeating: [], count: graph.nodes.count)
        let word = splits ? UnicodeSets.word : .none
        let sides: [Side] = splits ? [.word, .other] : [.other]
        for side in sides {
            let halves = graph.sets.map { set in
                !splits ? set : side == .word ? set.intersection(word) : set.subtracting(word)
            }
            // Later nodes come earlier in the pattern, so neighbours get neighbouring positions.
            for node in graph.nodes.indices.reversed() {
                guard case .scalars(let set, _) = graph.nodes[node], !halves[set].isEmpty else {
                    continue
                }
                positionsOfNode[node].append(nodeOfPosition.count)
                nodeOfPosition.append(node)
                sideOfPosition.append(side)
                setOfPosition.append(sets.count + set)
            }
            sets += halves
        }
    }

    /// One step of the graph after a known side: none when its conditions cannot hold.
    func resolve(_ step: GraphClosure.Step, after before: Side) -> [Automaton.Step] {
        if step.node == 0 {
            let sides = Sides(after: before, where: step.looks)
            return sides.isEmpty ? [] : [.init(target: Automaton.Step.accept, sides: sides)]
        }
        return positionsOfNode[step.node].compactMap { position in
            step.looks.hold(before: before, after: sideOfPosition[position])
                ? .init(target: Int32(position), sides: .none) : nil
        }
    }
}
