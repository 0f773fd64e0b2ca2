package import GrepvineDistCore
package import GrepvineTransport

/// The RPC face of one accepted connection: a greeting, then requests of a client or frames of a
/// peer. Pure: bytes in, bytes out, and a node in between.
package struct RPCSession {
    package enum State: Hashable, Sendable {
        case greeting
        case client
        case peer(NodeID)
        /// Nothing more is read; what is written is still sent.
        case over
    }

    package let id: UInt64
    /// Where the caller is, for the log.
    package let address: String
    package private(set) var state = State.greeting
    /// Requests of the client that have no answer yet.
    package private(set) var open = 0
    private let decoder = FrameDecoder(limit: Self.largestFrame)
    /// Made with the first body that needs it.
    private var decompressor: BodyDecompressor?

    /// A value of the largest size with room for its key and fields.
    package static let largestFrame = 17 << 20
    /// A client with so many open requests is not read from.
    static let mostOpen = 4096

    package init(id: UInt64, address: String) {
        self.id = id
        self.address = address
    }

    /// Whether to read on: false while the client waits for too many answers.
    package var wantsInput: Bool { open < Self.mostOpen && state != .over }

    /// Takes whole frames off the input until there are none, or too much is open.
    package mutating func receive(
        _ input: inout IOBuffer, node: inout Node, output: inout IOBuffer, now: Moment
    ) {
        // Small questions may have large answers, and those of owners are there at once.
        while wantsInput, output.count < RESPSession.pauseOutput {
            switch decoder.decode(UnsafeRawBufferPointer(input.readable)) {
            case .needMore: return
            case .invalid(let error):
                node.note(invalidFrame: error.description, from: address)
                state = .over
                return
            case .frame(let header, let body, let length):
                accept(header, body, node: &node, output: &output, now: now)
                input.consume(length)
            }
        }
    }

    private mutating func accept(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, node: inout Node,
        output: inout IOBuffer, now: Moment
    ) {
        guard !header.flags.contains(.compressed) else {
            return inflate(header, body, node: &node, output: &output, now: now)
        }
        switch (state, FrameKind(rawValue: header.kind)) {
        case (.greeting, .hello): greet(header, body, node: &node, output: &output)
        case (.client, .request): request(header, body, node: &node, output: &output, now: now)
        case (.client, .write), (.client, .read):
            guard !node.answerClient(header, body, output: &output, now: now) else { return }
            node.note(invalidFrame: "undecodable replica frame", from: address)
            state = .over
        case (.client, .missed):
            guard !node.keepHint(ofClient: body, now: now) else { return }
            node.note(invalidFrame: "undecodable report of a missed write", from: address)
            state = .over
        case (.peer(let peer), _): node.handle(.frame(header, body: body, from: peer), at: now)
        default:
            node.note(invalidFrame: "frame of kind \(header.kind) before a greeting", from: address)
            state = .over
        }
    }

    private mutating func inflate(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, node: inout Node,
        output: inout IOBuffer, now: Moment
    ) {
        let decompressor = self.decompressor ?? BodyDecompressor()
        self.decompressor = decompressor
        // One unusually large body must not be paid for as long as the connection lives.
        defer { decompressor.shrink() }
        do throws(BodyError) {
            let whole = try decompressor.decompress(body, limit: Self.largestFrame)
            var header = header
            header.flags.remove(.compressed)
            // `whole` lives in the decompressor.
            withExtendedLifetime(decompressor) {
                accept(header, whole, node: &node, output: &output, now: now)
            }
        } catch {
            node.note(invalidFrame: error.description, from: address)
            state = .over
        }
    }

    private mutating func greet(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, node: inout Node,
        output: inout IOBuffer
    ) {
        guard let hello = try? Hello(decoding: body) else {
            node.note(invalidFrame: "undecodable greeting", from: address)
            state = .over
            return
        }
        switch node.greet(hello, from: address) {
        case .success(let welcome):
            let reply = FrameHeader(
                kind: FrameKind.welcome.rawValue, requestID: header.requestID,
                epoch: welcome.epoch)
            output.appendFrame(reply, body: welcome.encoded())
            state = hello.node.map(State.peer) ?? .client
        case .failure(let error):
            let reply = FrameHeader(
                kind: FrameKind.refused.rawValue, requestID: header.requestID)
            output.appendFrame(reply, body: error.refused.encoded())
            state = .over
        }
    }

    private mutating func request(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, node: inout Node,
        output: inout IOBuffer, now: Moment
    ) {
        open += 1
        let id = RequestID(session: self.id, number: header.requestID)
        guard let request = try? Request(decoding: body) else {
            let failure = Failure(.badRequest, "the request cannot be decoded; nothing was done")
            return deliver(.failure(failure), header.requestID, node: node, output: &output)
        }
        // The write that this one repeats may lie at an owner, under a stamp that must be beaten.
        guard node.observe(header.clock, at: now) || !request.isWrite else {
            let failure = Failure(
                .badRequest,
                "the client's clock is more than \(VersionClock.tolerance) ahead of this node's; "
                    + "nothing was written")
            return deliver(.failure(failure), header.requestID, node: node, output: &output)
        }
        let deadline = header.deadline == 0 ? nil : Duration.milliseconds(Int(header.deadline))
        node.handle(.request(request, id, deadline: deadline), at: now)
    }

    /// Writes the answer to a request.
    package mutating func deliver(
        _ response: Response, _ number: UInt64, node: borrowing Node, output: inout IOBuffer
    ) {
        open -= 1
        let header = FrameHeader(
            kind: FrameKind.response.rawValue, requestID: number, epoch: node.topology?.epoch ?? 0,
            clock: node.latestClock)
        output.appendFrame(header, body: response.encoded())
    }
}

extension Node {
    /// Somebody sent what is no frame; the connection ends.
    package mutating func note(invalidFrame reason: String, from address: String) {
        metrics.invalidFrames += 1
        log(.warning, "invalid-frame", ["address": .text(address), "reason": .text(reason)])
    }
}

extension Request {
    fileprivate var isWrite: Bool {
        switch self {
        case .set, .delete, .expire: true
        default: false
        }
    }
}
