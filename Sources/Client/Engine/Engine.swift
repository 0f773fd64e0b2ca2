import GrepvineDistCore
import GrepvineTransport
import Synchronization

/// Everything behind a running client: one thread that owns the poller, the connections and the
/// topology. Calls come in through a bounded mailbox and are answered from this thread; nothing
/// on it ever waits except the poller.
final class Engine: @unchecked Sendable {
    // Sendable: other threads use the mailboxes, the wakeup and the flag only; everything below
    // "the thread's own" belongs to the thread inside `run`.

    struct Resolution: Sendable {
        var token: UInt64
        var found: Result<[SocketAddress], SocketError>
    }

    /// The wakeup's token in the poller; links count from 1.
    static let wakeupToken: UInt64 = 0
    /// A call is put on a connection at most this often.
    static let maximumSends = 4

    let configuration: ClientConfiguration
    let wakeup: Wakeup
    let submissions: Mailbox<Call>
    let cancellations: Mailbox<Call>
    let resolutions: Mailbox<Resolution>
    private let stopping = Atomic(false)

    // The thread's own.
    var poller: Poller
    var now = SystemClock.instant()
    var random = SeededGenerator(seed: .random(in: .min ... .max))
    /// When deadlines and links must be looked at next, or earlier.
    private var nextSweep = Instant.distantFuture
    var links: [Address: Link] = [:]
    var linksByToken: [UInt64: Link] = [:]
    var lastToken: UInt64 = Engine.wakeupToken
    var lastRequest: UInt64 = 0
    var dirty: [Link] = []
    let decoder: FrameDecoder
    let decompressor = BodyDecompressor()
    var writer = MsgpackWriter()
    /// Calls that got their answer in this turn. They are resumed together at its end, so that the
    /// threads that go on with them are woken once, and after what was to be sent has been sent.
    var completed: [(call: Call, reply: Call.Reply)] = []
    /// Calls to be placed (again) before the thread waits.
    var backlog: [Call] = []
    /// Empty between uses; its memory goes back and forth with the mailbox.
    private var mail: [Call] = []

    var topology: Topology?
    /// For each member of the topology the link that leads to it.
    var memberLinks: [Link] = []
    /// The one call for a topology that is under way.
    var refresh: Call?
    /// Hints of a newer topology are ignored before this time.
    var refreshNotBefore = Instant.start
    /// Stamps the writes that the client coordinates by itself. No origin is used twice (V2).
    var clock = VersionClock(origin: .random(in: .min ... .max))
    /// Until then nodes stamp our writes.
    var stampsAgain = Instant.start
    /// Reads by the time when their answers are late, and how many of them may ask more (R3).
    var hedges = Deadlines<FanOut>(startingAt: SystemClock.instant(), tick: .milliseconds(1))
    var hedgeBudget = HedgeBudget()
    /// Calls that wait for the refresh.
    var parked: [Call] = []

    init(_ configuration: ClientConfiguration) throws(SocketError) {
        self.configuration = configuration
        decoder = FrameDecoder(limit: configuration.maxFrame)
        wakeup = try Wakeup()
        poller = try Poller()
        submissions = Mailbox(capacity: max(1024, 2 * configuration.maxInFlight), wakeup: wakeup)
        // Every call is cancelled at most once, and the mailbox is emptied at each turn.
        cancellations = Mailbox(capacity: 1 << 24, wakeup: wakeup)
        resolutions = Mailbox(capacity: 4096, wakeup: wakeup)
        try poller.add(wakeup.descriptor, token: Self.wakeupToken, interest: .read)
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// From any thread: `run` returns soon.
    func stop() {
        stopping.store(true, ordering: .releasing)
        wakeup.signal()
    }

    /// From any thread. Prompt; the connection that the call is on does not notice.
    func cancel(_ call: Call) {
        call.markCancelled()
        _ = cancellations.post(call)
    }

    /// Until `stop`. Answers every call before it returns, whatever happens.
    func run() -> Failure? {
        var broken: Failure?
        do throws(SocketError) {
            while !isStopping { try turn() }
        } catch {
            broken = Failure(.unavailable, "the client's event loop failed: \(error)")
        }
        end(broken ?? Failure(.cancelled, "the client was shut down before an answer came"))
        return broken
    }

    private func turn() throws(SocketError) {
        let due = min(nextSweep, hedges.next ?? .distantFuture)
        let timeout: Duration? = due == .distantFuture ? nil : due - now
        let count = try poller.wait(timeout: timeout)
        now = SystemClock.instant()
        for index in 0..<count {
            let readiness = poller[index]
            if readiness.token == Self.wakeupToken { takeMail() } else { handle(readiness) }
        }
        if nextSweep <= now { sweep() }
        for fanOut in hedges.take(until: now) { hedge(fanOut) }
        // Flushing may lose a connection, whose calls go elsewhere.
        repeat {
            placeBacklog()
            flushAll()
        } while !backlog.isEmpty || !dirty.isEmpty
        resumeCompleted()
    }

    private func resumeCompleted() {
        for (call, reply) in completed { call.complete(reply) }
        completed.removeAll(keepingCapacity: true)
    }

    private func takeMail() {
        wakeup.clear()
        var found: [Resolution] = []
        resolutions.drain(into: &found)
        for resolution in found { resolved(resolution) }
        submissions.drain(into: &mail)
        backlog += mail
        mail.removeAll(keepingCapacity: true)
        // Before the cancellations, so that what was posted first is known first.
        placeBacklog()
        var cancelled: [Call] = []
        cancellations.drain(into: &cancelled)
        for call in cancelled { abandon(call) }
    }

    /// Look at deadlines at `time`, at the latest.
    func wake(at time: Instant) { nextSweep = min(nextSweep, time) }

    /// Ends what is overdue. Between two sweeps at most the earliest deadline of all calls passes,
    /// so its cost is spread over the life of a call.
    private func sweep() {
        nextSweep = .distantFuture
        for call in parked + Array(links.values).flatMap({ $0.queue + Array($0.inFlight.values) }) {
            if call.deadline <= now { expire(call) } else { wake(at: call.deadline) }
        }
        sweepFanOuts()
        for link in links.values.sorted(by: { $0.address < $1.address }) {
            if link.timer <= now { attend(link) }
            wake(at: link.timer)
        }
    }

    private func sweepFanOuts() {
        for ask in Array(links.values).flatMap({ Array($0.asks.values) }) {
            let fanOut = ask.fanOut
            // One with several questions open is seen several times.
            guard !fanOut.open.isEmpty else { continue }
            if fanOut.isAnswered {
                if fanOut.due <= now { tellMissed(fanOut) } else { wake(at: fanOut.due) }
            } else if fanOut.call.deadline <= now {
                expire(fanOut.call)
            } else if fanOut.due <= now {
                lostPatience(with: fanOut)
            } else {
                wake(at: min(fanOut.call.deadline, fanOut.due))
            }
        }
    }

    private func end(_ failure: Failure) {
        submissions.close()
        cancellations.close()
        resolutions.close()
        var posted: [Call] = []
        submissions.drain(into: &posted)
        for call in posted + backlog + parked { finish(call, failure) }
        for ask in Array(links.values).flatMap({ Array($0.asks.values) })
        where ask.fanOut.isAnswered {
            tellMissed(ask.fanOut)
        }
        flushAll()
        for link in Array(links.values) {
            for call in link.queue { finish(call, failure) }
            for call in link.asks.values.map(\.fanOut.call) {
                finish(call, call.isRead ? failure : failure.indefinite)
            }
            for call in link.inFlight.values {
                finish(call, call.isRead ? failure : failure.indefinite)
            }
            close(link)
        }
        links = [:]
        resumeCompleted()
    }
}

extension Failure {
    /// The same, of a write that may have happened all the same.
    var indefinite: Failure {
        var failure = self
        failure.isDefinite = false
        failure.message += "; the write may have happened"
        return failure
    }
}
