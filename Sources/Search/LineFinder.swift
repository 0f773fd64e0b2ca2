import GrepvineDistCore

/// Finds matching lines in a document, the cheapest way that its pattern allows: a scan for the
/// literal that it is, a scan for bytes that it needs and the automaton on their lines, or the
/// automaton on everything.
struct LineFinder: Sendable {
    enum Plan {
        case everyLine
        case literal(Literal, LiteralScanner)
        case filtered(Filter)
        case automaton
    }

    /// What every match must contain, and how to find it.
    enum Filter: Sendable {
        case literals(LiteralScanner)
        case window(WindowScanner)

        /// Bytes of what is found.
        var reach: Int {
            switch self {
            case .literals(let scanner): scanner.reach
            case .window(let scanner): scanner.reach
            }
        }

        func first(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
            switch self {
            case .literals(let scanner): unsafe scanner.first(in: bytes, from: start, to: end)
            case .window(let scanner): unsafe scanner.first(in: bytes, from: start, to: end)
            }
        }
    }

    let plan: Plan
    private let endsLinesWithCRLF: Bool
    private let longestMatch: Int?
    /// Nothing but a match itself says that it is one: not what is around it.
    private let isContextFree: Bool
    private let automaton: Automaton
    /// Nil when the plan never needs it.
    private var states: LazyDFA?
    private var simulation: Simulation?
    private var spanFinder: SpanFinder?
    /// Lines that the filter let through, and bytes that it passed over: a filter that finds
    /// something in most lines only costs time.
    private var filteredLines = 0
    private var filteredBytes = 0

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
        endsLinesWithCRLF = query.options.endsLinesWithCRLF
        longestMatch = syntax.longestMatch
        isContextFree = !syntax.hasLooks
        automaton = try Automaton(syntax)
        if automaton.matchesEveryLine {
            plan = .everyLine
        } else if let literal = syntax.wholeLiteral {
            plan = .literal(literal, LiteralScanner([literal]))
        } else {
            plan = Self.filter(for: syntax).map(Plan.filtered) ?? .automaton
            states = try LazyDFA(automaton)
        }
    }

    /// Below this a literal is in so many lines that looking for it first is no gain.
    private static let leastRarity = 105

    /// A window must be so much rarer than literals are, because looking for it takes longer.
    private static let windowCost = 4.0

    private static func filter(for syntax: Syntax) -> Filter? {
        let window = RequiredWindow(syntax).best
        if let literals = RequiredLiterals(syntax).required,
            literals.count <= LiteralScanner.mostLiterals,
            literals.allSatisfy({ $0.rarity >= leastRarity }),
            literals.reduce(0, { $0 + WindowScanner.share(of: $1.window) })
                < windowCost * WindowScanner.share(of: window)
        {
            return .literals(LiteralScanner(literals))
        }
        return WindowScanner(window).map(Filter.window)
    }

    /// Looks at lines from `start` on, which begins a line. Appends a byte of each line among them
    /// that matches and returns where the first line that it did not look at begins.
    mutating func appendMatches(
        in bytes: UnsafeRawBufferPointer, from start: Int, to places: inout [Int]
    ) -> Int {
        switch plan {
        case .everyLine: places.append(start)
        case .literal(_, let scanner):
            guard let place = unsafe scanner.first(in: bytes, from: start, to: bytes.count) else {
                return bytes.count
            }
            places.append(place)
        case .filtered(let filter):
            let end = unsafe filteredMatch(filter, in: bytes, from: start, to: &places)
            guard let end else { break }
            return end
        case .automaton: return unsafe appendByAutomaton(in: bytes, from: start, to: &places)
        }
        let place = places[places.count - 1]
        return unsafe min(bytes.count, bytes.lineFeed(from: place, to: bytes.count) + 1)
    }

    /// How many lines match, when that can be known without asking where they are.
    func count(in bytes: UnsafeRawBufferPointer, upTo limit: Int) -> Int? {
        guard case .literal(_, let scanner) = plan else { return nil }
        return unsafe scanner.lines(in: bytes, from: 0, upTo: limit)
    }

    /// Nil when a match was appended.
    private mutating func filteredMatch(
        _ filter: Filter, in bytes: UnsafeRawBufferPointer, from start: Int, to places: inout [Int]
    ) -> Int? {
        var index = start
        while filteredLines < 64 || filteredLines * 128 < filteredBytes {
            guard let place = unsafe filter.first(in: bytes, from: index, to: bytes.count) else {
                filteredBytes += bytes.count - index
                return bytes.count
            }
            let (isMatch, next) = unsafe look(around: place, in: bytes, from: start)
            filteredLines += 1
            filteredBytes += next - index
            if isMatch {
                places.append(place)
                return nil
            }
            index = next
            if index >= bytes.count { return bytes.count }
        }
        index = unsafe bytes.lineStart(of: index, from: start)
        filteredLines -= 1
        return unsafe appendByAutomaton(in: bytes, from: index, to: &places)
    }

    /// Whether a match lies around a place that the filter found, and where to go on looking:
    /// behind the line, or only behind that place when no more had to be looked at. `start` begins
    /// a line.
    mutating func look(
        around place: Int, in bytes: UnsafeRawBufferPointer, from start: Int
    ) -> (isMatch: Bool, next: Int) {
        guard isContextFree, let longestMatch else {
            let end = unsafe bytes.lineFeed(from: place, to: bytes.count)
            let first = unsafe bytes.lineStart(of: place, from: start)
            return (unsafe firstByAutomaton(in: bytes, from: first, to: end) != nil, end + 1)
        }
        // No part of a match is farther away than the longest one.
        let last = min(bytes.count, place + longestMatch)
        let end = unsafe bytes.lineFeed(from: place, to: last)
        var first = unsafe bytes.lineStart(of: place, from: max(start, place - longestMatch))
        while first > start, unsafe bytes[first] & 0xc0 == 0x80 { first -= 1 }
        guard unsafe firstByAutomaton(in: bytes, from: first, to: end) != nil else {
            return (false, place + 1)
        }
        return (true, unsafe bytes.lineFeed(from: end, to: bytes.count) + 1)
    }

    /// Large pieces are searched in four places at once, small ones and what is left of a pattern
    /// with too many states line by line.
    private mutating func appendByAutomaton(
        in bytes: UnsafeRawBufferPointer, from start: Int, to places: inout [Int]
    ) -> Int {
        let rest = bytes.count - start
        if rest >= LazyDFA.leastForLanes, states?.hasGivenUp == false {
            let middle = start + min(rest, LazyDFA.mostForLanes)
            let end = unsafe min(bytes.count, bytes.lineFeed(from: middle, to: bytes.count) + 1)
            let count = places.count
            if unsafe states?.appendMatches(in: bytes, from: start, to: end, places: &places)
                == true
            {
                return end
            }
            places.removeSubrange(count...)
        }
        guard let place = unsafe firstByAutomaton(in: bytes, from: start, to: bytes.count) else {
            return bytes.count
        }
        places.append(place)
        return unsafe min(bytes.count, bytes.lineFeed(from: place, to: bytes.count) + 1)
    }

    /// Whether this line alone matches.
    mutating func matches(
        _ bytes: UnsafeRawBufferPointer, lineFrom start: Int, to end: Int
    ) -> Bool {
        var places: [Int] = []
        guard start < end else {
            return unsafe automaton.matchesEveryLine || simulate(bytes, from: start, to: end) != nil
        }
        _ = unsafe appendMatches(
            in: UnsafeRawBufferPointer(rebasing: bytes[start..<end]), from: 0, to: &places)
        return !places.isEmpty
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
        in bytes: UnsafeRawBufferPointer, from start: Int, to lineEnd: Int
    ) -> [Range<Int>] {
        // What belongs to the line's end is in no match.
        let hasReturn = unsafe endsLinesWithCRLF && lineEnd > start && bytes[lineEnd - 1] == 13
        let end = hasReturn ? lineEnd - 1 : lineEnd
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
        return unsafe finder.spans(in: bytes, from: start, to: end) { index in
            unsafe earliestStart(in: bytes, from: index, line: start..<end)
        }
    }

    /// Where the first match at or behind `index` begins at the earliest, nil when there is none:
    /// the automaton tells fast where a match is complete, and no match is longer than the longest.
    private mutating func earliestStart(
        in bytes: UnsafeRawBufferPointer, from index: Int, line: Range<Int>
    ) -> Int? {
        // About words the automaton would have to know what is before `index`; and at the end of
        // the line an empty match has no byte that it could be told by.
        guard !automaton.looksAtWords, index < line.upperBound, states?.hasGivenUp == false,
            let state = index == line.lowerBound ? states?.lineStart : states?.idle
        else { return index }
        switch unsafe states?.firstMatch(in: bytes, from: index, state: state, to: line.upperBound)
        {
        case .some(.none): return nil
        case .match(let place):
            guard let longestMatch else { return index }
            var start = max(index, place - longestMatch)
            while start > index, unsafe bytes[start] & 0xc0 == 0x80 { start -= 1 }
            return start
        default: return index
        }
    }
}
