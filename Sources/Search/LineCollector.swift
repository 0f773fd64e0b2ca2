import GrepvineDistCore

/// Gathers the hits of one document with their numbers, matches and context.
struct LineCollector {
    private(set) var lines: [DocumentHit.Line] = []
    private(set) var hits = 0
    private let query: GrepQuery
    /// Everything before this was returned or passed over, and so many lines it was.
    private var index = 0
    private var number = 1
    /// Lines of context still owed to the last hit.
    private var owed = 0

    init(_ query: GrepQuery) { self.query = query }

    mutating func collect(
        _ bytes: UnsafeRawBufferPointer, upTo limit: Int, _ finder: inout LineFinder
    ) {
        var hitLines = HitLines(isInverted: query.options.inverted)
        while hits < limit, let line = unsafe hitLines.next(in: bytes, &finder) {
            unsafe addOwedLines(of: bytes, before: line.lowerBound)
            unsafe skip(to: contextStart(of: line.lowerBound, in: bytes), in: bytes)
            while index < line.lowerBound { unsafe addContext(of: bytes) }
            let matches =
                unsafe query.options.inverted
                ? [] : finder.spans(in: bytes, from: line.lowerBound, to: line.upperBound)
            unsafe add(line, of: bytes, isMatch: true, matches)
            hits += 1
            owed = query.after
        }
        unsafe addOwedLines(of: bytes, before: bytes.count)
    }

    private mutating func addOwedLines(of bytes: UnsafeRawBufferPointer, before end: Int) {
        while owed > 0, index < end {
            unsafe addContext(of: bytes)
            owed -= 1
        }
    }

    private mutating func addContext(of bytes: UnsafeRawBufferPointer) {
        let end = unsafe bytes.lineFeed(from: index, to: bytes.count)
        unsafe add(index..<end, of: bytes, isMatch: false, [])
    }

    private mutating func add(
        _ line: Range<Int>, of bytes: UnsafeRawBufferPointer, isMatch: Bool,
        _ matches: [Range<Int>]
    ) {
        lines.append(
            DocumentHit.Line(
                number: number, offset: line.lowerBound,
                text: unsafe Array(UnsafeRawBufferPointer(rebasing: bytes[line])),
                isMatch: isMatch, matches: matches))
        number += 1
        index = min(line.upperBound + 1, bytes.count)
    }

    /// Where the context before a hit begins, not before what was returned already.
    private func contextStart(of line: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        var start = line
        var wanted = query.before
        while wanted > 0, start > index {
            start = unsafe bytes.lineStart(of: start - 1, from: index)
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
