public import GrepvineDistCore

/// What comes out of a grep: hits, and in the end how complete they are.
public enum GrepEvent: Hashable, Sendable {
    /// A document with at least one hit.
    case hit(DocumentHit)
    /// The last element, and only the last: what was searched and what could not be (G2).
    case summary(GrepSummary)
}

extension Client {
    /// Searches every document of the cluster. Nothing is sent before the loop begins; leaving the
    /// loop early stops the search on every node.
    ///
    ///     for try await event in client.grep(GrepQuery("error|warning")) {
    ///         switch event {
    ///         case .hit(let document): print(document.key, document.matchingLines)
    ///         case .summary(let summary): print(summary.isComplete)
    ///         }
    ///     }
    ///
    /// - Parameters:
    ///   - after: the cursor that the summary of an earlier page ended with; the query must be the
    ///     same, its limit may be another.
    ///   - timeout: how long it may take from the first batch to the last; nil takes the
    ///     configuration's `grepTimeout`. What is not searched by then is named in the summary.
    public func grep(
        _ query: GrepQuery, after cursor: String? = nil, timeout: Duration? = nil
    ) -> GrepStream {
        var query = query
        query.cursor = cursor ?? query.cursor
        return GrepStream(
            client: self, query: query, timeout: timeout ?? configuration.grepTimeout)
    }
}

/// The hits of a grep as they come in, ordered by key. One batch is fetched ahead of the loop and
/// no more: a slow reader slows the search down, and memory stays bounded.
public struct GrepStream: AsyncSequence, Sendable {
    public typealias Element = GrepEvent
    public typealias Failure = GrepvineDistCore.Failure

    let client: Client
    let query: GrepQuery
    let timeout: Duration

    /// Each iterator runs the query anew.
    public func makeAsyncIterator() -> Iterator {
        Iterator(GrepPull(client: client, query: query, timeout: timeout))
    }

    public struct Iterator: AsyncIteratorProtocol {
        private let pull: GrepPull

        fileprivate init(_ pull: GrepPull) { self.pull = pull }

        public mutating func next() async throws(Failure) -> GrepEvent? { try await pull.next() }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Failure) -> GrepEvent? {
            try await pull.next()
        }
    }
}

/// One run of a query. When the last reference to it goes, so does the search.
private final class GrepPull {
    private enum State {
        case unopened
        /// A batch is on its way.
        case ahead(Call)
        case ended
    }

    private let client: Client
    private let query: GrepQuery
    private let timeout: Duration
    private var state = State.unopened
    private var hits: [DocumentHit] = []
    private var next = 0
    private var summary: GrepSummary?
    /// The stream on the node, while it is open there.
    private var stream: (number: UInt64, connection: UInt64)?

    init(client: Client, query: GrepQuery, timeout: Duration) {
        self.client = client
        self.query = query
        self.timeout = timeout
    }

    deinit { close() }

    func next() async throws(Failure) -> GrepEvent? {
        while true {
            if next < hits.count {
                next += 1
                return .hit(hits[next - 1])
            }
            if let last = summary {
                summary = nil
                return .summary(last)
            }
            if case .ended = state { return nil }
            do throws(Failure) {
                if Task.isCancelled { throw .taskCancelled }
                try take(try await fetch())
            } catch {
                close()
                throw error
            }
        }
    }

    private func fetch() async throws(Failure) -> Call.Reply {
        let call: Call
        switch state {
        case .ahead(let underWay): call = underWay
        case .unopened, .ended:
            call = try client.submit(.grep(query), to: .anyNode(first: nil), timeout: timeout)
            state = .ahead(call)
        }
        return await client.answer(to: call)
    }

    private func take(_ reply: Call.Reply) throws(Failure) {
        guard case .hits(let batch) = try reply.result.get() else { throw Client.mismatch }
        (hits, next, summary) = (batch.hits, 0, batch.summary)
        guard batch.summary == nil else {
            (state, stream) = (.ended, nil)
            return
        }
        stream = (batch.stream, reply.connection)
        state = .ahead(
            try client.submit(
                .grepNext(stream: batch.stream), to: .connection(reply.connection),
                timeout: timeout))
    }

    /// Stops what is under way: the batch ahead, and the stream on the node.
    private func close() {
        if case .ahead(let call) = state { client.cancel(call) }
        state = .ended
        guard let (number, connection) = stream else { return }
        stream = nil
        // A client that does not run any more has closed the connection, and the stream with it.
        _ = try? client.submit(
            .grepCancel(stream: number), to: .connection(connection), timeout: timeout,
            isInternal: true)
    }
}
