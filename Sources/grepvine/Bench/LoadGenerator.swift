import GrepvineDistCore
import GrepvineTransport

/// Offers commands over many connections from one thread and counts the replies: epoll, commands
/// encoded ahead, one read and one write per batch, so that the server is what is measured.
struct LoadGenerator: ~Copyable {
    /// How one round is driven.
    struct Plan {
        var operation: BenchOperation
        var pipeline: Int
        var valueSize: Int
        /// Operations a second to offer; nil waits for replies before it offers more.
        var rate: Int?
        /// Ends when this has passed or the keys have run out.
        var duration: Duration?
    }

    private let connections: [BenchConnection]
    private let poller: Poller
    /// Longest silence of the server while replies are due.
    private let patience: Int64

    /// Connects to a server, and returns once every connection is made.
    static func connected(
        to address: Address, connections count: Int, patience: Duration
    ) throws -> LoadGenerator {
        guard let target = try Resolver.resolve(address).first else {
            throw Stop("\(address): no such host", .unreachable)
        }
        let connections = try (0..<count).map { _ in try BenchConnection(to: target) }
        let generator = LoadGenerator(
            connections: connections, poller: try Poller(), patience: patience.wholeNanoseconds)
        try generator.finishConnecting(address)
        return generator
    }

    private init(
        connections: [BenchConnection], poller: consuming Poller, patience: Int64
    ) {
        self.connections = connections
        self.poller = poller
        self.patience = patience
    }

    private borrowing func finishConnecting(_ address: Address) throws {
        for (index, connection) in connections.enumerated() {
            try poller.add(connection.descriptor, token: UInt64(index), interest: .write)
        }
        var waiting = connections.count
        while waiting > 0 {
            let ready = try poller.wait(timeout: .nanoseconds(patience))
            guard ready > 0 else { throw Stop("\(address) does not answer", .unreachable) }
            for event in 0..<ready {
                let token = poller[event].token
                let connection = connections[Int(token)]
                do {
                    try connection.finishConnecting()
                } catch {
                    throw Stop("\(error)", .unreachable)
                }
                try poller.modify(
                    connection.descriptor, token: token, interest: [.read, .edges])
                waiting -= 1
            }
        }
    }

    /// One round. Keys come from `keys`, which it advances.
    borrowing func run(_ plan: Plan, keys: inout KeySequence) throws -> BenchRound {
        var round = BenchRound()
        let pace = Pace(plan, start: ProcessFacts.monotonicNanoseconds)
        for connection in connections { connection.prepare(plan) }
        let ownTime = ProcessorTime.ofThisThread
        var issued = 0
        var idle = Ring(upTo: connections.count)
        var now = pace.start
        var lastReply = now
        while true {
            while idle.count > 0, !pace.isOver(at: now) {
                let count = min(pace.due(at: now) - issued, plan.pipeline, keys.remaining)
                guard count > 0 else { break }
                let index = idle.removeFirst()
                try connections[index].send(
                    count, due: { pace.dueTime(of: issued + $0, now: now) }, from: &keys)
                issued += count
                try watch(index)
            }
            let isQuiet = idle.count == connections.count
            if isQuiet, pace.isOver(at: now) || keys.remaining == 0 { break }
            let ready = try poller.wait(
                timeout: pace.wait(at: now, issued: issued, canSend: idle.count > 0))
            now = ProcessFacts.monotonicNanoseconds
            if ready > 0 { lastReply = now }
            guard isQuiet || now - lastReply < patience else {
                throw Stop("the server has been silent for too long", .unreachable)
            }
            for event in 0..<ready {
                let index = Int(poller[event].token)
                let wasBusy = connections[index].isBusy
                try connections[index].advance(poller[event], now: now, into: &round)
                if connections[index].mayHoldMore || poller[event].isEnding { try ask(index) }
                if wasBusy, !connections[index].isBusy { idle.append(index) }
                try watch(index)
            }
        }
        round.elapsed = now - pace.start
        round.clientTime = ProcessorTime.ofThisThread - ownTime
        return round
    }

    /// Asks the poller for writability exactly while a connection has output pending.
    private borrowing func watch(_ index: Int) throws {
        let connection = connections[index]
        guard connection.isBlocked != connection.isWatchedForWriting else { return }
        connection.isWatchedForWriting = connection.isBlocked
        try ask(index)
    }

    /// Says what to watch for, once more: what is ready already is reported again.
    private borrowing func ask(_ index: Int) throws {
        let connection = connections[index]
        try poller.modify(
            connection.descriptor, token: UInt64(index),
            interest: connection.isBlocked ? [.read, .write, .edges] : [.read, .edges])
    }
}

/// The connections that wait for work, longest first, so that all of them take turns.
private struct Ring {
    private var slots: [Int]
    private var head = 0
    private(set) var count: Int

    init(upTo count: Int) {
        slots = Array(0..<count)
        self.count = count
    }

    mutating func removeFirst() -> Int {
        let first = slots[head]
        head = head + 1 == slots.count ? 0 : head + 1
        count -= 1
        return first
    }

    mutating func append(_ index: Int) {
        let tail = head + count
        slots[tail >= slots.count ? tail - slots.count : tail] = index
        count += 1
    }
}

/// When operations are due.
private struct Pace {
    let start: Int64
    private let end: Int64?
    private let rate: Int?

    init(_ plan: LoadGenerator.Plan, start: Int64) {
        self.start = start
        end = plan.duration.map { start + $0.wholeNanoseconds }
        rate = plan.rate
    }

    func isOver(at now: Int64) -> Bool { end.map { now >= $0 } ?? false }

    /// How many operations should have been sent by now.
    func due(at now: Int64) -> Int {
        guard let rate else { return .max }
        return Int(Double(now - start) * Double(rate) / 1e9)
    }

    /// With a rate, latency counts from when the operation was due, not from when a slow server
    /// let it be sent: waiting in line is part of what a user sees.
    func dueTime(of operation: Int, now: Int64) -> Int64 {
        guard let rate else { return now }
        return start + Int64(Double(operation) * 1e9 / Double(rate))
    }

    /// Until the next operation is due; less than a millisecond is spun away.
    func wait(at now: Int64, issued: Int, canSend: Bool) -> Duration {
        let rest = end.map { max(0, $0 - now) } ?? 100_000_000
        guard rate != nil, canSend else { return .nanoseconds(max(1_000_000, rest)) }
        let next = dueTime(of: issued + 1, now: now) - now
        return next < 1_000_000 ? .zero : .nanoseconds(min(next - 1_000_000, rest))
    }
}
