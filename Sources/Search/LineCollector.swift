import GrepvineDistCore

/// Gathers the hits of one document with their numbers, matches and context.
struct LineCollector {
    private(set) var lines: [DocumentHit.Line] = []
    private(set) var hits = 0
    /// Matches in the hits.
    private(set) var matches = 0
    /// Lines of context still owed to the last hit.
    private(set) var owed = 0
    private let query: GrepQuery
    /// Everything before this was returned or passed over, and so many lines it was.
    private var index = 0
    private var number = 1
    /// Lines up to this one, and their context, are on earlier pages.
    private let returned: Int
    /// That context ends here.
    private var shown = 0

    init(_ query: GrepQuery, behind position: GrepPosition? = nil) {
        self.query = query
        returned = position?.line ?? 0
    }

    mutating func collect(
        _ bytes: UnsafeRawBufferPointer, upTo limit: Int, _ finder: inout LineFinder
    ) {
        if returned > 0 { unsafe passReturned(in: bytes) }
        let start = index
        var hitLines = HitLines(isInverted: query.options.inverted)
        while hits < limit, let line = unsafe hitLines.next(in: bytes, &finder) {
            if line.lowerBound < start { continue }
            while owed > 0, index < line.lowerBound {
                unsafe addContext(of: bytes, &finder)
                owed -= 1
            }
            unsafe skip(to: contextStart(of: line.lowerBound, in: bytes), in: bytes)
            while index < line.lowerBound { unsafe addContext(of: bytes, &finder) }
            unsafe add(line, of: bytes, isMatch: true, &finder)
            hits += 1
            matches += lines[lines.count - 1].matches.count
            owed = query.after
        }
        while owed > 0, index < bytes.count {
            unsafe addTrailing(of: bytes, isPastLimit: hits == limit, &finder)
            owed -= 1
        }
    }

    /// Begins behind the lines that were returned. The context of the last one of them is not
    /// shown again.
    private mutating func passReturned(in bytes: UnsafeRawBufferPointer) {
        func behind(_ lines: Int, from start: Int) -> Int {
            var place = start
            for _ in 0..<lines where place < bytes.count {
                place = unsafe min(bytes.lineFeed(from: place, to: bytes.count) + 1, bytes.count)
            }
            return place
        }
        index = behind(returned, from: 0)
        number = returned + 1
        shown = behind(query.after, from: index)
    }

    /// Behind the last hit that the limit allows, lines that match are shown as such and not
    /// counted.
    private mutating func addTrailing(
        of bytes: UnsafeRawBufferPointer, isPastLimit: Bool, _ finder: inout LineFinder
    ) {
        guard isPastLimit else { return unsafe addContext(of: bytes, &finder) }
        let end = unsafe bytes.lineFeed(from: index, to: bytes.count)
        let isMatch = unsafe finder.matches(bytes, lineFrom: index, to: end)
        unsafe add(
            index..<end, of: bytes, isMatch: isMatch != query.options.inverted, &finder)
    }

    private mutating func addContext(
        of bytes: UnsafeRawBufferPointer, _ finder: inout LineFinder
    ) {
        let end = unsafe bytes.lineFeed(from: index, to: bytes.count)
        unsafe add(index..<end, of: bytes, isMatch: false, &finder)
    }

    /// Matches are looked for where there are some: in hits, or in what surrounds inverted ones.
    private mutating func add(
        _ line: Range<Int>, of bytes: UnsafeRawBufferPointer, isMatch: Bool,
        _ finder: inout LineFinder
    ) {
        let matches =
            unsafe isMatch == query.options.inverted
            ? [] : finder.spans(in: bytes, from: line.lowerBound, to: line.upperBound)
        lines.append(
            DocumentHit.Line(
                number: number, offset: line.lowerBound,
                text: unsafe Array(UnsafeRawBufferPointer(rebasing: bytes[line])),
                isMatch: isMatch, matches: matches, hasLineFeed: line.upperBound < bytes.count))
        number += 1
        index = min(line.upperBound + 1, bytes.count)
    }

    /// Where the context before a hit begins, not before what was returned already.
    private func contextStart(of line: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        var start = line
        var wanted = query.before
        let first = max(index, shown)
        while wanted > 0, start > first {
            start = unsafe bytes.lineStart(of: start - 1, from: first)
            wanted -= 1
        }
        return start
    }

    private mutating func skip(to start: Int, in bytes: UnsafeRawBufferPointer) {
        guard start > index else { return }
        number += unsafe bytes.lineFeeds(from: index, to: start)
        index = start
    }
}
