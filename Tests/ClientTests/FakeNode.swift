import GrepvineDistCore
import GrepvineTransport

/// A scripted node on a real loopback socket, in a thread of its own.
final class FakeNode: @unchecked Sendable {
    // Sendable: what stands below "the thread's own" belongs to the thread; the script is under
    // the lock.

    /// One request as it came in.
    struct Exchange: Sendable {
        var connection: UInt64
        var header: FrameHeader
        var request: Request
    }

    /// One frame of the data path as it came in, from a client that coordinates by itself.
    struct OwnerFrame: Sendable {
        enum Body: Hashable, Sendable {
            case read(Key, wantsValue: Bool)
            case write(Record)
        }

        var connection: UInt64
        var header: FrameHeader
        var body: Body
    }

    enum OwnerReaction {
        /// Nil for no owner, at the epoch of the frame.
        case read(ReadAnswer?, epoch: UInt64 = 0)
        case write(WriteCoordinator.Reply, epoch: UInt64 = 0)
        case silence
        case close
    }

    typealias OwnerScript = @Sendable (OwnerFrame.Body) -> OwnerReaction

    enum Reaction {
        case answer(Response)
        /// Later, with `answer`, or never.
        case hold
        case close
        /// These bytes, as they are.
        case raw([UInt8])
    }

    /// What a node says to a hello.
    enum Greeting {
        case welcome
        case refuse(Failure)
        case raw([UInt8])
        case silence
    }

    private enum Command: Sendable {
        case answer(Exchange, Response)
        case close
        case stop
    }

    typealias Script = @Sendable (Exchange) -> Reaction

    let id: NodeID
    let name: String
    let address: Address
    let hellos = Journal<Hello>()
    let requests = Journal<Exchange>()
    let ownerFrames = Journal<OwnerFrame>()
    let missed = Journal<MissedMessage>()
    let closed = Journal<UInt64>()
    let stopped = Journal<Void>()
    private let lock = Lock()
    private var script: Script = { _ in .hold }
    private var ownerScript: OwnerScript = { _ in .silence }
    private var greeting = Greeting.welcome
    private let wakeup: Wakeup
    private let commands: Mailbox<Command>

    // The thread's own.
    private let cluster: String
    private let clusterID: NodeID
    private var listener: Listener?
    private var poller: Poller
    private var connections: [UInt64: Connection] = [:]
    private var lastConnection: UInt64 = 1

    init(
        _ number: Int, cluster: String = "vines", clusterID: NodeID = NodeID(high: 9, low: 9)
    ) throws {
        id = NodeID(high: 0, low: UInt64(number))
        name = "n\(number)"
        self.cluster = cluster
        self.clusterID = clusterID
        let listener = try Listener(Address(host: "127.0.0.1", port: 0))
        self.listener = listener
        address = listener.local.address
        wakeup = try Wakeup()
        commands = Mailbox(capacity: 1024, wakeup: wakeup)
        poller = try Poller()
        try poller.add(wakeup.descriptor, token: 0, interest: .read)
        try poller.add(listener.descriptor, token: 1, interest: .read)
        precondition(WorkerThread.detach("fake-node") { [self] in run() })
    }

    var member: Member { Member(id: id, name: name, address: address) }

    func onRequest(_ script: @escaping Script) { lock.withLock { self.script = script } }

    func onOwnerFrame(_ script: @escaping OwnerScript) {
        lock.withLock { ownerScript = script }
    }

    func onHello(_ greeting: Greeting) { lock.withLock { self.greeting = greeting } }

    func answer(_ exchange: Exchange, _ response: Response) {
        _ = commands.post(.answer(exchange, response))
    }

    /// Closes every connection; new ones are welcome.
    func closeConnections() { _ = commands.post(.close) }

    /// Closes everything and ends the thread.
    func stop() { _ = commands.post(.stop) }

    private func run() {
        while listener != nil {
            guard let count = try? poller.wait(timeout: nil) else { return }
            for index in 0..<count {
                switch poller[index].token {
                case 0: takeCommands()
                case 1: accept()
                case let token: receive(token)
                }
            }
        }
    }

    private func takeCommands() {
        wakeup.clear()
        var batch: [Command] = []
        commands.drain(into: &batch)
        for command in batch {
            switch command {
            case .answer(let exchange, let response): send(response, to: exchange)
            case .close: for token in connections.keys { close(token) }
            case .stop:
                for token in connections.keys { close(token) }
                if let listener { try? poller.remove(listener.descriptor) }
                listener = nil
                stopped.add(())
            }
        }
    }

    private func accept() {
        while let accepted = try? listener?.accept() {
            lastConnection += 1
            let connection = Connection(accepted)
            try? poller.add(connection.descriptor, token: lastConnection, interest: .read)
            connections[lastConnection] = connection
        }
    }

    private func close(_ token: UInt64) {
        guard let connection = connections.removeValue(forKey: token) else { return }
        try? poller.remove(connection.descriptor)
        connection.close()
        closed.add(token)
    }

    private func receive(_ token: UInt64) {
        guard let connection = connections[token] else { return }
        switch connection.fill() {
        case .read: break
        case .wouldBlock: return
        case .full, .closed, .failed: return close(token)
        }
        while connections[token] === connection {
            let bytes = UnsafeRawBufferPointer(connection.input.readable)
            guard case .frame(let header, let body, let length) = FrameDecoder().decode(bytes)
            else { return }
            take(header, body, connection, token)
            connection.input.consume(length)
        }
    }

    private func take(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, _ connection: Connection,
        _ token: UInt64
    ) {
        if header.kind == FrameKind.hello.rawValue, let hello = try? Hello(decoding: body) {
            hellos.add(hello)
            return greet(connection)
        }
        if FrameKind(rawValue: header.kind) == .missed {
            return MissedMessage(decoding: body).map(missed.add) ?? close(token)
        }
        if let frame = ownerFrame(header, body, token) { return take(frame, connection) }
        guard let request = try? Request(decoding: body) else { return close(token) }
        let exchange = Exchange(connection: token, header: header, request: request)
        let script = lock.withLock { self.script }
        // Whoever has the answer finds the request recorded.
        requests.add(exchange)
        switch script(exchange) {
        case .answer(let response): send(response, to: exchange)
        case .hold: break
        case .close: close(token)
        case .raw(let bytes): send(raw: bytes, on: connection)
        }
    }

    private func ownerFrame(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, _ token: UInt64
    ) -> OwnerFrame? {
        switch FrameKind(rawValue: header.kind) {
        case .read:
            guard let (wantsValue, key) = ReadMessage.decode(body) else { return nil }
            let body = OwnerFrame.Body.read(Key(Array(key)), wantsValue: wantsValue)
            return OwnerFrame(connection: token, header: header, body: body)
        case .write:
            guard let (message, bytes) = WriteMessage.decode(body), message.expected == nil,
                let record = Record(decoding: bytes.bytes)
            else { return nil }
            return OwnerFrame(connection: token, header: header, body: .write(record))
        default: return nil
        }
    }

    private func take(_ frame: OwnerFrame, _ connection: Connection) {
        let script = lock.withLock { ownerScript }
        let id = frame.header.requestID
        ownerFrames.add(frame)
        switch script(frame.body) {
        case .read(let answer, let epoch):
            send(.readReply, id, ReadReplyMessage(answer).encoded(), on: connection, epoch: epoch)
        case .write(let reply, let epoch):
            send(.writeReply, id, WriteReplyMessage(reply).encoded(), on: connection, epoch: epoch)
        case .silence: break
        case .close: close(frame.connection)
        }
    }

    private func greet(_ connection: Connection) {
        switch lock.withLock({ greeting }) {
        case .welcome:
            let welcome = Welcome(
                protocolVersion: 1, cluster: cluster, clusterID: clusterID, node: id, name: name,
                epoch: 0)
            send(.welcome, 0, welcome.encoded(), on: connection)
        case .refuse(let failure): send(.refused, 0, Refused(failure).encoded(), on: connection)
        case .raw(let bytes): send(raw: bytes, on: connection)
        case .silence: break
        }
    }

    private func send(_ response: Response, to exchange: Exchange) {
        guard let connection = connections[exchange.connection] else { return }
        send(.response, exchange.header.requestID, response.encoded(), on: connection)
    }

    private func send(
        _ kind: FrameKind, _ id: UInt64, _ body: [UInt8], on connection: Connection,
        epoch: UInt64 = 0
    ) {
        let header = FrameHeader(kind: kind.rawValue, requestID: id, epoch: epoch)
        send(raw: FrameEncoder.encode(header, body: body), on: connection)
    }

    /// Loopback takes what these tests send at once.
    private func send(raw bytes: [UInt8], on connection: Connection) {
        connection.output.append(bytes)
        while case .wouldBlock = connection.flush() {}
    }
}
