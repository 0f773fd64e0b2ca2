import GrepvineDistCore
import GrepvineTransport

/// Making, feeding and losing connections.
extension Engine {
    func connect(_ link: Link) {
        lastToken += 1
        link.token = lastToken
        linksByToken[link.token] = link
        link.attemptDeadline = now + configuration.connectTimeout
        wake(at: link.attemptDeadline)
        if let numeric = SocketAddress(link.address) {
            link.alternatives = [numeric]
            return open(link)
        }
        link.state = .resolving
        let (address, token, resolutions) = (link.address, link.token, resolutions)
        let isStarted = WorkerThread.detach("resolve") {
            let found = Result { () throws(SocketError) in try Resolver.resolve(address) }
            _ = resolutions.post(Resolution(token: token, found: found))
        }
        if !isStarted { fail(link, Failure(.unavailable, "\(address): no thread to resolve it")) }
    }

    func resolved(_ resolution: Resolution) {
        guard let link = linksByToken[resolution.token], link.state == .resolving else { return }
        switch resolution.found {
        case .success(let addresses):
            link.alternatives = addresses
            open(link)
        case .failure(let error): fail(link, Self.unreachable(link, "\(error)"))
        }
    }

    /// Tries the addresses that are left, in their order.
    private func open(_ link: Link) {
        var reason = "the name has no address"
        while !link.alternatives.isEmpty {
            let peer = link.alternatives.removeFirst()
            do throws(SocketError) {
                let connection = try Connection(
                    to: peer, inputLimit: 2 * configuration.maxFrame,
                    outputLimit: 4 * configuration.maxFrame)
                try poller.add(connection.descriptor, token: link.token, interest: .write)
                link.interest = .write
                link.connection = connection
                link.state = .connecting
                return
            } catch {
                reason = "\(error)"
            }
        }
        fail(link, Self.unreachable(link, reason))
    }

    func handle(_ readiness: Readiness) {
        guard let link = linksByToken[readiness.token], let connection = link.connection
        else { return }
        if link.state == .connecting {
            if readiness.isWritable || readiness.isHungUp { finishConnecting(link, connection) }
            return
        }
        if readiness.isReadable || readiness.isHungUp { receive(link, connection) }
        if readiness.isWritable, link.connection === connection { markDirty(link) }
    }

    private func finishConnecting(_ link: Link, _ connection: Connection) {
        do throws(SocketError) {
            try connection.finishConnecting()
            link.state = .greeting
            link.alternatives = []
            greet(link, connection)
        } catch {
            discard(link)
            if link.alternatives.isEmpty {
                fail(link, Self.unreachable(link, "\(error)"))
            } else {
                open(link)
            }
        }
    }

    /// An attempt took too long, or the pause before the next one is over.
    func attend(_ link: Link) {
        switch link.state {
        case .idle: connect(link)
        case .resolving, .connecting, .greeting:
            fail(
                link,
                Self.unreachable(link, "no connection within \(configuration.connectTimeout)"))
        case .ready: break
        }
    }

    /// Ends the connection or the attempt. Its calls go elsewhere when that is safe.
    func fail(_ link: Link, _ failure: Failure) {
        let wasReady = link.state == .ready
        let sent = link.inFlight.sorted { $0.key < $1.key }
        let asks = link.asks.sorted { $0.key < $1.key }
        let queued = link.queue
        let connection = link.connection
        close(link)
        link.failures += 1
        link.lastFailure = failure
        link.retryAt = now + backoff(link.failures)
        if let connection {
            for (_, call) in sent {
                guard case .sent(_, _, let start) = call.place else { continue }
                lost(call, start: start, on: link, connection, failure)
            }
            for (id, ask) in asks {
                ask.fanOut.open.removeAll { $0.id == id }
                lost(ask, wasTransmitted: connection.bytesSent > ask.start)
            }
        }
        for call in queued {
            call.place = .nowhere
            call.tried.append(link.address)
            call.reasons.append(failure)
            backlog.append(call)
        }
        if wasReady {
            mapMembers()
            hint(epoch: .max, at: nil)
        }
        forgetIfUnused(link)
    }

    /// Drops the connection and forgets its calls.
    func close(_ link: Link) {
        discard(link)
        linksByToken[link.token] = nil
        link.state = .idle
        link.node = nil
        link.attemptDeadline = .distantFuture
        link.alternatives = []
        link.queue = []
        link.inFlight = [:]
        link.asks = [:]
        link.isSilent = false
        link.orphans = []
        link.silentTimeouts = 0
    }

    private func discard(_ link: Link) {
        guard let connection = link.connection else { return }
        // Only a descriptor that is not registered could fail here, and closing forgets it too.
        try? poller.remove(connection.descriptor)
        connection.close()
        link.connection = nil
    }

    private func backoff(_ failures: Int) -> Duration {
        let doublings = min(failures - 1, 20)
        let full = min(
            configuration.longestBackoff, configuration.shortestBackoff * (1 << doublings))
        let half = full.wholeNanoseconds / 2
        return .nanoseconds(half + Int64.random(in: 0...max(half, 0), using: &random))
    }

    static func unreachable(_ link: Link, _ reason: String) -> Failure {
        Failure(.unavailable, "\(link.address): \(reason)")
    }
}

/// Output goes out once per turn, however many calls it holds.
extension Engine {
    func markDirty(_ link: Link) {
        guard !link.isDirty else { return }
        link.isDirty = true
        dirty.append(link)
    }

    func flushAll() {
        let links = dirty
        dirty = []
        for link in links {
            link.isDirty = false
            if let connection = link.connection { flush(link, connection) }
        }
    }

    private func flush(_ link: Link, _ connection: Connection) {
        switch connection.flush() {
        case .done: watch(link, connection, .read)
        case .wouldBlock: watch(link, connection, [.read, .write])
        case .failed: fail(link, Self.unreachable(link, "the connection broke while sending"))
        }
    }

    private func watch(_ link: Link, _ connection: Connection, _ interest: Interest) {
        guard link.interest != interest else { return }
        do throws(SocketError) {
            try poller.modify(connection.descriptor, token: link.token, interest: interest)
            link.interest = interest
        } catch {
            fail(link, Self.unreachable(link, "\(error)"))
        }
    }
}
