import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// One connection of the server's loop with the front end that understands its bytes.
final class Session {
    // The server's thread is the only user, and checks of exclusive access would cost some percent.
    /// Which front end the connection has: exactly one of the four below is there.
    @exclusivity(unchecked) private var resp: RESPSession?
    @exclusivity(unchecked) private var rpc: RPCSession?
    @exclusivity(unchecked) private var http: HTTPSession?
    @exclusivity(unchecked) private(set) var link: LinkSession?

    let id: UInt64
    let connection: Connection
    /// What the poller watches for.
    @exclusivity(unchecked) var interest: Interest = [.read, .edges]
    /// In the list of sessions whose output or interest must be looked at this turn.
    @exclusivity(unchecked) var isTouched = false
    /// The caller is another node, and does not count as a client.
    @exclusivity(unchecked) var isPeer = false
    /// Send what is left and close.
    @exclusivity(unchecked) var isEnding = false
    /// The front end stopped before it had looked at all of the input.
    @exclusivity(unchecked) private(set) var isPaused = false
    /// The peer sent its last byte.
    @exclusivity(unchecked) var isHalfClosed = false
    /// Since when bytes of an unfinished command wait, and how many had come by then.
    @exclusivity(unchecked) var unfinished: (since: Instant, bytes: UInt64)?
    /// Since when output waits for the peer, and how much it had taken by then.
    @exclusivity(unchecked) var stalled: (since: Instant, bytes: UInt64)?

    init(_ connection: Connection, resp: RESPSession) {
        (id, self.connection, self.resp) = (resp.id, connection, resp)
    }

    init(_ connection: Connection, rpc: RPCSession) {
        (id, self.connection, self.rpc) = (rpc.id, connection, rpc)
    }

    init(_ connection: Connection, http: HTTPSession) {
        (id, self.connection, self.http) = (http.id, connection, http)
    }

    init(_ connection: Connection, link: LinkSession, id: UInt64) {
        (self.id, self.connection, self.link) = (id, connection, link)
    }

    /// Lets the Redis face look ahead at what has come; false when there is nothing to gain.
    func prepare(node: borrowing Node, into prefetches: inout [RecordStore.Prefetch]) -> Bool {
        resp?.prepare(
            connection.input, node: node, output: connection.output, into: &prefetches) ?? false
    }

    /// Hands what has come to the front end.
    func receive(node: inout Node, now: Moment) {
        if resp != nil {
            resp!.receive(&connection.input, node: &node, output: &connection.output, now: now)
            isEnding = isEnding || resp!.isOver
        } else if rpc != nil {
            rpc!.receive(&connection.input, node: &node, output: &connection.output, now: now)
            isEnding = isEnding || rpc!.state == .over
        } else if http != nil {
            http!.receive(&connection.input, node: &node, output: &connection.output, now: now)
            isEnding = isEnding || http!.isOver
        } else {
            link!.receive(&connection.input, node: &node, now: now)
            isEnding = isEnding || link!.state == .over
        }
        isPaused = !wantsInput
    }

    /// Hands over frames that went another way than through the connection's input.
    func receive(frames: inout IOBuffer, node: inout Node, now: Moment) {
        rpc?.receive(&frames, node: &node, output: &connection.output, now: now)
        isEnding = isEnding || rpc?.state == .over
    }

    /// The answer to a request that could not be answered at once.
    func deliver(_ response: Response, _ number: UInt64, node: inout Node, now: Moment) {
        resp?.deliver(response, number, node: &node, output: &connection.output, now: now)
        rpc?.deliver(response, number, node: node, output: &connection.output)
        if http != nil {
            http!.deliver(response, number, node: &node, output: &connection.output, now: now)
            isEnding = isEnding || http!.isOver
        }
    }

    func deliver(_ keys: KeysPage, _ number: UInt64) {
        resp?.deliver(keys, number, output: &connection.output)
    }

    /// Whether the front end takes more input now.
    var wantsInput: Bool {
        if isEnding || connection.output.count >= RESPSession.pauseOutput { return false }
        return resp?.wantsInput ?? rpc?.wantsInput ?? http?.wantsInput ?? true
    }

    /// Whether to read: also while a client is sent a stream, so that its going is noticed.
    var wantsBytes: Bool {
        if wantsInput { return true }
        return http?.isStreaming == true && connection.input.count < Self.mostBesideStream
    }

    /// Bytes of further requests that are read while a stream is sent.
    private static let mostBesideStream = 64 << 10

    /// The front end stopped and can go on.
    var hasMore: Bool { isPaused && wantsInput }

    /// The other node that the caller says it is.
    var peer: NodeID? {
        if case .peer(let id)? = rpc?.state { return id }
        return nil
    }

    /// Requests that have no answer yet: the connection is not idle.
    var isWaiting: Bool { !(resp?.isIdle ?? true) || (rpc?.open ?? 0) > 0 }

    /// The peer sent its last byte and gets the answers that are owed all the same. Redis clients
    /// do that; our own client is gone then, and a grep is too much to do for nobody.
    var outlastsInput: Bool { resp.map { !$0.isIdle && !$0.waitsForGrep } ?? false }

    /// What a greeting must come within.
    var isGreeting: Bool { rpc?.state == .greeting || link?.state == .greeting }
}
