import GrepvineDistCore
import GrepvineTransport
import Synchronization

/// One request on its way through the engine, and the place where its answer arrives.
final class Call: @unchecked Sendable {
    // Sendable: `reply` is touched under the lock, `isCancelled` is atomic, and what stands below
    // "the engine's own" is touched by the engine's thread only.

    /// Where a request may go.
    enum Target: Hashable {
        /// An owner of the partition, or any node when no owner can be reached.
        case owner(Partition)
        /// Any node; that one first, when it is given.
        case anyNode(first: Address?)
        case node(Address)
        /// The connection that opened a stream, and no other.
        case connection(UInt64)
    }

    struct Reply: Sendable {
        var result: Result<Response, Failure>
        /// The connection that it came on, 0 for none.
        var connection: UInt64 = 0
    }

    private enum State {
        case pending
        case awaited(CheckedContinuation<Reply, Never>)
        case done(Reply)
    }

    let request: Request
    let target: Target
    let timeout: Duration
    let deadline: Instant
    /// Not counted against the bound on calls: the client's own housekeeping.
    let isInternal: Bool
    private let lock = Lock()
    private var state = State.pending
    private let cancelled = Atomic(false)

    // The engine's own.
    var place = Place.nowhere
    /// Nodes that are not to be asked again for this call.
    var tried: [Address] = []
    /// Why some of them could not be reached.
    var reasons: [Failure] = []
    /// Whether the client may still coordinate it by itself.
    var mayFanOut = true
    /// The stamp of an attempt that may lie at an owner: the next one must be above it.
    var floor: HybridClock?
    /// How often it was put on a connection.
    var sends = 0
    /// The last reason not to answer, in case no attempt is left.
    var lastFailure: Failure?

    enum Place {
        case nowhere
        /// Waits for a topology.
        case parked
        /// Waits for a connection to be ready.
        case queued(Link)
        /// `start` is where its frame begins in the stream of bytes of the connection.
        case sent(Link, id: UInt64, start: UInt64)
        /// The client coordinates it by itself.
        case fanned(FanOut)
        case done
    }

    init(
        _ request: Request, to target: Target, timeout: Duration, at now: Instant,
        isInternal: Bool = false
    ) {
        self.request = request
        self.target = target
        self.timeout = timeout
        deadline = now + timeout
        self.isInternal = isInternal
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func markCancelled() { cancelled.store(true, ordering: .releasing) }

    /// The first answer counts.
    func complete(_ reply: Reply) {
        let waiter = lock.withLock { () -> CheckedContinuation<Reply, Never>? in
            switch state {
            case .done: return nil
            case .pending:
                state = .done(reply)
                return nil
            case .awaited(let waiter):
                state = .done(reply)
                return waiter
            }
        }
        waiter?.resume(returning: reply)
    }

    /// Waits for the answer. One waiter at a time.
    func reply() async -> Reply {
        await withCheckedContinuation { waiter in
            let ready = lock.withLock { () -> Reply? in
                if case .done(let reply) = state { return reply }
                state = .awaited(waiter)
                return nil
            }
            if let ready { waiter.resume(returning: ready) }
        }
    }
}

extension Call {
    /// Whether doing it twice is the same as doing it once, so that a lost answer does no harm.
    /// Streams are tied to their connection, except for the request that opens one.
    var isRead: Bool {
        switch request {
        case .set, .delete, .expire, .keyring(.change): false
        case .get, .grep, .grepNext, .grepCancel, .topology, .members, .explain, .settings,
            .keyring(.list), .repair, .chaos:
            true
        }
    }

    var isGrep: Bool { if case .grep = request { true } else { false } }
}
