import GrepvineTransport

/// What happened, in order, and tasks that wait for it. Tests wait for the thing itself; the
/// suite's time limit is the deadline.
final class Journal<Entry: Sendable>: @unchecked Sendable {
    // Sendable: both arrays are touched under the lock only.
    private struct Waiter {
        var isMet: @Sendable ([Entry]) -> Bool
        var continuation: CheckedContinuation<[Entry], Never>
    }

    private let lock = Lock()
    private var entries: [Entry] = []
    private var waiters: [Waiter] = []

    var all: [Entry] { lock.withLock { entries } }

    func add(_ entry: Entry) {
        lock.lock()
        entries.append(entry)
        let known = entries
        let met = waiters.filter { $0.isMet(known) }
        waiters.removeAll { $0.isMet(known) }
        lock.unlock()
        for waiter in met { waiter.continuation.resume(returning: known) }
    }

    /// Everything so far, as soon as that satisfies `isMet`.
    @discardableResult
    func first(_ isMet: @escaping @Sendable ([Entry]) -> Bool) async -> [Entry] {
        await withCheckedContinuation { continuation in
            lock.lock()
            let known = entries
            let isThere = isMet(known)
            if !isThere { waiters.append(Waiter(isMet: isMet, continuation: continuation)) }
            lock.unlock()
            if isThere { continuation.resume(returning: known) }
        }
    }

    @discardableResult
    func count(_ count: Int) async -> [Entry] { await first { $0.count >= count } }
}
