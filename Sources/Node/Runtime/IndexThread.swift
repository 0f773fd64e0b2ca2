import CLinux
import GrepvineSearch
import GrepvineTransport

/// Makes the indexes of segments, one at a time, with what the other threads leave of the
/// processor. Exchanges values with the node's thread through two bounded queues.
final class IndexThread: @unchecked Sendable {
    // Sendable: what it holds never changes but for `worker`, which only the node's thread uses.
    private let tasks: Mailbox<IndexTask>
    private let reports: Mailbox<IndexReport>
    private var worker: WorkerThread?

    /// The node wants one index at a time.
    static let capacity = 2

    init(reports: Mailbox<IndexReport>) throws(SocketError) {
        self.reports = reports
        tasks = Mailbox(capacity: Self.capacity, wakeup: try Wakeup())
    }

    func start(name: String) { worker = WorkerThread("\(name)-index") { self.run() } }

    /// False when the queue is full.
    func index(_ task: IndexTask) -> Bool { tasks.post(task) }

    /// The index that is being made is given up.
    func stop() {
        tasks.close()
        worker?.join()
    }

    private func run() {
        grepvine_lower_thread_priority()
        guard let poller = try? Poller(capacity: 1),
            (try? poller.add(tasks.wakeup.descriptor, token: 0, interest: .read)) != nil
        else { return }
        // Made when the first index is: a node that only keeps values never needs it.
        lazy var workspace = IndexWorkspace()
        var batch: [IndexTask] = []
        while !tasks.isOver {
            _ = try? poller.wait(timeout: .seconds(1))
            tasks.wakeup.clear()
            tasks.drain(into: &batch)
            for task in batch where !tasks.isOver {
                _ = reports.post(task.run(in: workspace) { tasks.isOver })
            }
            batch.removeAll(keepingCapacity: true)
        }
    }
}
