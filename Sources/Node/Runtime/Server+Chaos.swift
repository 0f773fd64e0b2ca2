import GrepvineDistCore
import GrepvineTransport

/// Faults on purpose between this node and its peers. All of it is idle unless the node was started
/// with `--enable-chaos`; clients never meet any.
extension Server {
    static func edge(_ configuration: NodeConfiguration) -> FaultyEdge? {
        guard configuration.allowsChaos else { return nil }
        return FaultyEdge(seed: NodeID.random().low, largestFrame: RPCSession.largestFrame)
    }

    /// What a client wants of it.
    func carryOut(_ request: ChaosRequest) -> Response {
        do throws(Failure) {
            try change(request)
            return .chaos(chaosReport)
        } catch {
            return .failure(error)
        }
    }

    private func change(_ request: ChaosRequest) throws(Failure) {
        switch request {
        case .show: break
        case .set(let faults, let name, let directions, let lasting):
            let peer = try peer(named: name)
            for direction in directions.each {
                let way = FaultInjector.Way(peer: peer, direction: direction)
                edge?.injector.set(faults, on: way, until: lasting.map { now.instant + $0 })
            }
            noteChange(faults, name, directions, lasting)
        case .heal(let name):
            edge?.injector.heal(try peer(named: name))
            note(LogEvent(.warning, "chaos-healed", ["peer": .text(name ?? "all")]))
        }
    }

    /// No name stands for all peers, and so does no id.
    private func peer(named name: String?) throws(Failure) -> NodeID? {
        guard let name else { return nil }
        if let peer = node.peers.all.first(where: { $0.name == name }) { return peer.id }
        let names = node.peers.all.map(\.name).joined(separator: ", ")
        throw Failure(.badRequest, "this node has no peer \(name); its peers are: \(names)")
    }

    private var chaosReport: ChaosReport {
        guard let edge else { return ChaosReport() }
        let rules = edge.injector.rules.sorted { $0.key < $1.key }.map { way, rule in
            ChaosRule(
                peer: way.peer.map { node.name(of: $0) },
                directions: ChaosDirections(rawValue: way.direction.rawValue),
                faults: rule.faults,
                remaining: rule.end.map {
                    .milliseconds(max(.zero, $0 - now.instant).wholeMilliseconds)
                })
        }
        return ChaosReport(rules: rules, counts: edge.counts)
    }

    private func noteChange(
        _ faults: Faults, _ name: String?, _ directions: ChaosDirections, _ lasting: Duration?
    ) {
        note(
            LogEvent(
                .warning, "chaos-set",
                [
                    "peer": .text(name ?? "all"), "direction": .of(directions),
                    "drop": .of(faults.drop), "duplicate": .of(faults.duplicate),
                    "delay": .duration(faults.delay), "jitter": .duration(faults.jitter),
                    "cut": .flag(faults.isCut), "lasting": lasting.map { .duration($0) } ?? "",
                ]))
    }
}

/// The time that passes.
extension Server {
    /// Lets on what was held back long enough, before anything else of this turn may overtake it.
    func letOn() {
        guard edge != nil else { return }
        for way in edge?.injector.expire(now.instant) ?? [] {
            note(
                LogEvent(
                    .warning, "chaos-ended",
                    [
                        "peer": .text(way.peer.map { node.name(of: $0) } ?? "all"),
                        "direction": .of(ChaosDirections(rawValue: way.direction.rawValue)),
                    ]))
        }
        while let item = edge?.take(now.instant) { letOn(item) }
        node.metrics.chaos = edge?.counts
    }

    /// What belongs to a connection that is gone went with it.
    private func letOn(_ item: HeldTraffic.Item) {
        switch item.way {
        case .datagram(let address): datagrams.send(item.bytes, to: address)
        case .arrivedDatagram(let address): receive(datagram: item.bytes, from: address)
        case .frame(let id):
            guard let session = sessions[id] else { return }
            session.connection.output.append(item.bytes)
            touch(session)
        case .arrivedFrame(let id):
            guard let session = sessions[id] else { return }
            var frames = IOBuffer()
            frames.append(item.bytes)
            session.receive(frames: &frames, node: &node, now: now)
            touch(session)
        }
    }
}

/// What travels.
extension Server {
    /// How often this datagram goes on at once.
    func screen(
        datagram: [UInt8], _ address: Address, _ direction: FaultInjector.Direction,
        on way: HeldTraffic.Way
    ) -> Int {
        guard edge != nil else { return 1 }
        let peer = peer(at: address)
        guard edge?.injector.screens(peer, direction, now.instant) == true else { return 1 }
        return edge?.screen(datagram: datagram, peer, direction, on: way, now: now.instant) ?? 1
    }

    /// Peers may be known by a name, datagrams come from numbers.
    private func peer(at address: Address) -> NodeID? {
        node.peers.all.first {
            $0.address == address || gossipAddresses[$0.address]?.address == address
        }?.id
    }

    /// False when nothing is wrong on the way to the peer.
    func screen(outbox: Outbox, of peer: NodeID, on session: Session) -> Bool {
        guard edge?.injector.screens(peer, .outgoing, now.instant) == true else { return false }
        outbox.drain { frames in
            _ = edge?.screen(
                frames: frames, peer, .outgoing, on: .frame(session: session.id),
                now: now.instant, into: &session.connection.output)
        }
        return true
    }

    /// False when nothing is wrong on the way from the peer.
    func screenInput(of session: Session) -> Bool {
        guard edge != nil, let peer = session.peer,
            edge?.injector.screens(peer, .incoming, now.instant) == true
        else { return false }
        var passing = IOBuffer()
        let frames = UnsafeRawBufferPointer(session.connection.input.readable)
        let looked = edge?.screen(
            frames: frames, peer, .incoming, on: .arrivedFrame(session: session.id),
            now: now.instant, into: &passing)
        session.connection.input.consume(looked ?? 0)
        session.receive(frames: &passing, node: &node, now: now)
        return true
    }

    /// Connections cannot be made to, nor taken from, a peer that is cut off in any direction.
    func isCut(_ peer: NodeID?) -> Bool {
        guard let peer, let edge else { return false }
        return edge.injector.isCut(peer)
    }
}
