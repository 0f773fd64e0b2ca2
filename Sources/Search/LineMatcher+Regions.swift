import GrepvineDistCore

/// Looking at many documents at once. Where every match contains a literal, one scan for it runs
/// over everything that lies between and around documents, too; what it finds there is nothing.
extension LineMatcher {
    /// Bytes of the longest literal that such a scan looks for; nil when there is none, so that
    /// documents must be looked at one by one.
    package var regionReach: Int? { finder.regionScanner?.reach }

    /// Where in `start..<end` a literal lies whole that every match on its line contains one of.
    package func nextPlace(
        in region: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> Int? {
        unsafe finder.regionScanner?.first(in: region, from: start, to: end)
    }

    /// Whether the line around such a place is a match, and where it ends. `lines` are whole lines
    /// of one document.
    package mutating func line(
        around place: Int, in lines: UnsafeRawBufferPointer
    ) -> (isMatch: Bool, end: Int) {
        let end = unsafe lines.lineFeed(from: place, to: lines.count)
        return (unsafe finder.isMatch(lineAround: place, to: end, in: lines), end)
    }

    /// Lines that match in whole lines of a document, counted up to `limit`.
    package mutating func count(in lines: UnsafeRawBufferPointer, upTo limit: Int) -> Int {
        var hits = HitLines(isInverted: false)
        var count = 0
        while count < limit, unsafe hits.next(in: lines, &finder) != nil { count += 1 }
        return count
    }
}

extension LineFinder {
    fileprivate var regionScanner: LiteralScanner? {
        switch plan {
        case .literal(_, let scanner), .filtered(let scanner): scanner
        case .everyLine, .automaton: nil
        }
    }

    fileprivate mutating func isMatch(
        lineAround place: Int, to end: Int, in lines: UnsafeRawBufferPointer
    ) -> Bool {
        if case .literal = plan { return true }
        let start = unsafe lines.lineStart(of: place, from: 0)
        return unsafe firstByAutomaton(in: lines, from: start, to: end) != nil
    }
}
