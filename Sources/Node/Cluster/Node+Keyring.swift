import GrepvineDistCore

/// How the cluster's keyring changes (S6). One node makes the change, and offers the new ring to
/// all others; a node that was away says on its return what it holds, and is offered what it
/// missed. A ring travels sealed under a key that both ends hold.
extension Node {
    private static var patience: Duration { .milliseconds(1500) }

    mutating func receive(_ request: KeyringRequest, _ id: RequestID, now: Moment) {
        guard keyring.ring != nil else {
            return reply(.failure(Self.keyless), to: id)
        }
        guard keyring.queries.count < KeyringState.mostQueries else {
            let text = "\(KeyringState.mostQueries) changes of the keyring are under way"
            return reply(.failure(Failure(.overloaded, text)), to: id)
        }
        switch request {
        case .list: askAll(KeyringState.Query(request: id, waiting: []), now: now)
        case .change(let letter): effects.append(.keyring(.openOrder(letter, id)))
        }
    }

    mutating func receive(_ event: KeyringEvent, now: Moment) {
        switch event {
        case .order(nil, let id): reply(.failure(Self.unauthorized), to: id)
        case .order(let change?, let id):
            askAll(KeyringState.Query(request: id, change: change, waiting: []), now: now)
        case .offered(let ring, let peer, let request):
            take(ring, from: peer, request, now: now)
        case .sealed(let letter, let peer, let request):
            _ = send(.keyringOffer, request, letter, to: peer, deadline: nil, now: now)
        }
    }

    /// First everybody is asked what it holds: what may be changed depends on it.
    private mutating func askAll(_ query: KeyringState.Query, now: Moment) {
        var query = query
        let id = nextID()
        let question = KeyringStateMessage(keyring.ring, wantsReply: true).encoded()
        for peer in peers.all where peer.isReachable {
            if send(.keyringState, id, question, to: peer.id, deadline: nil, now: now) {
                query.waiting.append(peer.id)
            }
        }
        wait(for: query, id, now: now)
    }

    private mutating func wait(for query: KeyringState.Query, _ id: UInt64, now: Moment) {
        keyring.queries[id] = query
        if query.waiting.isEmpty { return proceed(id, now: now) }
        deadlines.add(.keyring(id), due: now.instant + Self.patience)
    }

    /// Who has not answered by now is not waited for any longer.
    mutating func keyringDue(_ id: UInt64, now: Moment) {
        guard keyring.queries[id] != nil else { return }
        proceed(id, now: now)
    }

    /// Everybody has said what it holds: make the change, or report.
    private mutating func proceed(_ id: UInt64, now: Moment) {
        guard let query = keyring.queries.removeValue(forKey: id), let ring = keyring.ring else {
            return
        }
        guard let change = query.change else {
            return reply(.keyring(keyringReport(ring)), to: query.request)
        }
        do throws(KeyringRefusal) {
            let next = try ring.changed(by: change, unconfirmed: unconfirmed(ring))
            if next != ring { become(next, why: "changed") }
            offerToAll(next, query.request, now: now)
        } catch {
            reply(.failure(Self.failure(error)), to: query.request)
        }
    }

    private mutating func offerToAll(_ ring: Keyring, _ request: RequestID, now: Moment) {
        var query = KeyringState.Query(request: request, waiting: [])
        let id = nextID()
        for peer in peers.all where peer.isReachable && keyring.heard[peer.id]?.ring != ring {
            if offer(to: peer.id, id) { query.waiting.append(peer.id) }
        }
        wait(for: query, id, now: now)
    }

    /// False when the peer shares no key with this node.
    private mutating func offer(to peer: NodeID, _ request: UInt64) -> Bool {
        guard let ring = keyring.ring, let theirs = keyring.heard[peer]?.ring,
            theirs.version < ring.version, let key = ring.common(with: theirs.keys)
        else { return false }
        effects.append(.keyring(.seal(under: key, to: peer, request: request)))
        return true
    }

    private mutating func become(_ ring: Keyring, why: String) {
        keyring.ring = ring
        effects.append(.keyring(.become(ring)))
        log(
            .info, "keyring-\(why)",
            [
                "version": .count(ring.version.number), "primary": .of(ring.primary),
                "keys": .text(ring.keys.map(\.description).joined(separator: " ")),
            ])
    }

    /// A peer's ring; nil when its letter could not be opened. The newer ring wins.
    private mutating func take(
        _ ring: Keyring?, from peer: NodeID, _ request: UInt64, now: Moment
    ) {
        if let ring, let mine = keyring.ring, ring.version > mine.version {
            keyring.heard[peer] = .ring(ring)
            become(ring, why: "received")
        }
        let state = KeyringStateMessage(keyring.ring, isFinal: true)
        _ = send(.keyringState, request, state.encoded(), to: peer, deadline: nil, now: now)
    }

    mutating func receiveKeyring(
        _ kind: PeerKind, _ request: UInt64, _ body: UnsafeRawBufferPointer, from peer: NodeID,
        now: Moment
    ) -> Bool {
        if kind == .keyringOffer {
            effects.append(
                .keyring(.openOffer(Array(body.prefix(1024)), from: peer, request: request)))
            return true
        }
        guard peers.position(of: peer) != nil,
            let message = KeyringStateMessage(decoding: body)
        else { return false }
        receive(message, request, from: peer, now: now)
        return true
    }

    private mutating func receive(
        _ message: KeyringStateMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        keyring.heard[peer] = message.ring.map { .ring($0) } ?? .keyless
        let isNewer = message.ring.map { $0.version > keyring.ring?.version ?? $0.version } ?? false
        if message.wantsReply || isNewer && !message.isFinal {
            let state = KeyringStateMessage(keyring.ring, isFinal: message.wantsReply && !isNewer)
            _ = send(.keyringState, request, state.encoded(), to: peer, deadline: nil, now: now)
        }
        if !message.isFinal { offerOrComplain(peer, request, now: now) }
        for id in keyring.queries.keys.sorted() {
            keyring.queries[id]?.waiting.removeAll { $0 == peer }
            if keyring.queries[id]?.waiting.isEmpty == true { proceed(id, now: now) }
        }
    }

    private mutating func offerOrComplain(_ peer: NodeID, _ request: UInt64, now: Moment) {
        guard let mine = keyring.ring, let theirs = keyring.heard[peer]?.ring,
            mine.common(with: theirs.keys) == nil
        else {
            _ = offer(to: peer, request)
            return
        }
        log(
            .warning, "keyring-locked",
            [
                "peer": .text(name(of: peer)),
                "reason": .text(
                    "it holds \(theirs.keys.map(\.description)) and this node"
                        + " \(mine.keys.map(\.description)); neither can tell the other its keys"),
            ])
    }

    /// A connection to a peer stands: both say what they hold.
    mutating func tellKeyring(to peer: NodeID, now: Moment) {
        guard keyring.ring != nil else { return }
        let state = KeyringStateMessage(keyring.ring).encoded()
        _ = send(.keyringState, nextID(), state, to: peer, deadline: nil, now: now)
        _ = offer(to: peer, nextID())
    }

    /// Nobody waits for a peer that cannot be reached.
    mutating func keyringLost(_ peer: NodeID, now: Moment) {
        for id in keyring.queries.keys.sorted()
        where keyring.queries[id]?.waiting.contains(peer) == true {
            keyring.queries[id]?.waiting.removeAll { $0 == peer }
            if keyring.queries[id]?.waiting.isEmpty == true { proceed(id, now: now) }
        }
    }
}

/// What operators are told.
extension Node {
    /// Members, or before there are any all nodes in sight, that are not known to hold the ring.
    private func unconfirmed(_ ring: Keyring) -> [String] {
        peers.all.filter { peer in
            (topology == nil || topology?.member(peer.id) != nil)
                && !(peer.isReachable && keyring.heard[peer.id]?.ring == ring)
        }.map(\.name)
    }

    private func keyringReport(_ ring: Keyring) -> KeyringReport {
        let own = KeyringReport.Node(
            id: id, name: configuration.name, standing: .current, ring: ring)
        return KeyringReport(
            ring: ring,
            nodes: [own]
                + peers.all.map { peer in
                    let heard = keyring.heard[peer.id]
                    return KeyringReport.Node(
                        id: peer.id, name: peer.name, standing: standing(of: peer, ring),
                        ring: heard?.ring)
                })
    }

    private func standing(of peer: PeerState, _ ring: Keyring) -> KeyringReport.Standing {
        guard peer.isReachable else { return .unreachable }
        switch keyring.heard[peer.id] {
        case nil: return .silent
        case .keyless: return .keyless
        case .ring(let theirs):
            if theirs == ring { return .current }
            return ring.common(with: theirs.keys) == nil ? .locked : .behind
        }
    }

    private static var keyless: Failure {
        Failure(
            .badRequest,
            "this node has no gossip key; start it with --gossip-key-file FILE")
    }

    private static var unauthorized: Failure {
        Failure(
            .unauthorized,
            "the change is sealed with a key that this node does not hold, or for another cluster;"
                + " nothing was changed")
    }

    private static func failure(_ refusal: KeyringRefusal) -> Failure {
        switch refusal {
        case .changedMeanwhile:
            Failure(.conflict, "the keyring was changed meanwhile; list it and try again")
        case .full:
            Failure(
                .badRequest,
                "the keyring holds \(Keyring.capacity) keys already, the most; remove one first")
        case .noSuchKey(let key): Failure(.badRequest, "the keyring holds no key \(key)")
        case .isPrimary(let key):
            Failure(
                .badRequest, "key \(key) seals what the cluster sends; use another one first")
        case .unconfirmed(let names):
            Failure(
                .unavailable,
                "\(names.joined(separator: ", ")) did not confirm the keyring as it is and would be"
                    + " cut off; nothing was changed (--force does it all the same)")
        }
    }
}
