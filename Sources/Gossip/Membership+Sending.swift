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
        _ body: ByteWriter, to address: Address, limit: Int, into effects: inout [GossipEffect]
    ) {
        guard body.bytes.count + envelope.overhead <= limit else { return }
        let datagram = envelope.seal(body.bytes)
        statistics.sent += 1
        statistics.sentBytes += datagram.count
        effects.append(.send(datagram, to: address))
    }

    /// Sends a message with as much news as fits into `limit` bytes. What is held against the
    /// receiver itself goes first, so that it can refute.
    mutating func send(
        _ message: GossipMessage, to address: Address, about receiver: NodeID, limit: Int,
        into effects: inout [GossipEffect]
    ) {
        var head = ByteWriter(capacity: configuration.packetLimit)
        writeHead(message, &head)
        let room = limit - envelope.overhead - head.bytes.count - 2
        let reserved = broadcasts.isEmpty ? 0 : configuration.packetLimit / 4
        var claims = Parcel(room: room - reserved)
        if let peer = table[receiver], peer.liveness != .alive {
            claims.add { peer.claim(withProfile: false).encode(into: &$0) }
        }
        let transmissions = configuration.transmissions(members: table.liveCount)
        dissemination.send(limit: transmissions) { [table] entry in
            guard let peer = table[entry.id] else { return true }
            return claims.add {
                peer.claim(withProfile: entry.kind == .profile).encode(into: &$0)
            }
        }
        var news = Parcel(room: room - claims.bytes.count)
        broadcasts.send(limit: transmissions) { broadcast in
            news.add { broadcast.encode(into: &$0) }
        }
        claims.close(into: &head)
        news.close(into: &head)
        post(head, to: address, limit: limit, into: &effects)
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

    /// Up to so many others that qualify, each equally likely.
    mutating func randomPeers(_ count: Int, where qualifies: (Peer) -> Bool) -> [Peer] {
        var candidates = table.peers.indices.filter {
            table.peers[$0].id != id && qualifies(table.peers[$0])
        }
        var chosen: [Peer] = []
        while chosen.count < count, !candidates.isEmpty {
            let pick = Int.random(in: 0..<candidates.count, using: &dice)
            chosen.append(table.peers[candidates[pick]])
            candidates.swapAt(pick, candidates.count - 1)
            candidates.removeLast()
        }
        return chosen
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
