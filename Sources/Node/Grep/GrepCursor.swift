import GrepvineDistCore
import GrepvineTransport

/// Where the next page of a grep begins, as an opaque text (G1). It carries a keyed hash under a
/// key that every node of the cluster can derive, so any of them can go on, and whoever changes it
/// or brings it from elsewhere hears so instead of getting a page of something else.
struct GrepCursor: Equatable {
    var position: GrepPosition
    /// The age filter of the first page: asked again, "at most an hour old" would mean another
    /// time.
    var notBefore: WallTime?

    private static let format: UInt8 = 1
    private static let tagSize = 16
    /// In characters: the longest key with everything around it.
    static let longest = (Key.longest + 64) * 4 / 3 + 3

    func sealed(for query: GrepQuery, cluster: NodeID) -> String {
        var body = ByteWriter(capacity: position.key.bytes.count + 64)
        body.write(Self.format)
        body.write(Self.mark(of: query, cluster))
        body.write(UInt64(position.line))
        body.write(UInt64(position.matchingLines))
        body.write(UInt64(notBefore?.milliseconds ?? 0))
        body.write(medium: position.key.bytes)
        body.write(raw: Self.tag(body.bytes, cluster))
        return Base64URL.encoded(body.bytes)
    }

    /// What a client brought back; it must be this cluster's and of the same query.
    init(_ text: String, for query: GrepQuery, cluster: NodeID) throws(Failure) {
        guard text.utf8.count <= Self.longest, let bytes = Base64URL.decoded(text),
            bytes.count > Self.tagSize,
            Self.tag(Array(bytes.dropLast(Self.tagSize)), cluster)
                == Array(bytes.suffix(Self.tagSize))
        else { throw Self.forged }
        var reader = ByteReader(bytes.dropLast(Self.tagSize))
        guard reader.readUInt8() == Self.format, let mark = reader.readUInt64(),
            let line = reader.readUInt64().flatMap(Int.init(exactly:)),
            let matchingLines = reader.readUInt64().flatMap(Int.init(exactly:)),
            let time = reader.readUInt64().flatMap(Int64.init(exactly:)),
            let key = reader.readMedium(), reader.remaining == 0
        else { throw Self.forged }
        guard mark == Self.mark(of: query, cluster) else { throw Self.otherQuery }
        position = GrepPosition(
            key: Key(Array(key)), line: line, matchingLines: matchingLines)
        notBefore = time == 0 ? nil : WallTime(milliseconds: time)
    }

    init(_ position: GrepPosition, notBefore: WallTime?) {
        self.position = position
        self.notBefore = notBefore
    }

    /// The same for all pages of a query: how long a page is, and what is carried anyway, may
    /// differ.
    private static func mark(of query: GrepQuery, _ cluster: NodeID) -> UInt64 {
        var query = query
        (query.limit, query.cursor) = (nil, nil)
        (query.maxBytes, query.maxAnswer) = (nil, nil)
        if query.filter.notBefore != nil { query.filter.notBefore = WallTime(milliseconds: 1) }
        return SipHash.hash(Request.grep(query).encoded(), key(of: cluster)).low
    }

    private static func tag(_ body: [UInt8], _ cluster: NodeID) -> [UInt8] {
        let hash = SipHash.hash(body, key(of: cluster))
        var tag = ByteWriter(capacity: tagSize)
        tag.write(hash.low)
        tag.write(hash.high)
        return tag.bytes
    }

    private static func key(of cluster: NodeID) -> SipHash.Key {
        let hash = SipHash.hash(
            Array("grepvine grep cursor".utf8),
            SipHash.Key(low: cluster.low, high: cluster.high))
        return SipHash.Key(low: hash.low, high: hash.high)
    }

    static let forged = Failure(
        .badCursor, "the cursor is damaged, or it was made by another cluster; begin anew")
    static let otherQuery = Failure(
        .badCursor,
        "the cursor belongs to another query: between pages only its limit, budgets and timeout may"
            + " change")
}
