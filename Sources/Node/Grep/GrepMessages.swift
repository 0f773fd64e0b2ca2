import GrepvineDistCore
import GrepvineTransport

/// `grepOpen`: search these partitions of your own. The first batch is the answer.
struct GrepOpenMessage: Equatable {
    var partitions: PartitionSet
    var after: Key?
    /// What earlier pages of the query returned.
    var position: GrepPosition?
    var query: GrepQuery

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 256)
        partitions.write(to: &body)
        body.write(UInt8((after == nil ? 0 : 1) | (position == nil ? 0 : 2)))
        body.write(medium: after?.bytes ?? [])
        if let position {
            body.write(medium: position.key.bytes)
            body.write(UInt64(position.line))
            body.write(UInt64(position.matchingLines))
        }
        body.write(raw: Request.grep(query).encoded())
        return body.bytes
    }

    init(
        partitions: PartitionSet, after: Key?, position: GrepPosition? = nil, query: GrepQuery
    ) {
        self.partitions = partitions
        self.after = after
        self.position = position
        self.query = query
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard let partitions = PartitionSet(reading: &reader),
            let flags = reader.readUInt8(), flags < 4, let key = reader.readMedium()
        else { return nil }
        var position: GrepPosition?
        if flags & 2 != 0 {
            guard let read = GrepPosition(reading: &reader) else { return nil }
            position = read
        }
        guard let rest = reader.read(count: reader.remaining),
            case .grep(let query)? = try? Array(rest).withUnsafeBytes({ try Request(decoding: $0) })
        else { return nil }
        self.init(
            partitions: partitions, after: flags & 1 == 1 ? Key(Array(key)) : nil,
            position: position, query: query)
    }
}

extension GrepPosition {
    fileprivate init?(reading reader: inout ByteReader) {
        guard let key = reader.readMedium(),
            let line = reader.readUInt64().flatMap(Int.init(exactly:)),
            let matchingLines = reader.readUInt64().flatMap(Int.init(exactly:))
        else { return nil }
        self.init(key: Key(Array(key)), line: line, matchingLines: matchingLines)
    }
}

/// `grepBatch`: hits of one owner in key order, and what it could not search.
struct GrepBatchMessage: Equatable {
    /// From 0.
    var number: UInt64
    var state: SearchState
    /// Partitions that it does not own at its epoch, or is still recovering.
    var refused: PartitionSet
    /// Told with the last batch.
    var work: SearchWork
    var hits: [DocumentHit]

    init(
        number: UInt64 = 0, _ state: SearchState, refused: PartitionSet = PartitionSet(),
        work: SearchWork = SearchWork(), hits: [DocumentHit] = []
    ) {
        self.number = number
        self.state = state
        self.refused = refused
        self.work = work
        self.hits = hits
    }

    func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 256)
        body.write(state.rawValue)
        body.write(number)
        refused.write(to: &body)
        for number in work.numbers { body.write(number) }
        body.write(raw: Response.hits(GrepBatch(stream: 0, hits: hits)).encoded())
        return body.bytes
    }

    init?(decoding body: UnsafeRawBufferPointer) {
        var reader = ByteReader(Array(body))
        guard let state = reader.readUInt8().flatMap(SearchState.init(rawValue:)),
            let number = reader.readUInt64(),
            let refused = PartitionSet(reading: &reader), let work = SearchWork(reading: &reader),
            let rest = reader.read(count: reader.remaining),
            case .hits(let batch)? = try? Array(rest).withUnsafeBytes({ try Response(decoding: $0) }
            )
        else { return nil }
        self.init(
            number: number, state, refused: refused, work: work, hits: batch.hits)
    }
}

extension SearchWork {
    fileprivate init?(reading reader: inout ByteReader) {
        var numbers: [UInt64] = []
        for _ in 0..<Self.count {
            guard let number = reader.readUInt64() else { return nil }
            numbers.append(number)
        }
        self.init(numbers: numbers)
    }
}
