import GrepvineDistCore
import GrepvineTransport

/// Connections that others made: accepting, reading, writing, and getting rid of slow ones.
extension Server {
    func accept(_ listener: Listener, _ make: (Connection) -> Session) {
        for _ in 0..<256 {
            guard let accepted = next(of: listener) else { return }
            guard sessions.count < configuration.maximumConnections else {
                node.metrics.connectionsRefused += 1
                Socket.close(accepted.descriptor)
                continue
            }
            let limits = configuration.node.limits
            let connection = Connection(
                accepted, inputLimit: RPCSession.largestFrame * 2, outputLimit: limits.outputBytes)
            open(make(connection))
        }
    }

    /// A connection that waits. When the process has no descriptors left, nothing is accepted for a
    /// second: what waits keeps waiting in the system's queue.
    private func next(of listener: Listener) -> Accepted? {
        do throws(SocketError) {
            return try listener.accept()
        } catch {
            if error.isOutOfDescriptors {
                note(LogEvent(.warning, "accept-paused", ["reason": .of(error)]))
                watchListeners([])
                acceptsAgain = now.instant + .seconds(1)
            }
            return nil
        }
    }

    private func watchListeners(_ interest: Interest) {
        let watched = [
            (listeners.rpc.descriptor, Token.rpc), (listeners.resp?.descriptor, Token.resp),
            (listeners.http?.descriptor, Token.http),
        ]
        for case (let descriptor?, let token) in watched {
            try? poller.modify(descriptor, token: token, interest: interest)
        }
    }

    func open(_ session: Session) {
        let descriptor = session.connection.descriptor
        guard (try? poller.add(descriptor, token: session.id, interest: session.interest)) != nil
        else { return session.connection.close() }
        sessions[session.id] = session
        node.metrics.connections += 1
        node.metrics.openConnections = sessions.count
        session.unfinished = session.isGreeting ? (now.instant, 0) : nil
    }

    func nextSessionID() -> UInt64 {
        lastSession += 1
        return lastSession
    }

    func rpcSession(_ connection: Connection) -> Session {
        let session = RPCSession(id: nextSessionID(), address: connection.peer.description)
        return Session(connection, rpc: session)
    }

    func respSession(_ connection: Connection) -> Session {
        let session = RESPSession(id: nextSessionID(), address: connection.peer.description)
        return Session(connection, resp: session)
    }

    func httpSession(_ connection: Connection) -> Session {
        Session(connection, http: HTTPSession(id: nextSessionID()))
    }

    func ready(_ session: Session, _ readiness: Readiness) {
        if session.connection.isConnecting {
            guard readiness.isWritable || readiness.isHungUp else { return }
            return connected(session)
        }
        if readiness.isReadable || readiness.isHungUp { read(session) }
        if readiness.isWritable { touch(session) }
    }

    private func read(_ session: Session) {
        switch session.connection.fill() {
        case .read:
            session.receive(node: &node, now: now)
            watchProgress(session)
        case .wouldBlock, .full: break
        case .closed:
            session.isHalfClosed = true
            session.isEnding = true
        case .failed: return end(session)
        }
        touch(session)
    }

    /// Notes since when an unfinished command waits for its rest.
    private func watchProgress(_ session: Session) {
        if session.connection.input.isEmpty || session.isWaiting {
            session.unfinished = nil
        } else if session.unfinished == nil {
            session.unfinished = (now.instant, session.connection.bytesReceived)
        }
    }

    /// The session's output or interest may have changed: look at it before this turn ends.
    func touch(_ session: Session) {
        guard !session.isTouched else { return }
        session.isTouched = true
        touched.append(session)
    }

    /// Sends what a session has and adjusts what is watched for.
    func flush(_ session: Session) {
        session.isTouched = false
        guard session.connection.descriptor >= 0, !session.connection.isConnecting else { return }
        resume(session)
        switch session.connection.flush() {
        case .done:
            session.stalledSince = nil
            if session.isEnding, !session.isHalfClosed || !session.isWaiting {
                return end(session)
            }
        case .wouldBlock:
            session.stalledSince = session.stalledSince ?? now.instant
            if session.connection.isOverOutputLimit { return cutOff(session, "output-limit") }
        case .failed: return end(session)
        }
        watch(session)
    }

    /// Commands that were left in the input because too much was open are taken up again.
    private func resume(_ session: Session) {
        guard session.isPaused, session.wantsInput else { return }
        session.receive(node: &node, now: now)
    }

    private func watch(_ session: Session) {
        var interest: Interest = []
        session.isPaused = !session.wantsInput
        if !session.isPaused, !session.isHalfClosed { interest.insert(.read) }
        if !session.connection.output.isEmpty { interest.insert(.write) }
        guard interest != session.interest else { return }
        session.interest = interest
        try? poller.modify(session.connection.descriptor, token: session.id, interest: interest)
    }

    /// The connection is over: whatever it had open is closed with it.
    func end(_ session: Session) {
        guard sessions.removeValue(forKey: session.id) != nil else { return }
        node.metrics.openConnections = sessions.count
        try? poller.remove(session.connection.descriptor)
        session.connection.close()
        if let link = session.link {
            linkEnded(link)
        } else {
            node.handle(.sessionClosed(session.id), at: now)
        }
    }

    private func cutOff(_ session: Session, _ reason: String) {
        node.metrics.connectionsCutOff += 1
        note(
            LogEvent(
                .warning, "connection-cut-off",
                ["address": .text(session.connection.peer.description), "reason": .text(reason)]))
        end(session)
    }

    /// Once a second: connections that neither finish a command nor take their answers are cut off,
    /// links are made again, and idle memory goes back.
    func sweep() {
        nextSweep = now.instant + .seconds(1)
        if let again = acceptsAgain, again <= now.instant {
            acceptsAgain = nil
            watchListeners(.read)
        }
        for id in sessions.keys.sorted() {
            guard let session = sessions[id] else { continue }
            if let (since, received) = session.unfinished, isTooSlow(session, since, received) {
                cutOff(session, "too-slow")
            } else if let stalled = session.stalledSince, now.instant - stalled > Self.patience {
                cutOff(session, "does-not-read")
            } else if session.connection.input.isEmpty, session.connection.output.isEmpty {
                session.connection.shrink(keeping: 64 << 10)
            }
        }
    }

    /// How long a peer may take for what it began.
    static let patience = Duration.seconds(30)
    /// A large command may take longer while it keeps coming at this rate.
    private static let slowestBytesPerSecond: Int64 = 1024

    private func isTooSlow(_ session: Session, _ since: Instant, _ received: UInt64) -> Bool {
        let elapsed = now.instant - since
        guard elapsed > Self.patience else { return false }
        let bytes = Int64(session.connection.bytesReceived - received)
        return bytes < elapsed.wholeMilliseconds * Self.slowestBytesPerSecond / 1000
    }
}
