import GrepvineDistCore
import GrepvineTransport

/// The connections that this node makes to its peers, one each, made again for as long as the
/// node wants the peer.
struct Link {
    var address: Address
    /// The session that carries it; nil while there is none.
    var session: UInt64?
    var isResolving = false
    var failures = 0
    var nextTry: Instant

    /// 50 ms, doubling to 1 s: a restarted peer is met soon, a dead one costs little.
    mutating func failed(now: Instant) {
        session = nil
        failures += 1
        nextTry = now + .milliseconds(min(1000, 50 << min(failures - 1, 5)))
    }
}

extension Server {
    /// The node says which peers it wants.
    func want(_ peers: [Peer]) {
        let ids = Set(peers.map(\.id))
        for id in links.keys.sorted() where !ids.contains(id) {
            if let session = links[id]?.session.flatMap({ sessions[$0] }) { end(session) }
            links[id] = nil
        }
        for peer in peers {
            if let link = links[peer.id], link.address == peer.address { continue }
            if let session = links[peer.id]?.session.flatMap({ sessions[$0] }) { end(session) }
            links[peer.id] = Link(address: peer.address, nextTry: now.instant)
        }
        connectLinks()
    }

    /// Starts connections that are due.
    func connectLinks() {
        for (id, link) in links.sorted(by: { $0.key < $1.key })
        where link.session == nil && !link.isResolving && link.nextTry <= now.instant {
            if let address = SocketAddress(link.address) {
                connect(id, to: address)
            } else {
                resolve(id, link.address)
            }
        }
        nextLinkTry =
            links.values.filter { $0.session == nil && !$0.isResolving }.map(\.nextTry).min()
            ?? .distantFuture
    }

    /// Names are looked up away from the loop, because that may take seconds.
    private func resolve(_ id: NodeID, _ address: Address) {
        links[id]?.isResolving = true
        let commands = commands
        let isStarted = WorkerThread.detach("resolve") {
            let found = try? Resolver.resolve(address).first
            _ = commands.post(.resolved(id, address, found))
        }
        if !isStarted { resolved(id, address, nil) }
    }

    func resolved(_ id: NodeID, _ address: Address, _ found: SocketAddress?) {
        guard links[id]?.address == address else { return }
        links[id]?.isResolving = false
        if let found { connect(id, to: found) } else { linkFailed(id) }
    }

    private func connect(_ id: NodeID, to address: SocketAddress) {
        guard !isCut(id) else { return linkFailed(id) }
        do throws(SocketError) {
            let connection = try Connection(
                to: address, inputLimit: 1 << 20,
                outputLimit: configuration.node.limits.outboxBytes * 2)
            let session = Session(
                connection, link: LinkSession(peer: id), id: nextSessionID())
            session.interest = connection.isConnecting ? [.write, .edges] : [.read, .edges]
            links[id]?.session = session.id
            open(session)
            if !connection.isConnecting { connected(session) }
        } catch {
            linkFailed(id)
        }
    }

    private func linkFailed(_ id: NodeID) {
        links[id]?.failed(now: now.instant)
        nextLinkTry = min(nextLinkTry, links[id]?.nextTry ?? .distantFuture)
    }

    /// The connection stands, or it does not.
    func connected(_ session: Session) {
        do throws(SocketError) {
            try session.connection.finishConnecting()
        } catch {
            return end(session)
        }
        session.link?.greet(node: node, output: &session.connection.output)
        touch(session)
    }

    /// A link broke or was refused.
    func linkEnded(_ link: LinkSession) {
        linkFailed(link.peer)
        node.handle(.linkDown(link.peer), at: now)
    }
}
