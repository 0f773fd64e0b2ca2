import GrepvineDistCore

/// Finds matching lines in a document, the cheapest way that its pattern allows: a scan for the
/// literal that it is, a scan for literals that it needs and the automaton on their lines, or the
/// automaton on everything.
struct LineFinder: Sendable {
    enum Plan {
        case everyLine
        case literal(Literal, LiteralScanner)
        case filtered(LiteralScanner)
        case automaton
    }

    let plan: Plan
    private let automaton: Automaton
    /// Nil when the plan never needs it.
    private var states: LazyDFA?
    private var simulation: Simulation?
    private var spanFinder: SpanFinder?
    /// Lines that the filter let through, and bytes that it passed over: a filter that finds
    /// something in most lines only costs time.
    private var filteredLines = 0
    private var filteredBytes = 0

    /// Documents that were read for whether they match at all.
    private var documentsWithMatch = 0
    private var documentsWithout = 0

    /// What the automata did so far, for tests of the bounds.
    struct Work: Hashable, Sendable {
        var states = LazyDFA.Work()
        var simulatedScalars = 0
        var hasGivenUp = false
    }

    var work: Work {
        Work(
            states: states?.work ?? .init(), simulatedScalars: simulation?.steps ?? 0,
            hasGivenUp: states?.hasGivenUp ?? false)
    }

    init(_ query: GrepQuery) throws(PatternError) {
        let syntax = try PatternParser.syntax(of: query)
        automaton = try Automaton(syntax)
        if automaton.matchesEveryLine {
            plan = .everyLine
        } else if let literal = syntax.wholeLiteral {
            plan = .literal(literal, LiteralScanner([literal]))
        } else if let literals = RequiredLiterals(syntax).required,
            literals.count <= LiteralScanner.mostLiterals,
            literals.allSatisfy({ $0.rarity >= Self.leastRarity })
        {
            plan = .filtered(LiteralScanner(literals))
            states = try LazyDFA(automaton)
        } else {
            plan = .automaton
            states = try LazyDFA(automaton)
        }
    }

    /// Below this a literal is in so many lines that looking for it first is no gain.
    private static let leastRarity = 105

    /// A byte of the first matching line at or behind `start`, which begins a line; nil when no
    /// line of the rest matches.
    mutating func firstMatch(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        switch plan {
        case .everyLine: return start
        case .literal(_, let scanner):
            return unsafe scanner.first(in: bytes, from: start, to: bytes.count)
        case .filtered(let scanner):
            return unsafe firstFiltered(scanner, in: bytes, from: start)
        case .automaton:
            if start == 0, unsafe isCertainlyEmpty(bytes) { return nil }
            return unsafe firstByAutomaton(in: bytes, from: start, to: bytes.count)
        }
    }

    /// Reads a whole document in four places at once to see that it has no match, unless most
    /// documents have one.
    private mutating func isCertainlyEmpty(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= LazyDFA.leastForLanes, documentsWithMatch <= documentsWithout + 4
        else { return false }
        guard let found = unsafe states?.hasMatch(in: bytes) else { return false }
        if found { documentsWithMatch += 1 } else { documentsWithout += 1 }
        return !found
    }

    private mutating func firstFiltered(
        _ scanner: LiteralScanner, in bytes: UnsafeRawBufferPointer, from start: Int
    ) -> Int? {
        var index = start
        while filteredLines < 64 || filteredLines * 128 < filteredBytes {
            guard let place = unsafe scanner.first(in: bytes, from: index, to: bytes.count) else {
                filteredBytes += bytes.count - index
                return nil
            }
            let lineStart = unsafe bytes.lineStart(of: place, from: index)
            let lineEnd = unsafe bytes.lineFeed(from: place, to: bytes.count)
            filteredLines += 1
            filteredBytes += lineEnd - index
            if unsafe firstByAutomaton(in: bytes, from: lineStart, to: lineEnd) != nil {
                return place
            }
            index = lineEnd + 1
            if index >= bytes.count { return nil }
        }
        filteredLines -= 1
        return unsafe firstByAutomaton(in: bytes, from: index, to: bytes.count)
    }

    mutating func firstByAutomaton(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        // An empty line has no byte for the automaton to read: only its end.
        if start == end { return unsafe simulate(bytes, from: start, to: end) }
        switch unsafe states?.firstMatch(in: bytes, from: start, to: end) {
        case nil, .some(.none): return nil
        case .match(let place): return place
        case .gaveUp(let place):
            let lineStart = unsafe bytes.lineStart(of: place, from: start)
            return unsafe simulate(bytes, from: lineStart, to: end)
        }
    }

    private mutating func simulate(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        var machine = simulation ?? Simulation(automaton)
        simulation = nil
        defer { simulation = machine }
        var index = start
        repeat {
            let lineEnd = unsafe bytes.lineFeed(from: index, to: end)
            if unsafe machine.matches(bytes, from: index, to: lineEnd) { return index }
            index = lineEnd + 1
        } while index < end
        return nil
    }

    /// The matches in the line `start..<end`, relative to its start.
    mutating func spans(
        in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> [Range<Int>] {
        if case .literal(let literal, let scanner) = plan {
            var spans: [Range<Int>] = []
            var index = start
            while let place = unsafe scanner.first(in: bytes, from: index, to: end) {
                spans.append(place - start..<place - start + literal.bytes.count)
                index = place + literal.bytes.count
            }
            return spans
        }
        var finder = spanFinder ?? SpanFinder(automaton)
        spanFinder = nil
        defer { spanFinder = finder }
        return unsafe finder.spans(in: bytes, from: start, to: end)
    }
}
