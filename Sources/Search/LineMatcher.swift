package import GrepvineDistCore

/// Runs one query over documents, one after the other. It owns the automaton's cache, so each
/// thread has its own.
///
/// The lines found are ripgrep's: a line feed ends a line, a carriage return is part of it unless
/// the query says otherwise, a last line without a line feed counts, nothing follows a final line
/// feed. Documents are bytes: what is not UTF-8 matches no class and hides nothing else. Patterns
/// are Unicode as ripgrep's are. They differ from it only in what is refused (`(?-u)`, more than a
/// thousand repetitions), by the version of Unicode, and in `$^`, which matches an empty line here
/// as it does in grep.
package struct LineMatcher: Sendable {
    let query: GrepQuery
    let jsonPath: JSONPath?
    var finder: LineFinder
    /// What earlier pages returned of the document that is being searched.
    private var position: GrepPosition?

    package init(_ query: GrepQuery) throws(PatternError) {
        self.query = query
        if let path = query.filter.jsonPath {
            jsonPath = try JSONPath(path)
        } else {
            jsonPath = nil
        }
        finder = try LineFinder(query)
    }

    /// True when `search` would find something.
    package mutating func hasMatch(in document: RawSpan) -> Bool {
        let isHit = unsafe document.withUnsafeBytes { bytes in unsafe hasMatch(bytes) }
        return isHit && jsonPath?.matches(document) ?? true
    }

    /// The hits of one document in the form that the query asks for; nil when there are none, or
    /// none behind what earlier pages returned of it.
    package mutating func search(
        _ document: RawSpan, key: Key, version: Version, behind position: GrepPosition? = nil
    ) -> DocumentHit? {
        self.position = position?.key == key ? position : nil
        defer { self.position = nil }
        let hit = unsafe document.withUnsafeBytes { bytes in
            unsafe search(bytes, key: key, version: version)
        }
        return hit == nil || jsonPath?.matches(document) ?? true ? hit : nil
    }

    var work: LineFinder.Work { finder.work }

    /// At most this many hits are looked for in one document.
    private var mostHits: Int {
        switch query.output {
        case .keys, .keysWithoutMatch: min(1, query.limitPerDocument ?? 1)
        case .counts, .matchCounts: query.limitPerDocument ?? .max
        case .lines:
            // One more than the page takes: whether there is more is part of the answer.
            min(
                max(0, (query.limitPerDocument ?? .max) - (position?.matchingLines ?? 0)),
                query.limit.map { $0 == .max ? $0 : $0 + 1 } ?? .max)
        }
    }

    private mutating func hasMatch(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let isHit = unsafe hasHit(bytes) != (query.output == .keysWithoutMatch)
        if query.binary == .isText || (query.binary == .isSkipped && !isHit) { return isHit }
        guard unsafe BinaryWindow.firstNUL(in: bytes) != nil else { return isHit }
        return unsafe search(bytes, key: Key([]), version: .zero) != nil
    }

    private mutating func hasHit(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var lines = HitLines(isInverted: query.options.inverted)
        return unsafe lines.next(in: bytes, &finder) != nil
    }

    private mutating func search(
        _ bytes: UnsafeRawBufferPointer, key: Key, version: Version
    ) -> DocumentHit? {
        var hit = DocumentHit(key: key, version: version, matchingLines: 0)
        switch query.binary {
        case .isText: _ = unsafe find(in: bytes, &hit)
        case .isSkipped: unsafe findUpToNUL(in: bytes, &hit)
        case .isReported, .endsLines: unsafe findAroundNUL(in: bytes, &hit)
        }
        if position != nil, query.output == .lines, hit.lines.isEmpty { return nil }
        return hit.matchingLines > 0 ? hit : nil
    }

    /// Finds hits in all of `bytes`. True when it read to their end, false when it had enough.
    private mutating func find(
        in bytes: UnsafeRawBufferPointer, _ hit: inout DocumentHit
    ) -> Bool {
        switch query.output {
        case .lines:
            var collector = LineCollector(query, behind: position)
            unsafe collector.collect(bytes, upTo: mostHits, &finder)
            hit.matchingLines = collector.hits
            hit.matches = collector.matches
            hit.lines = collector.lines
            return collector.hits < mostHits || collector.owed > 0
        case .matchCounts: unsafe countMatches(in: bytes, &hit)
        case .counts, .keys: hit.matchingLines = unsafe hits(in: bytes, upTo: mostHits)
        case .keysWithoutMatch:
            hit.matchingLines = unsafe hasHit(bytes) ? 0 : 1
            return true
        }
        return hit.matchingLines < mostHits
    }

    private mutating func hits(in bytes: UnsafeRawBufferPointer, upTo limit: Int) -> Int {
        var lines = HitLines(isInverted: query.options.inverted)
        return unsafe lines.count(in: bytes, upTo: limit, &finder)
    }

    private mutating func countMatches(
        in bytes: UnsafeRawBufferPointer, _ hit: inout DocumentHit
    ) {
        var lines = HitLines(isInverted: query.options.inverted)
        while hit.matchingLines < mostHits, let line = unsafe lines.next(in: bytes, &finder) {
            hit.matchingLines += 1
            if query.options.inverted {
                hit.matches += 1
            } else {
                let spans = unsafe finder.spans(
                    in: bytes, from: line.lowerBound, to: line.upperBound)
                hit.matches += max(1, spans.count)
            }
        }
    }
}

extension LineMatcher {
    /// Ends the search at the window in which the NUL byte is. What was found before it is
    /// reported together with the fact, but counts and lists leave such a document out: a count
    /// that stopped somewhere would be wrong.
    private mutating func findUpToNUL(
        in bytes: UnsafeRawBufferPointer, _ hit: inout DocumentHit
    ) {
        // Most documents do not match, and then it does not matter what they hold.
        if query.output != .keysWithoutMatch, unsafe !hasHit(bytes) { return }
        guard let offset = unsafe BinaryWindow.firstNUL(in: bytes) else {
            _ = unsafe find(in: bytes, &hit)
            return
        }
        let window = unsafe window(of: offset, in: bytes)
        let isSeen = unsafe find(
            in: UnsafeRawBufferPointer(rebasing: bytes[..<window.start]), &hit)
        guard isSeen else { return }
        hit.binaryOffset = offset
        if query.output != .lines { hit.matchingLines = 0 }
    }

    /// Searches on with NUL bytes as ends of lines.
    private mutating func findAroundNUL(
        in bytes: UnsafeRawBufferPointer, _ hit: inout DocumentHit
    ) {
        guard let offset = unsafe BinaryWindow.firstNUL(in: bytes) else {
            _ = unsafe find(in: bytes, &hit)
            return
        }
        let lines = unsafe bytes.map { $0 == 0 ? 10 : $0 }
        unsafe lines.withUnsafeBytes { lines in
            guard query.output == .lines, query.binary == .isReported else {
                if unsafe find(in: lines, &hit) { hit.binaryOffset = offset }
                return
            }
            let window = unsafe window(of: offset, in: bytes)
            let isSeen = unsafe find(
                in: UnsafeRawBufferPointer(rebasing: lines[..<window.start]), &hit)
            guard isSeen else { return }
            let rest = unsafe UnsafeRawBufferPointer(rebasing: lines[window.start...])
            if hit.matchingLines == 0, unsafe hasHit(rest) { hit.matchingLines = 1 }
            hit.binaryOffset = offset
        }
    }

    /// What is kept of one read for the next one depends on which lines were shown.
    private mutating func window(
        of offset: Int, in bytes: UnsafeRawBufferPointer
    ) -> BinaryWindow {
        let context = query.output == .lines ? max(query.before, query.after) : 0
        guard context > 0 else { return unsafe BinaryWindow(of: offset, in: bytes) }
        var collector = LineCollector(query)
        unsafe collector.collect(
            UnsafeRawBufferPointer(rebasing: bytes[..<offset]), upTo: mostHits, &finder)
        return unsafe BinaryWindow(
            of: offset, in: bytes, context: context,
            visited: collector.lines.map { $0.offset + $0.text.count + 1 })
    }
}
