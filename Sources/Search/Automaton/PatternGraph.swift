/// A pattern as a graph of choices in order of preference, with repetitions written out.
/// Built from its end backwards, so every node knows what comes next.
struct PatternGraph {
    enum Node {
        /// One scalar of the set with this index.
        case scalars(set: Int, next: Int)
        /// The first choice is preferred.
        case choice([Int])
        case look(Looks, next: Int)
        case accept
    }

    private(set) var nodes: [Node] = [.accept]
    private(set) var sets: [ScalarSet] = []
    private(set) var start = 0
    private(set) var positions = 0
    private var indexes: [ScalarSet: Int] = [:]
    private var steps = 0

    init(_ syntax: Syntax) throws(PatternError) { start = try add(syntax, before: 0) }

    /// Adds what matches `syntax` and goes on at `next`, and returns where it begins.
    private mutating func add(_ syntax: Syntax, before next: Int) throws(PatternError) -> Int {
        steps += 1
        guard positions <= PatternLimit.positions, steps <= 8 * PatternLimit.positions else {
            throw PatternError(
                "pattern is too large: above \(PatternLimit.positions) characters with its "
                    + "repetitions written out", at: 0)
        }
        switch syntax {
        case .empty: return next
        case .scalars(let set):
            positions += 1
            return append(.scalars(set: index(of: set), next: next))
        case .look(let looks): return append(.look(looks, next: next))
        case .concatenation(let items):
            var entry = next
            for item in items.reversed() { entry = try add(item, before: entry) }
            return entry
        case .alternation(let branches):
            var entries: [Int] = []
            for branch in branches.reversed() { entries.append(try add(branch, before: next)) }
            return append(.choice(entries.reversed()))
        case .repetition(let item, let least, let most, let isLazy):
            return try addRepetition(
                of: item, least: least, most: most, isLazy: isLazy, before: next)
        }
    }

    private mutating func addRepetition(
        of item: Syntax, least: Int, most: Int?, isLazy: Bool, before next: Int
    ) throws(PatternError) -> Int {
        var entry = next
        var copies = least
        if let most {
            for _ in least..<most {
                let body = try add(item, before: entry)
                entry = append(.choice(isLazy ? [next, body] : [body, next]))
            }
        } else {
            let loop = append(.choice([]))
            let body = try add(item, before: loop)
            nodes[loop] = .choice(isLazy ? [next, body] : [body, next])
            if least > 0 {
                entry = body
                copies -= 1
            } else {
                // A body that may be empty is taken once and then repeated, so that an empty
                // round does not end the loop before its other choices were tried.
                entry =
                    item.isNullable ? append(.choice(isLazy ? [next, body] : [body, next])) : loop
            }
        }
        for _ in 0..<max(0, copies) { entry = try add(item, before: entry) }
        return entry
    }

    private mutating func append(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    private mutating func index(of set: ScalarSet) -> Int {
        if let known = indexes[set] { return known }
        sets.append(set)
        indexes[set] = sets.count - 1
        return sets.count - 1
    }
}

/// The steps that lead from one node to the next scalars, in order of preference.
struct GraphClosure {
    struct Step {
        /// A node that takes a scalar, or `accept`.
        var node: Int
        var looks: Looks
    }

    private var seen: [UInt64]
    private var touched: [Int] = []
    private(set) var work = 0

    init(nodes: Int) { seen = Array(repeating: 0, count: nodes) }

    mutating func steps(from start: Int, in graph: PatternGraph) -> [Step] {
        var steps: [Step] = []
        var stack = [Step(node: start, looks: [])]
        while let step = stack.popLast() {
            work += 1
            guard visit(step) else { continue }
            switch graph.nodes[step.node] {
            case .scalars: steps.append(step)
            case .accept:
                steps.append(step)
                // Nothing that is preferred less can win over a match without a condition.
                if step.looks.isEmpty { stack.removeAll() }
            case .look(let looks, let next):
                stack.append(Step(node: next, looks: step.looks.union(looks)))
            case .choice(let choices):
                for choice in choices.reversed() {
                    stack.append(Step(node: choice, looks: step.looks))
                }
            }
        }
        for node in touched { seen[node] = 0 }
        touched.removeAll(keepingCapacity: true)
        return steps
    }

    /// False when the node was reached before under the same conditions, or under none.
    private mutating func visit(_ step: Step) -> Bool {
        let bit = UInt64(1) << UInt64(step.looks.rawValue)
        if seen[step.node] == 0 { touched.append(step.node) }
        guard seen[step.node] & (bit | 1) == 0 else { return false }
        seen[step.node] |= bit
        return true
    }
}
