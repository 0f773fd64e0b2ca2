import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// This node as one owner among others: what peers ask of its store, and how it asks them.
extension Node {
    func isOwner(of partition: Partition) -> Bool {
        topology?.isOwner(id, of: partition) ?? false
    }

    func isReachable(_ node: NodeID) -> Bool { node == id || peers[node]?.isReachable == true }

    func name(of node: NodeID) -> String {
        topology?.member(node)?.name ?? peers[node]?.name ?? node.short
    }

    /// Puts a frame into the peer's outbox. False when it certainly will not be sent.
    mutating func send(
        _ kind: PeerKind, _ request: UInt64, _ body: [UInt8], to peer: NodeID,
        deadline: Instant?, now: Moment
    ) -> Bool {
        guard let index = peers.position(of: peer), peers.all[index].isLinked else { return false }
        let left = deadline.map { max(1, ($0 - now.instant).wholeMilliseconds) } ?? 0
        let header = FrameHeader(
            kind: kind.rawValue, requestID: request, epoch: topology?.epoch ?? 0,
            clock: clock.latest.rawValue, deadline: UInt32(clamping: left))
        return peers.all[index].outbox.append(header, body)
    }

    /// Merges a record in its stored form into this node's store: the local replica is just
    /// another owner.
    mutating func merge(_ record: [UInt8], expected: Version?, now: Moment)
        -> WriteCoordinator.Reply
    {
        var record = record
        if configuration.plantedBug == .equalVersionDifferentBytes { Self.damage(&record) }
        return record.withUnsafeBytes { bytes in
            guard let view = RecordView.validated(bytes, checkingCRC: false) else {
                return .refused(.badRequest)
            }
            return merge(view, expected: expected)
        }
    }

    /// Changes the last byte of the value, if there is one.
    private static func damage(_ record: inout [UInt8]) {
        let header = RecordLayout.header
        let key = Int(record[RecordLayout.keyLength]) | Int(record[RecordLayout.keyLength + 1]) << 8
        guard let end = record.lastIndex(of: UInt8(ascii: "\n")), end > header + key else { return }
        record[end - 1] ^= 1
    }

    private mutating func merge(_ record: RecordView, expected: Version?) -> WriteCoordinator.Reply
    {
        guard isOwner(of: record.partition) else { return .notOwner(epoch: topology?.epoch ?? 0) }
        let hash = store.hash(of: record.key, partition: record.partition)
        if record.clock <= fences.table.fence(of: record.partition),
            store.find(record.key, hash)?.version != record.version,
            configuration.plantedBug != .replayAfterPurge
        {
            return answerBehindFence(record, hash, expected: expected)
        }
        switch store.merge(record, hash: hash, ifNotAbove: expected) {
        case .accepted, .identical: return isInSync(record.partition) ? .accepted : .held
        case .differing:
            reused(record)
            return .refused(.badRequest)
        // Something as new or newer was here: the writer stamps anew, a hint has nothing to bring.
        case .evicted(let limit): return .superseded(Version(clock: limit, origin: .max))
        case .superseded(let version):
            return configuration.plantedBug == .countSupersededAsAck
                ? .accepted : .superseded(version)
        case .overloaded:
            metrics.overloaded += 1
            return .overloaded
        }
    }

    /// A version came with another value than the one that it names here (V2). The first one stays.
    mutating func reused(_ record: RecordView) {
        metrics.versionsReused += 1
        log(
            .error, "version-reused",
            ["partition": .count(record.partition.number), "version": .of(record.version)])
    }

    /// A frame from a peer. Whatever its bytes, it is understood or counted and dropped.
    mutating func receive(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, from peer: NodeID, now: Moment
    ) {
        metrics.frames += 1
        guard let kind = PeerKind(rawValue: header.kind) else {
            metrics.invalidFrames += 1
            return
        }
        // A stamp too far ahead is not taken, and counted (V3); the frame may still be good.
        _ = clock.observe(HybridClock(rawValue: header.clock), at: now.wall)
        if let epoch = topology?.epoch, header.epoch > epoch { pullTopology(from: peer, now: now) }
        if !dispatch(kind, header, body, from: peer, now: now) { metrics.invalidFrames += 1 }
    }

    private mutating func dispatch(
        _ kind: PeerKind, _ header: FrameHeader, _ body: UnsafeRawBufferPointer,
        from peer: NodeID, now: Moment
    ) -> Bool {
        let id = header.requestID
        switch kind {
        case .write: return receiveWrite(body, id, from: peer, now: now)
        case .writeReply:
            guard let message = WriteReplyMessage(decoding: body) else { return false }
            receive(message.reply, of: id, from: peer, now: now)
        case .read: return receiveRead(body, id, from: peer, now: now)
        case .readReply:
            guard let message = ReadReplyMessage(decoding: body) else { return false }
            receive(message.answer, of: id, from: peer, epoch: header.epoch, now: now)
        case .topologyPull: sendTopology(to: peer, now: now)
        case .topology: return receiveTopology(body, from: peer, now: now)
        case .compare:
            guard let message = CompareMessage(decoding: body) else { return false }
            receive(message, id, from: peer, now: now)
        case .compareReply:
            guard let message = CompareReplyMessage(decoding: body) else { return false }
            receive(message, id, from: peer, now: now)
        case .sketch, .sketchReply, .fetch, .fetchReply, .offer:
            return receiveExchange(kind, id, body, from: peer, now: now)
        case .watermark, .watermarkReply, .prepare, .prepared, .settled:
            return receiveFencing(kind, id, body, from: peer, now: now)
        case .pull:
            guard let message = PullMessage(decoding: body) else { return false }
            receive(message, id, from: peer, now: now)
        case .pullReply: receive(pullReply: body, id, from: peer, now: now)
        case .grepOpen, .grepNext, .grepCancel, .grepBatch:
            return receiveGrep(kind, header, body, from: peer, now: now)
        case .keys, .keysReply: return receiveKeys(kind, id, body, from: peer, now: now)
        case .keyringState, .keyringOffer:
            return receiveKeyring(kind, id, body, from: peer, now: now)
        case .membership: return receiveMembership(body, from: peer, now: now)
        case .letGo: return receiveDecisions(body, from: peer, now: now)
        }
        return true
    }

    private mutating func receiveWrite(
        _ body: UnsafeRawBufferPointer, _ request: UInt64, from peer: NodeID, now: Moment
    ) -> Bool {
        guard let reply = replicaWrite(body, longestValue: .max, now: now) else { return false }
        let body = WriteReplyMessage(reply).encoded()
        _ = send(.writeReply, request, body, to: peer, deadline: nil, now: now)
        return true
    }

    private mutating func receiveRead(
        _ body: UnsafeRawBufferPointer, _ request: UInt64, from peer: NodeID, now: Moment
    ) -> Bool {
        guard let reply = replicaRead(body, now: now) else { return false }
        _ = send(.readReply, request, reply.body, to: peer, deadline: nil, now: now)
        return true
    }

    /// What this owner makes of a replica write, whoever coordinates it; nil for what is none.
    mutating func replicaWrite(
        _ body: UnsafeRawBufferPointer, longestValue: Int, now: Moment
    ) -> WriteCoordinator.Reply? {
        guard let (message, bytes) = WriteMessage.decode(body),
            let record = RecordView.validated(bytes, checkingCRC: false)
        else { return nil }
        guard record.valueLength <= longestValue else { return .refused(.tooLarge) }
        guard clock.observe(record.version.clock, at: now.wall) else {
            return .refused(.clockSkew)
        }
        return merge(record, expected: message.expected)
    }

    /// The body of the answer to a replica read, whoever coordinates it, and what it says; nil for
    /// what is no such read.
    func replicaRead(
        _ body: UnsafeRawBufferPointer, now: Moment
    ) -> (body: [UInt8], answer: ReadAnswer?)? {
        guard let (wantsValue, key) = ReadMessage.decode(body) else { return nil }
        let partition = Slot(of: key.bytes).partition
        guard isOwner(of: partition) else { return (ReadReplyMessage(nil).encoded(), nil) }
        let record = store.read(key, store.hash(of: key, partition: partition))
        let answer = answer(key, record, partition, now: now)
        guard wantsValue, let record, answer.state != .evicted else {
            return (ReadReplyMessage(answer).encoded(), answer)
        }
        return (ReadReplyMessage.encoded(answer, with: record.encoded), answer)
    }

    /// What this owner knows of a key, without the value.
    func answer(
        _ key: UnsafeRawBufferPointer, _ partition: Partition, now: Moment
    ) -> ReadAnswer {
        let record = store.read(key, store.hash(of: key, partition: partition))
        return answer(key, record, partition, now: now)
    }

    private func answer(
        _ key: UnsafeRawBufferPointer, _ record: RecordView?, _ partition: Partition, now: Moment
    ) -> ReadAnswer {
        let isRecovering = !isInSync(partition)
        if record?.isTombstone ?? true, let limit = store.evictionLimit(of: key, partition),
            limit >= record?.clock ?? limit, configuration.plantedBug != .forgottenEvictions
        {
            return .evicted(upTo: limit, isRecovering: isRecovering)
        }
        guard let record else { return .absent(isRecovering: isRecovering) }
        let state: ReadAnswer.State =
            record.kind == .tombstone
            ? .tombstone : record.isExpired(at: now.wall) ? .expired : .value
        return ReadAnswer(version: record.version, state: state, isRecovering: isRecovering)
    }

    /// Whether answers of this node count towards read quorums of the partition (R5).
    func isInSync(_ partition: Partition) -> Bool { recovery?.isInSync(partition) ?? false }

    private mutating func receiveTopology(
        _ body: UnsafeRawBufferPointer, from peer: NodeID, now: Moment
    ) -> Bool {
        guard case .topology(let new)? = try? Response(decoding: body) else { return false }
        formation.asked[peer] = nil
        adopt(new, now: now)
        return true
    }
}
