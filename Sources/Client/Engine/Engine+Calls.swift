import GrepvineDistCore
import GrepvineTransport

/// Where each call goes, and how it ends.
extension Engine {
    /// Places everything in the backlog. Placing may fail links, which puts their calls back, but
    /// each call has a bounded number of nodes to try.
    func placeBacklog() {
        var calls: [Call] = []
        while !backlog.isEmpty {
            swap(&calls, &backlog)
            for call in calls { place(call) }
            calls.removeAll(keepingCapacity: true)
        }
        swap(&calls, &backlog)
    }

    private func place(_ call: Call) {
        if case .done = call.place { return }
        call.place = .nowhere
        if call.isCancelled { return finish(call, .taskCancelled) }
        if call.deadline <= now { return expire(call) }
        if call.sends >= Self.maximumSends { return finish(call, exhausted(call)) }
        if case .connection(let token) = call.target { return place(call, onConnection: token) }
        if needsTopology(call) { return park(call) }
        if fanOut(call) { return }
        guard let link = choose(for: call) else { return finish(call, exhausted(call)) }
        put(call, on: link)
    }

    private func place(_ call: Call, onConnection token: UInt64) {
        if let link = linksByToken[token], link.state == .ready { return put(call, on: link) }
        finish(call, Failure(.disconnected, "the connection that the stream came on has ended"))
    }

    private func put(_ call: Call, on link: Link) {
        guard call.isInternal || link.load < configuration.maxInFlight else {
            return finish(
                call,
                Failure(
                    .overloaded,
                    "\(link.load) calls are under way to \(link.address), the limit is "
                        + "\(configuration.maxInFlight) (maxInFlight); nothing was sent"))
        }
        wake(at: call.deadline)
        guard link.state != .ready else { return send(call, on: link) }
        call.place = .queued(link)
        link.queue.append(call)
        if link.state == .idle {
            if link.retryAt <= now { connect(link) } else { wake(at: link.retryAt) }
        }
    }

    /// Puts the frame into the output of a link that is ready.
    func send(_ call: Call, on link: Link) {
        guard let connection = link.connection else { return }
        writer.clear()
        call.request.encode(into: &writer)
        let size = FrameHeader.size + writer.count
        guard size <= configuration.maxFrame else {
            return finish(
                call,
                Failure(
                    .tooLarge,
                    "the request is \(size) bytes, the limit is \(configuration.maxFrame) "
                        + "(maxFrame); nothing was sent"))
        }
        guard connection.output.count + size <= connection.outputLimit else {
            return finish(
                call,
                Failure(
                    .overloaded,
                    "\(connection.output.count) bytes wait for \(link.address), which does not "
                        + "read; nothing was sent"))
        }
        lastRequest += 1
        call.sends += 1
        call.place = .sent(
            link, id: lastRequest, start: connection.bytesSent + UInt64(connection.output.count))
        link.inFlight[lastRequest] = call
        let header = FrameHeader(
            kind: FrameKind.request.rawValue, requestID: lastRequest, epoch: topology?.epoch ?? 0,
            clock: call.floor?.rawValue ?? 0, deadline: Self.wireDeadline(call.deadline - now))
        unsafe writer.withBytes { unsafe connection.output.appendFrame(header, body: $0) }
        markDirty(link)
    }

    /// Milliseconds for the node: a little less than we wait, so that its own answer to a timeout,
    /// which knows more, still arrives.
    static func wireDeadline(_ remaining: Duration) -> UInt32 {
        let margin = min(remaining / 10, .milliseconds(50))
        return UInt32(clamping: max(1, (remaining - margin).wholeMilliseconds))
    }

    /// A node answered.
    func answered(_ call: Call, _ response: Response, from link: Link) {
        guard case .failure(let failure) = response else {
            return finish(call, .init(result: .success(response), connection: link.token))
        }
        call.lastFailure = failure
        switch failure.code {
        case .notReady where failure.isDefinite || call.isRead:
            call.tried.append(link.address)
            backlog.append(call)
        case .notOwner where failure.isDefinite || call.isRead:
            call.tried.append(link.address)
            if canLearn(epoch: failure.epoch) {
                park(call, first: link.address)
            } else {
                backlog.append(call)
            }
        default: finish(call, failure)
        }
    }

    /// The connection of a call that was sent is gone: once more if that is safe (W4).
    func lost(_ call: Call, start: UInt64, on link: Link, _ connection: Connection, _ why: Failure)
    {
        call.place = .nowhere
        let wasTransmitted = connection.bytesSent > start
        let failure = Failure(
            .disconnected,
            "the connection to \(link.address) ended before the answer came: \(why.message)")
        call.lastFailure = failure
        if case .connection = call.target { return finish(call, failure) }
        guard call.isRead || !wasTransmitted else { return finish(call, failure.indefinite) }
        backlog.append(call)
    }

    func expire(_ call: Call) {
        let failure: Failure
        switch call.place {
        case .sent(let link, _, _):
            failure = Failure(
                .timedOut, "\(link.address) did not answer within \(call.timeout)",
                isDefinite: call.isRead)
            withdraw(call)
            link.silentTimeouts += 1
            if link.silentTimeouts >= 3 { fail(link, Self.silent(link)) }
        case .queued(let link):
            let why = link.lastFailure.map { ": \($0.message)" } ?? ""
            failure = Failure(
                .timedOut, "not sent within \(call.timeout), \(link.address) is not connected\(why)"
            )
        case .fanned(let fanOut):
            failure = Failure(
                .timedOut, "too few owners answered within \(call.timeout)",
                isDefinite: call.isRead, version: fanOut.write?.version)
        default:
            let why = call.lastFailure.map { ": \($0.message)" } ?? ""
            let missing = topology == nil ? ", no topology yet" : ""
            failure = Failure(.timedOut, "not sent within \(call.timeout)\(missing)\(why)")
        }
        finish(call, call.isRead || failure.isDefinite ? failure : failure.indefinite)
    }

    private static func silent(_ link: Link) -> Failure {
        Failure(.unavailable, "\(link.address) answers nothing")
    }

    /// The caller does not wait any more.
    func abandon(_ call: Call) {
        var failure = Failure.taskCancelled
        switch call.place {
        case .sent where !call.isRead, .fanned where !call.isRead: failure = failure.indefinite
        default: break
        }
        finish(call, failure)
    }

    func finish(_ call: Call, _ failure: Failure) {
        // The attempt that the client made by itself may lie at an owner.
        let failure = failure.isDefinite && call.floor != nil ? failure.indefinite : failure
        finish(call, .init(result: .failure(failure)))
    }

    func finish(_ call: Call, _ reply: Call.Reply) {
        withdraw(call)
        if case .done = call.place { return }
        call.place = .done
        completed.append((call, reply))
        if call === refresh { refreshed(reply.result) }
    }

    /// Takes a call out of wherever it waits. A late answer to it is ignored.
    private func withdraw(_ call: Call) {
        switch call.place {
        case .nowhere, .done: return
        case .fanned(let fanOut): drop(fanOut)
        case .parked: parked.removeAll { $0 === call }
        case .queued(let link): link.queue.removeAll { $0 === call }
        case .sent(let link, let id, _):
            if link.inFlight.removeValue(forKey: id) != nil, call.isGrep { link.orphans.insert(id) }
        }
        call.place = .nowhere
    }

    /// Every node that could be asked was asked.
    private func exhausted(_ call: Call) -> Failure {
        if let failure = call.lastFailure { return failure }
        if let decisive = call.reasons.first(where: { $0.code != .unavailable }) { return decisive }
        let detail = call.reasons.map(\.message).joined(separator: "; ")
        return Failure(.unreachable, "no node could be reached, nothing was sent: \(detail)")
    }
}
