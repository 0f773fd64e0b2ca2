package import GrepvineDistCore

/// Looking at many documents at once. Where every match contains a literal, or bytes out of small
/// sets, one scan for that runs over everything that lies between and around documents, too; what
/// it finds there is nothing.
extension LineMatcher {
    /// Nil when there is nothing to look for, so that documents must be looked at one by one.
    package var regionScanner: RegionScanner? {
        switch finder.plan {
        case .literal(_, let scanner): RegionScanner(filter: .literals(scanner))
        case .filtered(let filter): RegionScanner(filter: filter)
        case .everyLine, .automaton: nil
        }
    }

    /// Whether the line around such a place is a match, and where to go on. `lines` are whole lines
    /// of one document.
    package mutating func look(
        around place: Int, in lines: UnsafeRawBufferPointer
    ) -> (isMatch: Bool, next: Int) {
        if case .literal = finder.plan {
            return (true, unsafe lines.lineFeed(from: place, to: lines.count) + 1)
        }
        return unsafe finder.look(around: place, in: lines, from: 0)
    }

    /// Lines that match in whole lines of a document, counted up to `limit`.
    package mutating func count(in lines: UnsafeRawBufferPointer, upTo limit: Int) -> Int {
        var hits = HitLines(isInverted: false)
        return unsafe hits.count(in: lines, upTo: limit, &finder)
    }

    /// Whether some line matches in whole lines of a document: what a match in the document needs.
    package mutating func hasMatchingLine(in lines: UnsafeRawBufferPointer) -> Bool {
        var hits = HitLines(isInverted: false)
        return unsafe hits.next(in: lines, &finder) != nil
    }

    /// Whether counting its matching lines is all that a hit of the document takes: it has no NUL
    /// byte that would change what counts, and nothing else is asked of it.
    package func isCounted(_ document: UnsafeRawBufferPointer) -> Bool {
        guard query.output == .counts || query.output == .keys, jsonPath == nil else {
            return false
        }
        return unsafe query.binary == .isText || BinaryWindow.firstNUL(in: document) == nil
    }
}

extension GrepQuery {
    /// A document can only be a hit if one of its lines matches by itself, so lines may be looked
    /// at wherever they lie.
    package var isDecidedByLines: Bool {
        guard !options.inverted, output != .keysWithoutMatch else { return false }
        return binary == .isText || binary == .isSkipped
    }
}

/// Looks for what every match contains on its line.
package struct RegionScanner: Sendable {
    fileprivate let filter: LineFinder.Filter

    /// Bytes of the longest of it.
    package var reach: Int { filter.reach }

    /// The leftmost place in `start..<end` where it lies whole.
    package func next(in region: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        unsafe filter.first(in: region, from: start, to: end)
    }
}
