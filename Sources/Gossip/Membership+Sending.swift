import GrepvineDistCore

extension Membership {
    /// A body with nothing to carry.
    func bare(_ message: GossipMessage) -> ByteWriter {
        var writer = ByteWriter(capacity: configuration.packetLimit)
        writeHead(message, &writer)
        writer.write(UInt8(0))
        writer.write(UInt8(0))
        return writer
    }

    func writeHead(_ message: GossipMessage, _ writer: inout ByteWriter) {
        writer.write(id)
        writer.write(own.standing.bootEpoch)
        message.encode(into: &writer)
    }

    /// Seals and sends, unless that took more than `limit` bytes.
    mutating func post(
        _ body: ByteWriter, _ message: GossipMessage, to address: Address, limit: Int,
        into effects: inout [GossipEffect]
    ) {
        guard body.bytes.count + envelope.overhead <= limit else { return }
        dispatch(envelope.seal(body.bytes), message, to: address, limit: limit, into: &effects)
    }

    private mutating func dispatch(
        _ datagram: [UInt8], _ message: GossipMessage, to address: Address, limit: Int,
        into effects: inout [GossipEffect]
    ) {
        guard datagram.count <= limit else { return }
        statistics.sent.count(kind: message.kind, bytes: datagram.count)
        effects.append(.send(datagram, to: address))
    }

    /// Sends a message with as much news as fits into `limit` bytes. What is held against the
    /// receiver itself goes first, so that it can refute.
    ///
    /// Broadcasts have a quarter of the packet for themselves, members all the rest, and either
    /// takes what the other leaves (S5).
    mutating func send(
        _ message: GossipMessage, to address: Address, about receiver: NodeID, limit: Int,
        atLeast minimum: Int = 0, into effects: inout [GossipEffect]
    ) {
        var head = ByteWriter(capacity: configuration.packetLimit)
        writeHead(message, &head)
        let room = limit - envelope.overhead - head.bytes.count - 2
        var claims = Parcel(room: room - (broadcasts.isEmpty ? 0 : limit / 4))
        addClaim(about: receiver, to: &claims)
        let transmissions = configuration.transmissions(members: table.liveCount)
        dissemination.send(limit: transmissions) { [table] topic in
            guard let index = table.index(of: topic.id) else { return .taken }
            guard !claims.isFull else { return .full }
            let claim = table.peers[index].claim(withProfile: topic.kind == .profile)
            return claims.add { claim.encode(into: &$0) } ? .taken : .skipped
        }
        var news = Parcel(room: room - claims.bytes.count)
        broadcasts.send(limit: transmissions) { broadcast in
            guard !news.isFull else { return .full }
            return news.add { broadcast.encode(into: &$0) } ? .taken : .skipped
        }
        if claims.isEmpty, news.isEmpty, minimum == 0,
            let heartbeat = heartbeat(message, to: receiver)
        {
            dispatch(envelope.seal(heartbeat), message, to: address, limit: limit, into: &effects)
            return
        }
        claims.close(into: &head)
        news.close(into: &head)
        head.write(zeroes: max(0, minimum - envelope.overhead - head.bytes.count))
        post(head, message, to: address, limit: limit, into: &effects)
    }

    /// What a member must hear about itself: that it is held dead or gone, and, as its buddy, that
    /// it is suspected (Lifeguard §IV-C). A life that nobody has heard of has nothing to refute.
    private func addClaim(about receiver: NodeID, to claims: inout Parcel) {
        guard let index = table.index(of: receiver) else { return }
        let peer = table.peers[index]
        guard peer.liveness != .alive, peer.standing.bootEpoch > 0,
            peer.liveness != .suspect || configuration.lifeguard.contains(.buddy)
        else { return }
        claims.add { peer.claim(withProfile: false).encode(into: &$0) }
    }

    /// One round of gossip, while there is anything to say and anybody to say it to.
    mutating func gossip(now: Instant, into effects: inout [GossipEffect]) {
        guard nextGossip <= now, !isDrained else { return }
        nextGossip = now + configuration.gossipInterval
        for peer in randomPeers(configuration.gossipPeers, where: \.liveness.isLive) {
            guard !isDrained else { return }
            send(
                .gossip, to: peer.address, about: peer.id, limit: configuration.packetLimit,
                into: &effects)
        }
    }

    /// Up to so many others that qualify, each equally likely. Few draws miss when most qualify;
    /// after many misses the rest is looked through.
    mutating func randomPeers(_ count: Int, where qualifies: (Peer) -> Bool) -> [Peer] {
        var chosen: [Int] = []
        var misses = 0
        while chosen.count < count, misses < 16 + 4 * count {
            let pick = Int.random(in: 0..<table.peers.count, using: &dice)
            if !chosen.contains(pick), table.peers[pick].id != id, qualifies(table.peers[pick]) {
                chosen.append(pick)
            } else {
                misses += 1
            }
        }
        if chosen.count < count {
            var rest = table.peers.indices.filter {
                !chosen.contains($0) && table.peers[$0].id != id && qualifies(table.peers[$0])
            }
            rest.shuffle(using: &dice)
            chosen += rest.prefix(count - chosen.count)
        }
        return chosen.map { table.peers[$0] }
    }

    /// Whether a probe to this member was answered from this very source.
    func isVerified(_ origin: Origin) -> Bool { table[origin.id]?.path == origin.address }

    /// Strangers never get more bytes than they sent (S6).
    func limit(for origin: Origin) -> Int {
        isVerified(origin) ? configuration.packetLimit : min(origin.size, configuration.packetLimit)
    }
}

/// Items that share what is left of a datagram, behind their count.
struct Parcel {
    private(set) var bytes: [UInt8] = []
    private var count: UInt8 = 0
    let room: Int

    init(room: Int) { self.room = room }

    var isEmpty: Bool { count == 0 }

    /// Not even the shortest item would fit.
    var isFull: Bool { room - bytes.count < 36 || count == .max }

    /// False when the item does not fit; nothing is added then.
    @discardableResult
    mutating func add(_ encode: (inout ByteWriter) -> Void) -> Bool {
        guard count < .max, bytes.count < room else { return false }
        var item = ByteWriter(capacity: 128)
        encode(&item)
        guard bytes.count + item.bytes.count <= room else { return false }
        bytes.append(contentsOf: item.bytes)
        count += 1
        return true
    }

    func close(into writer: inout ByteWriter) {
        writer.write(count)
        writer.write(raw: bytes)
    }
}
