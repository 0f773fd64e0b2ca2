import GrepvineDistCore
import GrepvineTransport

/// Runs a node's searches, one batch at a time, on snapshots that nobody changes. Exchanges values
/// with the node's thread through two bounded queues.
final class SearchThread: @unchecked Sendable {
    // Sendable: `runs` belongs to the worker; the rest is shared through mailboxes and the lock.
    private enum Command: Sendable {
        case open(SearchTask)
        case next(UInt64)
    }

    private let commands: Mailbox<Command>
    private let reports: Mailbox<SearchReport>
    private let lock = Lock()
    /// Under `lock`.
    private var cancelledIDs: Set<UInt64> = []
    private var isStopping = false
    private var runs = SearchRuns()
    private var worker: WorkerThread?

    init(reports: Mailbox<SearchReport>, capacity: Int) throws(SocketError) {
        self.reports = reports
        commands = Mailbox(capacity: capacity * 4, wakeup: try Wakeup())
    }

    func start(name: String) { worker = WorkerThread("\(name)-search") { self.run() } }

    /// False when the queue is full.
    func open(_ task: SearchTask) -> Bool { commands.post(.open(task)) }

    func next(_ id: UInt64) -> Bool { commands.post(.next(id)) }

    /// Takes effect even while the search runs.
    func cancel(_ id: UInt64) {
        lock.lock()
        cancelledIDs.insert(id)
        lock.unlock()
        commands.wakeup.signal()
    }

    func stop() {
        lock.lock()
        isStopping = true
        lock.unlock()
        commands.close()
        worker?.join()
    }

    private func run() {
        guard let poller = try? Poller(capacity: 1),
            (try? poller.add(commands.wakeup.descriptor, token: 0, interest: .read)) != nil
        else { return }
        var batch: [Command] = []
        while !mustStop {
            _ = try? poller.wait(timeout: runs.hasWork ? .zero : .seconds(1))
            commands.wakeup.clear()
            // Before the commands are taken: what is cancelled was opened by one of them.
            let cancelled = takeCancelled()
            commands.drain(into: &batch)
            for command in batch { carryOut(command) }
            batch.removeAll(keepingCapacity: true)
            for id in cancelled { if let report = runs.cancel(id) { _ = reports.post(report) } }
            let made = runs.advance(clock: SystemClock.instant, isCancelled: isCancelled)
            for report in made { _ = reports.post(report) }
        }
    }

    private func carryOut(_ command: Command) {
        switch command {
        case .open(let task): runs.open(task, now: SystemClock.instant())
        case .next(let id): runs.next(id)
        }
    }

    private var mustStop: Bool {
        lock.lock()
        defer { lock.unlock() }
        return isStopping
    }

    private func isCancelled(_ id: UInt64) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        return isStopping || cancelledIDs.contains(id)
    }

    private func takeCancelled() -> Set<UInt64> {
        lock.lock()
        defer { lock.unlock() }
        defer { cancelledIDs.removeAll() }
        return cancelledIDs
    }
}
