import Glibc
import GrepvineTransport

/// One connection of the load generator: at most one batch is on its way at a time.
final class BenchConnection {
    /// Set by the generator: the poller was asked about writability.
    var isWatchedForWriting = false
    private let connection: Connection
    private var batch = CommandBatch(.get, capacity: 1, valueSize: 0)
    private var scanner = ReplyScanner(.get, valueSize: 0)
    /// When each operation of the batch was due.
    private var due: [Int64] = []
    private var answered = 0

    init(to peer: SocketAddress) throws {
        connection = try Connection(to: peer)
    }

    var descriptor: Int32 { connection.descriptor }

    /// Replies are due.
    var isBusy: Bool { answered < due.count }

    /// Commands wait for the server to read.
    var isBlocked: Bool { !connection.output.isEmpty }

    /// More replies may be waiting than one read took.
    var mayHoldMore: Bool { connection.mayHoldMore }

    func finishConnecting() throws { try connection.finishConnecting() }

    func prepare(_ plan: LoadGenerator.Plan) {
        precondition(!isBusy, "a round begins while \(due.count - answered) replies are due")
        batch = CommandBatch(
            plan.operation, capacity: plan.pipeline, valueSize: plan.valueSize)
        scanner = ReplyScanner(plan.operation, valueSize: plan.valueSize)
        due.removeAll(keepingCapacity: true)
        due.reserveCapacity(plan.pipeline)
        answered = 0
    }

    func send(
        _ count: Int, due dueTime: (Int) -> Int64, from keys: inout KeySequence
    ) throws {
        due.removeAll(keepingCapacity: true)
        for index in 0..<count { due.append(dueTime(index)) }
        answered = 0
        connection.output.append(batch.fill(count, from: &keys))
        try flush()
    }

    func advance(_ readiness: Readiness, now: Int64, into round: inout BenchRound) throws {
        if readiness.isWritable { try flush() }
        guard readiness.isReadable || readiness.isHungUp else { return }
        switch connection.fill() {
        case .read: try count(at: now, into: &round)
        case .wouldBlock, .full: break
        case .closed: throw Stop("the server closed a connection", .unreachable)
        case .failed(let code):
            throw Stop("a connection failed: \(String(cString: strerror(code)))", .unreachable)
        }
    }

    private func flush() throws {
        if case .failed(let code) = connection.flush() {
            throw Stop("a connection failed: \(String(cString: strerror(code)))", .unreachable)
        }
    }

    private func count(at now: Int64, into round: inout BenchRound) throws {
        var rest = UnsafeRawBufferPointer(connection.input.readable)
        let whole = rest.count
        scan: while rest.count > 0 {
            guard isBusy else { throw Stop("the server sent more replies than commands") }
            let length: Int
            switch scanner.reply(in: rest) {
            case .incomplete: break scan
            case .broken: throw Stop("the server sent what is no reply")
            case .good(let size):
                // One reply of each batch is compared with the key that it must begin with.
                if answered == 0, !isTrue(rest) { round.wrong += 1 }
                length = size
            case .miss(let size):
                round.misses += 1
                length = size
            case .bad(let size):
                round.note(UnsafeRawBufferPointer(rebasing: rest[..<size]))
                length = size
            }
            round.latencies.record(now - due[answered])
            answered += 1
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
        connection.input.consume(whole - rest.count)
    }

    private func isTrue(_ reply: UnsafeRawBufferPointer) -> Bool {
        guard let offset = scanner.valueOffset else { return true }
        let key = batch.key(of: 0)
        return memcmp(reply.baseAddress! + offset, key.baseAddress!, key.count) == 0
    }
}
