import GrepvineDistCore
import GrepvineTransport

/// What comes in on a connection, and the greeting that opens it.
extension Engine {
    func greet(_ link: Link, _ connection: Connection) {
        let hello = Hello(
            role: .client, cluster: configuration.cluster ?? "", name: configuration.name)
        let header = FrameHeader(kind: FrameKind.hello.rawValue, requestID: 0)
        connection.output.appendFrame(header, body: hello.encoded())
        markDirty(link)
    }

    func receive(_ link: Link, _ connection: Connection) {
        switch connection.fill() {
        case .read: (link.silentTimeouts, link.isSilent) = (0, false)
        case .wouldBlock: return
        case .full: return fail(link, Self.unreachable(link, "it sent more than it was asked for"))
        case .closed: return fail(link, Self.unreachable(link, "it closed the connection"))
        case .failed: return fail(link, Self.unreachable(link, "the connection broke"))
        }
        while link.connection === connection, takeFrame(link, connection) {}
        // One unusually large answer must not be paid for as long as the connection lives.
        connection.shrink(keeping: Self.keptMemory)
        decompressor.shrink(keeping: Self.keptMemory)
    }

    private static let keptMemory = 1 << 20

    /// False when there is no whole frame.
    private func takeFrame(_ link: Link, _ connection: Connection) -> Bool {
        // Safe: `readable` is valid until the input changes, which only `consume` below does.
        let bytes = unsafe UnsafeRawBufferPointer(connection.input.readable)
        switch unsafe decoder.decode(bytes) {
        case .needMore: return false
        case .invalid(let error):
            fail(link, Self.unreachable(link, "it does not speak Grepvine's protocol: \(error)"))
            return false
        case .frame(let header, let body, let length):
            do {
                let body = unsafe try inflated(header, body)
                unsafe try take(header, body, link)
            } catch {
                fail(link, Self.unreachable(link, "it sent a malformed message: \(error)"))
            }
            connection.input.consume(length)
            return true
        }
    }

    private func inflated(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer
    ) throws(BodyError) -> UnsafeRawBufferPointer {
        guard header.flags.contains(.compressed) else { return unsafe body }
        return unsafe try decompressor.decompress(body, limit: configuration.maxFrame)
    }

    private func take(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, _ link: Link
    ) throws(MsgpackError) {
        switch (link.state, FrameKind(rawValue: header.kind)) {
        case (.greeting, .welcome): welcomed(link, unsafe try Welcome(decoding: body))
        case (.greeting, .refused):
            fail(link, Self.refusal(link, unsafe try Refused(decoding: body).failure))
        case (.ready, .response):
            let response = unsafe try Response(decoding: body)
            respond(response, to: header.requestID, on: link)
            observe(header.clock)
            hint(epoch: header.epoch, at: link.address)
        case (.ready, .writeReply):
            unsafe try receive(writeReply: body, header, on: link)
        case (.ready, .readReply):
            unsafe try receive(readReply: body, header, on: link)
        default: throw .invalid("a frame of another kind than \(header.kind)")
        }
    }

    private func respond(_ response: Response, to id: UInt64, on link: Link) {
        if let call = link.inFlight.removeValue(forKey: id) {
            call.place = .nowhere
            return answered(call, response, from: link)
        }
        // A late answer. Nobody waits for it, but a stream that it opened must be closed.
        guard link.orphans.remove(id) != nil, case .hits(let batch) = response,
            batch.summary == nil
        else { return }
        backlog.append(
            Call(
                .grepCancel(stream: batch.stream), to: .connection(link.token),
                timeout: configuration.timeout, at: now, isInternal: true))
    }

    private func welcomed(_ link: Link, _ welcome: Welcome) {
        if let failure = objection(to: welcome, from: link) { return fail(link, failure) }
        link.state = .ready
        link.attemptDeadline = .distantFuture
        link.failures = 0
        link.lastFailure = nil
        link.node = welcome.node
        mapMembers()
        let queued = link.queue
        link.queue = []
        for call in queued {
            call.place = .nowhere
            send(call, on: link)
        }
        hint(epoch: welcome.epoch, at: link.address)
    }

    /// Why we don't want to talk to a node that wants to talk to us.
    private func objection(to welcome: Welcome, from link: Link) -> Failure? {
        guard ProtocolVersion.supported.contains(welcome.protocolVersion) else {
            let ours = ProtocolVersion.supported
            return Failure(
                .unsupportedProtocol,
                "\(link.address) chose protocol version \(welcome.protocolVersion), this client "
                    + "speaks \(ours.lowerBound) to \(ours.upperBound)")
        }
        if let expected = configuration.cluster, expected != welcome.cluster {
            return Failure(
                .wrongCluster,
                "\(link.address) belongs to cluster \"\(welcome.cluster)\", this client expects "
                    + "cluster \"\(expected)\"")
        }
        guard let topology, let id = welcome.clusterID, id != topology.clusterID else { return nil }
        // A cluster that was formed anew has another id. As long as a node of the old one
        // answers, this is a stranger; afterwards it is the cluster.
        guard links.values.contains(where: { $0.state == .ready }) else {
            self.topology = nil
            memberLinks = []
            return nil
        }
        return Failure(
            .wrongCluster,
            "\(link.address) belongs to cluster \"\(welcome.cluster)\" (\(id)), this client talks "
                + "to cluster \"\(topology.cluster)\" (\(topology.clusterID))")
    }

    private static func refusal(_ link: Link, _ failure: Failure) -> Failure {
        var failure = failure
        failure.message = "\(link.address) refused: \(failure.message)"
        return failure
    }
}
