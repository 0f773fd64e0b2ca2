import GrepvineDistCore
import GrepvineTransport

/// What the engine knows about one address: at most one connection, the calls on it and those
/// that wait for it, and how well it went lately. The engine's thread only.
final class Link {
    enum State {
        /// No connection; the next attempt may begin at `retryAt`.
        case idle
        case resolving, connecting, greeting
        case ready
    }

    let address: Address
    var state = State.idle
    /// Names the current attempt to the poller and to streams; never used twice.
    var token: UInt64 = 0
    var connection: Connection?
    var interest: Interest = []
    /// Other addresses of the host, to try when this one fails.
    var alternatives: [SocketAddress] = []
    /// When the current attempt has taken too long.
    var attemptDeadline = Instant.distantFuture
    var retryAt = Instant.start
    /// Attempts that failed since the last welcome.
    var failures = 0
    var lastFailure: Failure?
    /// Who welcomed us; nil unless ready.
    var node: NodeID?
    /// The member of the topology that this link leads to.
    var member = NodeID(high: 0, low: 0)
    /// Output waits to be flushed at the end of this turn.
    var isDirty = false

    /// Calls that go out as soon as the link is ready.
    var queue: [Call] = []
    var inFlight: [UInt64: Call] = [:]
    /// Frames of operations that the client coordinates by itself.
    var asks: [UInt64: OwnerAsk] = [:]
    /// It let such a frame wait for too long and has sent nothing since.
    var isSilent = false
    /// What answers to such frames seldom take longer than (R3).
    var tail = TailLatency()
    /// Greps whose caller is gone: when their first batch comes, the stream is cancelled.
    var orphans: Set<UInt64> = []
    /// Calls that timed out since the peer last sent anything.
    var silentTimeouts = 0

    init(_ address: Address) { self.address = address }

    var load: Int { queue.count + inFlight.count + asks.count }

    /// May be used or dialled at `time`, as opposed to being in a pause after a failure.
    func isPromising(at time: Instant) -> Bool { state != .idle || retryAt <= time }

    /// When the link itself needs attention next.
    var timer: Instant {
        switch state {
        case .ready: .distantFuture
        case .resolving, .connecting, .greeting: attemptDeadline
        case .idle: queue.isEmpty ? .distantFuture : retryAt
        }
    }
}
