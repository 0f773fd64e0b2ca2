package import GrepvineDistCore

extension MsgpackWriter {
    package mutating func write(_ query: GrepQuery) {
        writeArray(count: 16)
        write(query.pattern)
        write(UInt64(query.options.bits))
        write(UInt64(query.output.rawValue))
        write(UInt64(query.binary.rawValue))
        write(count: query.before)
        write(count: query.after)
        write(binary: query.keyPrefix)
        write(optional: query.limit)
        write(optional: query.limitPerDocument)
        write(query.filter)
        if let cursor = query.cursor { write(cursor) } else { writeNil() }
        write(optional: query.maxBytes)
        write(optional: query.maxAnswer)
    }

    private mutating func write(_ filter: DocumentFilter) {
        writeArray(count: filter.globs.count)
        for glob in filter.globs { write(glob) }
        if let type = filter.contentType { write(UInt64(type.rawValue)) } else { writeNil() }
        write(optional: filter.notBefore.map { Int(max(0, $0.milliseconds)) })
        if let path = filter.jsonPath { write(path) } else { writeNil() }
    }

    package mutating func write(_ batch: GrepBatch) {
        writeArray(count: 3)
        write(batch.stream)
        writeArray(count: batch.hits.count)
        for hit in batch.hits { write(hit) }
        if let summary = batch.summary { write(summary) } else { writeNil() }
    }

    package mutating func write(_ hit: DocumentHit) {
        writeArray(count: 6)
        write(hit.key)
        write(hit.version)
        write(count: hit.matchingLines)
        write(count: hit.matches)
        writeArray(count: hit.lines.count)
        for line in hit.lines { write(line) }
        write(optional: hit.binaryOffset)
    }

    /// The matches lie flat: begin, end, begin, end, …
    package mutating func write(_ line: DocumentHit.Line) {
        writeArray(count: 5)
        write(count: line.number)
        write(count: line.offset)
        write(binary: line.text)
        write(UInt64((line.isMatch ? 1 : 0) | (line.hasLineFeed ? 2 : 0)))
        writeArray(count: line.matches.count * 2)
        for match in line.matches {
            write(count: match.lowerBound)
            write(count: match.upperBound)
        }
    }

    package mutating func write(_ summary: GrepSummary) {
        writeArray(count: 7)
        write(binary: Packed.bytes(summary.missing.map(\.number)))
        write(UInt64(summary.reasons.reduce(0) { $0 | 1 << $1.rawValue }))
        write(summary.limitReached)
        write(summary.documentsSearched)
        write(summary.bytesSearched)
        writeArray(count: summary.searches.count)
        for search in summary.searches {
            writeArray(count: 2 + SearchWork.count)
            write(search.node)
            write(search.name)
            for number in search.work.numbers { write(number) }
        }
        if let cursor = summary.cursor { write(cursor) } else { writeNil() }
    }
}

extension MsgpackReader {
    package mutating func readGrepQuery() throws(MsgpackError) -> GrepQuery {
        try enterArray(16)
        var query = GrepQuery(try readString())
        query.options = try readOptions()
        guard let output = GrepQuery.Output(rawValue: try readUInt8()) else {
            throw .invalid("a kind of output")
        }
        query.output = output
        guard let binary = GrepQuery.Binary(rawValue: try readUInt8()) else {
            throw .invalid("a treatment of binary documents")
        }
        query.binary = binary
        query.before = try readCount()
        query.after = try readCount()
        query.keyPrefix = try readBytes()
        guard query.keyPrefix.count <= Key.longest else {
            throw .invalid("a key prefix of at most \(Key.longest) bytes")
        }
        query.limit = try readOptionalCount()
        query.limitPerDocument = try readOptionalCount()
        query.filter = try readDocumentFilter()
        if try !readNilIfPresent() { query.cursor = try readString() }
        query.maxBytes = try readOptionalCount()
        query.maxAnswer = try readOptionalCount()
        return query
    }

    private mutating func readDocumentFilter() throws(MsgpackError) -> DocumentFilter {
        var filter = DocumentFilter()
        filter.globs = try readList { (reader) throws(MsgpackError) in try reader.readString() }
        if try !readNilIfPresent() {
            filter.contentType = ContentType(rawValue: try readUInt8())
        }
        filter.notBefore = try readOptionalCount().map { WallTime(milliseconds: Int64($0)) }
        if try !readNilIfPresent() { filter.jsonPath = try readString() }
        guard filter.globs.count <= DocumentFilter.mostGlobs,
            (filter.globs + [filter.jsonPath ?? ""]).allSatisfy({
                $0.utf8.count <= DocumentFilter.longestText
            })
        else { throw .invalid("a filter within its limits") }
        return filter
    }

    package mutating func readGrepBatch() throws(MsgpackError) -> GrepBatch {
        try enterArray(3)
        let stream = try readUInt()
        let hits = try readList { (reader) throws(MsgpackError) in try reader.readDocumentHit() }
        let summary = try readNilIfPresent() ? nil : try readGrepSummary()
        return GrepBatch(stream: stream, hits: hits, summary: summary)
    }

    package mutating func readDocumentHit() throws(MsgpackError) -> DocumentHit {
        try enterArray(6)
        return DocumentHit(
            key: try readKey(), version: try readVersion(), matchingLines: try readCount(),
            matches: try readCount(),
            lines: try readList { (reader) throws(MsgpackError) in try reader.readLine() },
            binaryOffset: try readOptionalCount())
    }

    package mutating func readLine() throws(MsgpackError) -> DocumentHit.Line {
        try enterArray(5)
        let number = try readCount()
        let offset = try readCount()
        let text = try readBytes()
        let flags = try readUInt8()
        guard flags < 4 else { throw .invalid("known flags of a line") }
        return DocumentHit.Line(
            number: number, offset: offset, text: text, isMatch: flags & 1 != 0,
            matches: try readMatches(in: text.count), hasLineFeed: flags & 2 != 0)
    }

    package mutating func readGrepSummary() throws(MsgpackError) -> GrepSummary {
        try enterArray(7)
        var summary = GrepSummary()
        summary.missing = try readPartitions()
        summary.reasons = try readReasons()
        summary.limitReached = try readBool()
        summary.documentsSearched = try readUInt()
        summary.bytesSearched = try readUInt()
        summary.searches = try readList { (reader) throws(MsgpackError) in
            try reader.readNodeSearch()
        }
        if try !readNilIfPresent() { summary.cursor = try readString() }
        return summary
    }

    /// A bit that means nothing is refused: an answer would look more complete than it is.
    private mutating func readReasons() throws(MsgpackError) -> Set<GrepSummary.Reason> {
        let bits = try readUInt8()
        let reasons = GrepSummary.Reason.allCases
        guard bits < 1 << reasons.count else { throw .invalid("known reasons") }
        return Set(reasons.filter { bits & 1 << $0.rawValue != 0 })
    }

    private mutating func readNodeSearch() throws(MsgpackError) -> NodeSearch {
        try enterArray(2 + SearchWork.count)
        let (node, name) = (try readNodeID(), try readString())
        var numbers: [UInt64] = []
        for _ in 0..<SearchWork.count { numbers.append(try readUInt()) }
        return NodeSearch(node: node, name: name, work: SearchWork(numbers: numbers))
    }

    /// Ascending, each at most once.
    private mutating func readPartitions() throws(MsgpackError) -> [Partition] {
        let numbers = try readPackedNumbers()
        guard numbers.allSatisfy({ $0 < Partition.count }),
            zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw .invalid("ascending partitions below \(Partition.count)") }
        return numbers.map(Partition.init(number:))
    }

    /// Ascending ranges that do not overlap and lie within the text, so that nobody who slices
    /// the text by them can trap.
    private mutating func readMatches(in textCount: Int) throws(MsgpackError) -> [Range<Int>] {
        let count = try readArrayCount()
        guard count.isMultiple(of: 2) else { throw .invalid("pairs of positions") }
        var matches: [Range<Int>] = []
        var end = 0
        for _ in 0..<count / 2 {
            let lower = try readCount()
            let upper = try readCount()
            guard end <= lower, lower <= upper, upper <= textCount else {
                throw .invalid("ascending matches within the line")
            }
            matches.append(lower..<upper)
            end = upper
        }
        return matches
    }

    /// A bit that means nothing is refused: ignoring it would change the question.
    private mutating func readOptions() throws(MsgpackError) -> GrepQuery.Options {
        let bits = try readUInt8()
        guard bits < 32 else { throw .invalid("known options") }
        return GrepQuery.Options(bits: bits)
    }
}

extension GrepQuery.Options {
    fileprivate var bits: UInt8 {
        (isLiteral ? 1 : 0) | (ignoresCase ? 2 : 0) | (wholeWords ? 4 : 0) | (inverted ? 8 : 0)
            | (endsLinesWithCRLF ? 16 : 0)
    }

    fileprivate init(bits: UInt8) {
        self.init()
        isLiteral = bits & 1 != 0
        ignoresCase = bits & 2 != 0
        wholeWords = bits & 4 != 0
        inverted = bits & 8 != 0
        endsLinesWithCRLF = bits & 16 != 0
    }
}
