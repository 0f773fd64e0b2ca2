import GrepvineDistCore
import GrepvineSearch
import GrepvineTransport

/// Runs a node's searches, one batch at a time, on snapshots that nobody changes. Exchanges values
/// with the node's thread through two bounded queues.
final class SearchThread: @unchecked Sendable {
    // Sendable: `searches` belongs to the worker; the rest is shared through mailboxes and the
    // lock.
    private enum Command: Sendable {
        case open(SearchTask)
        case next(UInt64)
    }

    private struct Running {
        var search: Search
        let end: Instant
        /// How long it has run, waiting left out.
        var time = Duration.zero
    }

    private let commands: Mailbox<Command>
    private let reports: Mailbox<SearchReport>
    private let lock = Lock()
    /// Under `lock`.
    private var cancelledIDs: Set<UInt64> = []
    private var isStopping = false
    private var running: [UInt64: Running] = [:]
    private var worker: WorkerThread?

    /// How long a batch may take before whoever waits hears that the search goes on.
    private static let slice = Duration.milliseconds(500)

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
        _ = commands.post(.next(id))
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
        while true {
            _ = try? poller.wait(timeout: .seconds(1))
            commands.wakeup.clear()
            commands.drain(into: &batch)
            for command in batch { carryOut(command) }
            batch.removeAll(keepingCapacity: true)
            if mustStop { return }
        }
    }

    private func carryOut(_ command: Command) {
        switch command {
        case .open(let task):
            do throws(PatternError) {
                let search = try Search(task)
                running[task.id] = Running(search: search, end: SystemClock.instant() + task.budget)
                advance(task.id)
            } catch {
                // The coordinator compiled the same pattern, so an owner of another version said
                // no.
                _ = reports.post(.refusal(task.id))
            }
        case .next(let id): advance(id)
        }
    }

    private func advance(_ id: UInt64) {
        if takeCancelled(id) {
            running[id] = nil
            return
        }
        guard var state = running.removeValue(forKey: id) else { return }
        let start = SystemClock.instant()
        let sliceEnd = start + Self.slice
        var report = state.search.report(
            isOver: { SystemClock.instant() >= state.end || isCancelled(id) },
            isSliceOver: { SystemClock.instant() >= sliceEnd })
        state.time += SystemClock.instant() - start
        report.work.nanoseconds = report.isLast ? UInt64(state.time / .nanoseconds(1)) : 0
        if !report.isLast { running[id] = state }
        _ = reports.post(report)
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

    private func takeCancelled(_ id: UInt64) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        return cancelledIDs.remove(id) != nil
    }
}
