import GrepvineDistCore
import GrepvineStorage

/// DBSIZE and SCAN over the whole cluster: each partition is asked of one owner, this node first.
extension Node {
    /// The node that speaks for a partition's keys: this one, or the first that can be reached.
    private func speaker(for partition: Partition) -> NodeID? {
        if isOwner(of: partition), isInSync(partition) { return id }
        return topology?.owners(of: partition).first { $0 != id && isReachable($0) }
    }

    mutating func countKeys(_ request: RequestID, now: Moment) {
        var parts: [NodeID: PartitionSet] = [:]
        for partition in Partition.all {
            guard let speaker = speaker(for: partition) else { continue }
            parts[speaker, default: PartitionSet()].insert(partition)
        }
        let id = nextID()
        var query = KeyQueries.Query(
            request: request, deadline: now.instant + configuration.timeouts.operation,
            waiting: [])
        query.page.count = parts[self.id].map { liveKeys(in: $0) } ?? 0
        for peer in parts.keys.sorted() where peer != self.id {
            let body = KeysMessage.count(parts[peer]!).encoded()
            if send(.keys, id, body, to: peer, deadline: query.deadline, now: now) {
                query.waiting.append(peer)
            }
        }
        wait(for: query, id)
    }

    /// A cursor is a place in the key order of the node that speaks for its partition.
    mutating func scanKeys(from cursor: UInt64, limit: Int, _ request: RequestID, now: Moment) {
        let partition = KeyHash(bits: cursor).partition
        let id = nextID()
        var query = KeyQueries.Query(
            request: request, deadline: now.instant + configuration.timeouts.operation,
            waiting: [])
        guard let speaker = speaker(for: partition) else {
            let text = "partition \(partition) has no owner that can be reached; scan again later"
            return reply(.failure(Failure(.unavailable, text)), to: request)
        }
        guard speaker != self.id else {
            query.page = keys(from: cursor, limit: limit, now: now)
            return wait(for: query, id)
        }
        let body = KeysMessage.page(cursor: cursor, limit: UInt32(limit)).encoded()
        if send(.keys, id, body, to: speaker, deadline: query.deadline, now: now) {
            query.waiting = [speaker]
        }
        wait(for: query, id)
    }

    private mutating func wait(for query: KeyQueries.Query, _ id: UInt64) {
        if query.waiting.isEmpty {
            effects.append(.keys(query.page, query.request))
        } else {
            keyQueries.table[id] = query
            deadlines.add(.keys(id), due: query.deadline)
        }
    }

    private func liveKeys(in partitions: PartitionSet) -> UInt64 {
        UInt64(partitions.elements.reduce(0) { $0 + store.liveKeys(in: $1) })
    }

    /// Pages of this node's partitions from the cursor on, until there are enough keys or a
    /// partition of another speaker begins.
    private func keys(from cursor: UInt64, limit: Int, now: Moment) -> KeysPage {
        var page = KeysPage()
        var next: UInt64? = cursor
        repeat {
            let partition = KeyHash(bits: next!).partition
            guard speaker(for: partition) == id else { break }
            let rest = store.scan(from: next!, in: partition, limit: limit) { record in
                if record.isLive(at: now.wall) { page.keys.append(Key(Array(record.key))) }
                return true
            }
            next = rest ?? Self.start(after: partition)
        } while page.keys.count < limit && next != nil
        page.cursor = next ?? 0
        return page
    }

    private static func start(after partition: Partition) -> UInt64? {
        Int(partition.number) + 1 < Partition.count ? UInt64(partition.number + 1) << 54 : nil
    }

    mutating func receiveKeys(
        _ kind: PeerKind, _ id: UInt64, _ body: UnsafeRawBufferPointer, from peer: NodeID,
        now: Moment
    ) -> Bool {
        if kind == .keysReply {
            guard let page = KeysPage(decoding: body) else { return false }
            receive(page, id, from: peer)
            return true
        }
        guard let message = KeysMessage(decoding: body) else { return false }
        var page = KeysPage()
        switch message {
        case .count(let partitions): page.count = liveKeys(in: partitions)
        case .page(let cursor, let limit):
            page = keysForPeer(from: cursor, limit: Int(limit), now: now)
        }
        _ = send(.keysReply, id, page.encoded(), to: peer, deadline: nil, now: now)
        return true
    }

    /// One partition only: the asker decides who speaks for the next.
    private func keysForPeer(from cursor: UInt64, limit: Int, now: Moment) -> KeysPage {
        var page = KeysPage()
        let partition = KeyHash(bits: cursor).partition
        let next = store.scan(from: cursor, in: partition, limit: min(limit, 10_000)) { record in
            if record.isLive(at: now.wall) { page.keys.append(Key(Array(record.key))) }
            return true
        }
        page.cursor = next ?? Self.start(after: partition) ?? 0
        return page
    }

    private mutating func receive(_ page: KeysPage, _ id: UInt64, from peer: NodeID) {
        guard var query = keyQueries.table[id], query.waiting.contains(peer) else { return }
        query.waiting.removeAll { $0 == peer }
        query.page.count += page.count
        query.page.keys += page.keys
        query.page.cursor = page.cursor
        keyQueries.table[id] = query
        if query.waiting.isEmpty { finishKeys(id) }
    }

    /// A node that did not answer: the reply says what the others know.
    mutating func keysDue(_ id: UInt64, now: Moment) { finishKeys(id) }

    private mutating func finishKeys(_ id: UInt64) {
        guard let query = keyQueries.table.removeValue(forKey: id) else { return }
        if query.waiting.isEmpty {
            effects.append(.keys(query.page, query.request))
        } else {
            let names = query.waiting.map { name(of: $0) }.joined(separator: ", ")
            reply(
                .failure(Failure(.timedOut, "no answer from \(names) about its keys")),
                to: query.request)
        }
    }
}
