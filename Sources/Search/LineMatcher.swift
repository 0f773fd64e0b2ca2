package import GrepvineDistCore

/// Runs one query over documents, one after the other. It owns the automaton's cache, so each
/// thread has its own.
///
/// The lines found are ripgrep's with `-a`: a line feed ends a line, a carriage return is part of
/// it, a last line without a line feed counts, nothing follows a final line feed. Documents are
/// bytes: what is not UTF-8 matches no class and hides nothing else, and a NUL byte is like any
/// other. Patterns are Unicode as ripgrep's are. They differ from it only in what is refused
/// (`(?-u)`, more than a thousand repetitions), in scripts other than Latin, Greek and Cyrillic,
/// by the version of Unicode that the standard library knows, and in `$^`, which matches an empty
/// line here as it does in grep.
package struct LineMatcher: Sendable {
    private let query: GrepQuery
    var finder: LineFinder

    package init(_ query: GrepQuery) throws(PatternError) {
        self.query = query
        finder = try LineFinder(query)
    }

    /// True when some line of the document is a hit.
    package mutating func hasMatch(in document: RawSpan) -> Bool {
        unsafe document.withUnsafeBytes { bytes in unsafe hasMatch(bytes) }
    }

    /// The hits of one document in the form that the query asks for; nil when there are none.
    package mutating func search(_ document: RawSpan, key: Key, version: Version) -> DocumentHit? {
        unsafe document.withUnsafeBytes { bytes in
            unsafe search(bytes, key: key, version: version)
        }
    }

    var work: LineFinder.Work { finder.work }

    /// At most this many hits are looked for in one document.
    private var mostHits: Int {
        switch query.output {
        case .keys: min(1, query.limitPerDocument ?? 1)
        case .counts: query.limitPerDocument ?? .max
        case .lines: min(query.limitPerDocument ?? .max, query.limit ?? .max)
        }
    }

    private mutating func hasMatch(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var lines = HitLines(isInverted: query.options.inverted)
        return unsafe lines.next(in: bytes, &finder) != nil
    }

    private mutating func search(
        _ bytes: UnsafeRawBufferPointer, key: Key, version: Version
    ) -> DocumentHit? {
        let count: Int
        var lines: [DocumentHit.Line] = []
        if query.output == .lines {
            var collector = LineCollector(query)
            unsafe collector.collect(bytes, upTo: mostHits, &finder)
            count = collector.hits
            lines = collector.lines
        } else {
            count = unsafe hits(in: bytes, upTo: mostHits)
        }
        guard count > 0 else { return nil }
        return DocumentHit(key: key, version: version, matchingLines: count, lines: lines)
    }

    private mutating func hits(in bytes: UnsafeRawBufferPointer, upTo limit: Int) -> Int {
        var lines = HitLines(isInverted: query.options.inverted)
        var count = 0
        while count < limit, unsafe lines.next(in: bytes, &finder) != nil { count += 1 }
        return count
    }
}

/// Walks over the lines of a document that are hits.
struct HitLines {
    let isInverted: Bool
    /// Where the next line to look at begins.
    private var index = 0
    /// Inverted: the matching line ahead, which is no hit. Nil when it was not looked for yet, and
    /// the end of the document when none is left.
    private var ahead: Range<Int>?

    init(isInverted: Bool) { self.isInverted = isInverted }

    /// The next hit without its line feed.
    mutating func next(
        in bytes: UnsafeRawBufferPointer, _ finder: inout LineFinder
    ) -> Range<Int>? {
        guard isInverted else {
            let line = unsafe matchingLine(in: bytes, from: index, &finder)
            index = line.map { $0.upperBound + 1 } ?? bytes.count
            return line
        }
        while index < bytes.count {
            let match =
                unsafe ahead ?? matchingLine(in: bytes, from: index, &finder)
                ?? bytes.count..<bytes.count
            ahead = match
            if index < match.lowerBound {
                let start = index
                let end = unsafe bytes.lineFeed(from: start, to: bytes.count)
                index = end + 1
                return start..<end
            }
            index = match.upperBound + 1
            ahead = nil
        }
        return nil
    }

    private func matchingLine(
        in bytes: UnsafeRawBufferPointer, from start: Int, _ finder: inout LineFinder
    ) -> Range<Int>? {
        guard start < bytes.count, let place = unsafe finder.firstMatch(in: bytes, from: start)
        else { return nil }
        let lineStart = unsafe bytes.lineStart(of: place, from: start)
        let lineEnd = unsafe bytes.lineFeed(from: place, to: bytes.count)
        return lineStart..<lineEnd
    }
}
