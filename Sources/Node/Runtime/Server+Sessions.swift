import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Connections that others made: accepting, reading, writing, and getting rid of slow ones.
extension Server {
    func accept(_ listener: Listener, _ make: (Connection) -> Session) {
        for _ in 0..<256 {
            guard let accepted = next(of: listener) else { return }
            let limits = configuration.node.limits
            let reserve = listener === listeners.rpc ? Self.reservedForPeers : 0
            guard clientCount < configuration.maximumConnections + reserve else {
                node.metrics.connectionsRefused += 1
                Socket.close(accepted.descriptor)
                continue
            }
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
                node.handle(.dataPlane(isHealthy: false), at: now)
                acceptsAgain = now.instant + .seconds(1)
            }
            return nil
        }
    }

    func watchListeners(_ interest: Interest) {
        let watched = [
            (listeners.rpc.descriptor, Token.rpc), (listeners.resp?.descriptor, Token.resp),
            (listeners.http?.descriptor, Token.http),
        ]
        for case (let descriptor?, let token) in watched {
            try? poller.modify(descriptor, token: token, interest: interest)
        }
    }

    /// Connections that others made and that are not known to be peers'.
    private var clientCount: Int { sessions.count - links.count - peerSessions }

    /// Callers of the RPC port beyond the limit are heard out, because they may be peers.
    private static let reservedForPeers = 256

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
        if readiness.isReadable || readiness.isHungUp { read(session, readiness) }
        if readiness.isWritable { touch(session) }
    }

    private func read(_ session: Session, _ readiness: Readiness) {
        let outcome = session.connection.fill()
        askAgain(session, after: outcome, of: readiness)
        switch outcome {
        case .read:
            if session.prepare(node: node, into: &prefetches) { return filled.append(session) }
            let wasGreeting = session.isGreeting
            if !screenInput(of: session) { session.receive(node: &node, now: now) }
            if wasGreeting, !session.isGreeting { greeted(session) }
            watchProgress(session)
        case .wouldBlock, .full: break
        case .closed:
            session.isHalfClosed = true
        case .failed: return end(session)
        }
        touch(session)
    }

    /// Edges tell of news only, so whatever this read left behind is asked for once more.
    private func askAgain(
        _ session: Session, after outcome: Connection.Filled, of readiness: Readiness
    ) {
        switch outcome {
        case .read where session.connection.mayHoldMore || readiness.isEnding, .full: break
        default: return
        }
        try? poller.modify(
            session.connection.descriptor, token: session.id, interest: session.interest)
    }

    /// Executes what Redis clients have sent. The memory for all of them is fetched first, so that
    /// its latency is paid once a turn and not once a command; and what is answered leaves at once,
    /// so that its client goes on while the next command is executed.
    func executeFilled() {
        guard !filled.isEmpty else { return }
        if prefetches.count > 1 { prefetches.withUnsafeBufferPointer { node.store.prefetch($0) } }
        prefetches.removeAll(keepingCapacity: true)
        for session in filled {
            session.receive(node: &node, now: now)
            watchProgress(session)
            if node.effects.isEmpty, !session.isTouched { flush(session) } else { touch(session) }
        }
        filled.removeAll(keepingCapacity: true)
    }

    /// The caller has said who it is.
    private func greeted(_ session: Session) {
        if let peer = session.peer {
            guard !isCut(peer) else { return end(session) }
            session.isPeer = true
            peerSessions += 1
        } else if session.link == nil, clientCount > configuration.maximumConnections {
            node.metrics.connectionsRefused += 1
            end(session)
        }
    }

    /// Notes since when an unfinished command waits for its rest.
    private func watchProgress(_ session: Session) {
        if session.connection.input.isEmpty || session.isWaiting || session.isPaused {
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
            session.stalled = nil
            if session.hasMore {
                touch(session)
            } else if session.isEnding && !session.isWaiting
                || session.isHalfClosed && !session.outlastsInput
            {
                return end(session)
            }
        case .wouldBlock:
            session.stalled = session.stalled ?? (now.instant, session.connection.bytesSent)
            if session.connection.isOverOutputLimit { return cutOff(session, "output-limit") }
        case .failed: return end(session)
        }
        watch(session)
    }

    /// Commands that were left in the input because too much was open are taken up again.
    private func resume(_ session: Session) {
        guard session.hasMore else { return }
        session.receive(node: &node, now: now)
        watchProgress(session)
    }

    private func watch(_ session: Session) {
        var interest = Interest.edges
        if session.wantsBytes, !session.isHalfClosed { interest.insert(.read) }
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
        if session.isPeer { peerSessions -= 1 }
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
        if let again = acceptsAgain, again <= now.instant, stopDeadline == nil {
            acceptsAgain = nil
            watchListeners(.read)
            node.handle(.dataPlane(isHealthy: true), at: now)
        }
        for id in sessions.keys.sorted() {
            guard let session = sessions[id] else { continue }
            if session.unfinished == nil { watchProgress(session) }
            if isTooSlow(&session.unfinished, session.connection.bytesReceived) {
                cutOff(session, "too-slow")
            } else if isTooSlow(&session.stalled, session.connection.bytesSent) {
                cutOff(session, "does-not-read")
            } else if session.connection.input.isEmpty, session.connection.output.isEmpty {
                session.connection.shrink(keeping: 64 << 10)
            }
        }
    }

    /// What is large may take longer while it keeps coming, or going, at this rate.
    private static let slowestBytesPerSecond: Int64 = 1024

    /// Looks at one stretch of patience after the other.
    private func isTooSlow(_ stretch: inout (since: Instant, bytes: UInt64)?, _ bytes: UInt64)
        -> Bool
    {
        guard let (since, earlier) = stretch, now.instant - since > configuration.patience else {
            return false
        }
        stretch = (now.instant, bytes)
        let least = (now.instant - since).wholeMilliseconds * Self.slowestBytesPerSecond / 1000
        return Int64(bytes - earlier) < least
    }
}
