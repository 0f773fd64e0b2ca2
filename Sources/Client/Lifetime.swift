import GrepvineDistCore
import GrepvineTransport

/// Whether a client runs: not yet, now, or never again.
final class Lifetime: @unchecked Sendable {
    // Sendable: everything below is touched under the lock only.
    private enum State {
        case idle
        case running(Engine)
        case ended(Failure?)
    }

    private let lock = Lock()
    private var state = State.idle
    private var isClaimed = false
    private var waiters: [CheckedContinuation<Failure?, Never>] = []

    var isStarted: Bool { lock.withLock { if case .idle = state { false } else { true } } }

    /// True for the first caller only.
    func claim() -> Bool {
        lock.withLock {
            defer { isClaimed = true }
            return !isClaimed
        }
    }

    func start(_ configuration: ClientConfiguration) throws(Failure) {
        if let fault = configuration.fault { throw Failure(.badConfiguration, fault) }
        let engine: Engine
        do throws(SocketError) {
            engine = try Engine(configuration)
        } catch {
            throw Failure(.unavailable, "the client cannot start: \(error)")
        }
        try lock.withLock { () throws(Failure) in
            switch state {
            case .idle: state = .running(engine)
            case .running: throw Failure(.alreadyRunning, "the client is running already")
            case .ended: throw .ended
            }
        }
        let isStarted = WorkerThread.detach("grepvine-client") { [self] in end(engine.run()) }
        if !isStarted {
            let failure = Failure(.unavailable, "the client cannot start: no room for a thread")
            end(failure)
            throw failure
        }
    }

    func engine() throws(Failure) -> Engine {
        try lock.withLock { () throws(Failure) in
            switch state {
            case .idle: throw .neverStarted
            case .running(let engine): return engine
            case .ended: throw .ended
            }
        }
    }

    /// The thread ends soon after. A client that never ran never will.
    func stop() {
        lock.withLock {
            switch state {
            case .idle: state = .ended(nil)
            case .running(let engine): engine.stop()
            case .ended: break
            }
        }
    }

    /// Until the thread has ended; the failure that ended it, if it was not `stop`.
    func wait() async -> Failure? {
        await withCheckedContinuation { waiter in
            let outcome = lock.withLock { () -> Failure?? in
                if case .ended(let failure) = state { return .some(failure) }
                waiters.append(waiter)
                return nil
            }
            if let outcome { waiter.resume(returning: outcome) }
        }
    }

    private func end(_ failure: Failure?) {
        let waiting = lock.withLock {
            state = .ended(failure)
            defer { waiters = [] }
            return waiters
        }
        for waiter in waiting { waiter.resume(returning: failure) }
    }
}
