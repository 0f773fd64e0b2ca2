import GrepvineDistCore
import GrepvineTransport

/// One grep on its way to an HTTP client: a line of JSON for each hit, and a last one that says how
/// complete they are. What the client has not taken waits here as hits, of which there is one
/// batch and no more.
struct HTTPGrep {
    enum Step {
        /// The client must read first.
        case paused
        case wantsMore(stream: UInt64)
        /// The answer is whole; a stream that is still open must be closed.
        case ended(stream: UInt64?)
    }

    let keepsAlive: Bool
    private(set) var isWaiting = true
    private let isHead: Bool
    private let inChunks: Bool
    private let started: Instant
    private var hasBegun = false
    private var stream: UInt64 = 0
    private var records: GrepRecords
    private var failure: Failure?

    /// Bytes that leave as one chunk, about.
    private static let chunk = 64 << 10
    static let contentType = "application/x-ndjson"

    init(_ query: GrepQuery, _ request: HTTPRequest, started: Instant) {
        // A body without a length or chunks ends with the connection.
        keepsAlive = request.keepsAlive && request.takesChunks
        isHead = request.isHead
        inChunks = request.takesChunks
        self.started = started
        records = GrepRecords(query.output)
    }

    mutating func wait() { isWaiting = true }

    mutating func take(_ batch: GrepBatch, now: Instant) {
        isWaiting = false
        stream = batch.stream
        records.take(batch, elapsed: now - started)
    }

    mutating func fail(_ failure: Failure) {
        isWaiting = false
        self.failure = failure
    }

    mutating func write(to output: inout IOBuffer, upTo limit: Int) -> Step {
        if let failure, !hasBegun {
            HTTPProblem(failure).append(to: &output, keepsAlive: keepsAlive, isHead: isHead)
            return .ended(stream: nil)
        }
        begin(&output)
        if isHead { return .ended(stream: records.hasSummary ? nil : stream) }
        var bytes: [UInt8] = []
        while output.count < limit {
            bytes.removeAll(keepingCapacity: true)
            while bytes.count < Self.chunk, records.appendNext(to: &bytes) {}
            if bytes.isEmpty { break }
            append(bytes, to: &output)
        }
        if records.hasMore { return .paused }
        guard records.isOver || failure != nil else { return .wantsMore(stream: stream) }
        if let failure { append(GrepRecords.failure(failure), to: &output) }
        if inChunks { output.appendHTTPLastChunk() }
        return .ended(stream: nil)
    }

    private mutating func begin(_ output: inout IOBuffer) {
        guard !hasBegun else { return }
        hasBegun = true
        output.appendHTTPHead(
            status: 200, headers: [HTTPHeader("content-type", Self.contentType)], bodyLength: nil,
            inChunks: inChunks, keepsAlive: keepsAlive)
    }

    private func append(_ bytes: [UInt8], to output: inout IOBuffer) {
        guard inChunks else { return output.append(bytes) }
        bytes.withUnsafeBytes { output.appendHTTPChunk($0) }
    }
}
