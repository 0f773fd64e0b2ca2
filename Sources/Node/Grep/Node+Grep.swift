import GrepvineDistCore
import GrepvineSearch

/// Coordinating a grep: every partition exactly once at a live owner in sync, hits merged by key,
/// and an honest account of what could not be covered (section 13).
extension Node {
    mutating func openGrep(
        _ query: GrepQuery, _ request: RequestID, deadline: Duration?, now: Moment
    ) {
        guard let topology else { return reply(.failure(notReady), to: request) }
        var (query, start) = (query, GrepPosition?.none)
        if let text = query.cursor {
            do throws(Failure) {
                let cursor = try GrepCursor(text, for: query, cluster: topology.clusterID)
                start = cursor.position
                (query.cursor, query.filter.notBefore) = (nil, cursor.notBefore)
            } catch {
                return reply(.failure(error), to: request)
            }
        }
        do throws(PatternError) {
            _ = try LineMatcher(query)
            _ = try DocumentSelector(query)
        } catch {
            return reply(.failure(Failure(.badPattern, error.description)), to: request)
        }
        guard grep.streams.count < configuration.limits.grepStreams else {
            metrics.overloaded += 1
            let text =
                "\(grep.streams.count) greps are open on this node, the limit; nothing was"
                + " searched, try again later"
            return reply(.failure(Failure(.overloaded, text)), to: request)
        }
        metrics.greps += 1
        let id = nextID()
        let end = now.instant + min(deadline ?? configuration.timeouts.grep, .seconds(600))
        var stream = GrepStream(
            query: query, start: start, session: request.session, deadline: end, now: now.instant)
        stream.waiting = request
        grep.streams[id] = stream
        deadlines.add(.stream(id), due: now.instant + configuration.timeouts.retry)
        search(PartitionSet(Partition.all), after: nil, excluding: [], for: id, now: now)
        pump(id, now: now)
    }

    /// The client wants the next batch.
    mutating func nextGrep(_ id: UInt64, _ request: RequestID, now: Moment) {
        guard grep.streams[id]?.session == request.session else {
            let text = "stream \(id) is over or was never opened on this connection"
            return reply(.failure(Failure(.unknownStream, text)), to: request)
        }
        if let replaced = grep.streams[id]?.waiting {
            reply(.hits(GrepBatch(stream: id, hits: [])), to: replaced)
        }
        grep.streams[id]?.waiting = request
        grep.streams[id]?.lastUse = now.instant
        pump(id, now: now)
    }

    mutating func cancelGrep(_ id: UInt64, _ request: RequestID, now: Moment) {
        guard grep.streams[id]?.session == request.session else {
            return reply(
                .hits(GrepBatch(stream: id, hits: [], summary: GrepSummary())), to: request)
        }
        let summary = grep.streams[id]?.finalSummary()
        closeStream(id, now: now)
        reply(.hits(GrepBatch(stream: id, hits: [], summary: summary)), to: request)
    }

    /// Spreads partitions over live owners and opens a search at each.
    private mutating func search(
        _ partitions: PartitionSet, after: Key?, excluding: [NodeID], for id: UInt64, now: Moment
    ) {
        guard let topology, let stream = grep.streams[id] else { return }
        var parts: [NodeID: PartitionSet] = [:]
        var missing = PartitionSet()
        for partition in partitions.elements {
            let owners = topology.owners(of: partition).filter { owner in
                !excluding.contains(owner)
                    && (owner == self.id ? isInSync(partition) : isReachable(owner))
            }
            if let owner = owners.first(where: { peers[$0]?.route.isOpen != true }) ?? owners.first
            {
                parts[owner, default: PartitionSet()].insert(partition)
            } else {
                missing.insert(partition)
            }
        }
        grep.streams[id]?.miss(missing)
        for owner in parts.keys.sorted() {
            let message = GrepOpenMessage(
                partitions: parts[owner]!, after: after, position: stream.start,
                query: stream.query)
            open(message, at: owner, excluding: excluding, for: id, now: now)
        }
    }

    private mutating func open(
        _ message: GrepOpenMessage, at owner: NodeID, excluding: [NodeID], for id: UInt64,
        now: Moment
    ) {
        guard let deadline = grep.streams[id]?.deadline else { return }
        let search = nextID()
        let source = GrepStream.Source(
            owner: owner, partitions: message.partitions, search: search, last: message.after,
            deadline: now.instant + configuration.timeouts.operation)
        grep.streams[id]?.add(source, excluding: excluding)
        grep.streamOfSearch[search] = id
        if owner == self.id {
            openSearch(
                message, request: search, from: self.id, budget: deadline - now.instant, now: now)
        } else if !send(
            .grepOpen, search, message.encoded(), to: owner, deadline: deadline, now: now)
        {
            fail(search: search, now: now)
        }
    }

    /// A batch of an owner.
    mutating func receive(_ batch: GrepBatchMessage, of search: UInt64, now: Moment) {
        guard let id = grep.streamOfSearch[search],
            let index = grep.streams[id]?.source(of: search),
            let source = grep.streams[id]?.sources[index], source.isWaiting
        else { return }
        guard batch.isRefused || batch.number == source.received else { return }
        if batch.isRefused { return fail(search: search, now: now) }
        grep.streams[id]?.receive(batch, from: index)
        if !batch.refused.isEmpty {
            self.search(
                batch.refused, after: nil, excluding: source.excluding + [source.owner], for: id,
                now: now)
        }
        pump(id, now: now)
    }

    /// An owner will not finish its part: only what it has not delivered moves to others (G2).
    mutating func fail(search: UInt64, now: Moment) {
        guard let id = grep.streamOfSearch.removeValue(forKey: search),
            let index = grep.streams[id]?.source(of: search),
            let source = grep.streams[id]?.sources[index], !source.isOver
        else { return }
        metrics.grepReplans += 1
        grep.streams[id]?.end(index)
        self.search(
            source.partitions, after: source.last, excluding: source.excluding + [source.owner],
            for: id, now: now)
        pump(id, now: now)
    }

    mutating func failSearches(at owner: NodeID, now: Moment) {
        for id in grep.streams.keys.sorted() {
            for source in grep.streams[id]?.sources ?? [] where source.owner == owner {
                fail(search: source.search, now: now)
            }
        }
        for (id, search) in grep.own.sorted(by: { $0.key < $1.key }) where search.peer == owner {
            closeSearch(id)
        }
    }

    /// Answers the waiting client when something is certain, and asks owners for more.
    private mutating func pump(_ id: UInt64, now: Moment) {
        guard let request = grep.streams[id]?.waiting, var stream = grep.streams[id] else { return }
        let hits = stream.take()
        grep.streams[id] = stream
        if stream.isDone {
            closeStream(id, now: now)
            let batch = GrepBatch(stream: id, hits: hits, summary: summary(of: stream))
            return reply(.hits(batch), to: request)
        }
        for index in stream.wanted { askForMore(id, index, now: now) }
        guard !hits.isEmpty, grep.streams[id]?.waiting == request else { return }
        grep.streams[id]?.waiting = nil
        reply(.hits(GrepBatch(stream: id, hits: hits)), to: request)
    }

    /// With the names of the nodes that took part, and where the next page begins.
    private func summary(of stream: GrepStream) -> GrepSummary {
        var summary = stream.finalSummary()
        if summary.limitReached, let position = stream.position {
            summary.cursor = cursor(at: position, of: stream.query)
        }
        for index in summary.searches.indices {
            let member = topology?.members.first { $0.id == summary.searches[index].node }
            summary.searches[index].name = member?.name ?? ""
        }
        return summary
    }

    /// What goes on behind a position of a query.
    func cursor(at position: GrepPosition, of query: GrepQuery) -> String? {
        topology.map {
            GrepCursor(position, notBefore: query.filter.notBefore)
                .sealed(for: query, cluster: $0.clusterID)
        }
    }

    private mutating func askForMore(_ id: UInt64, _ index: Int, now: Moment) {
        guard let source = grep.streams[id]?.sources[index] else { return }
        grep.streams[id]?.wait(
            for: index, until: now.instant + configuration.timeouts.operation)
        if source.owner == self.id {
            continueSearch(
                request: source.search, batch: source.received, from: self.id, now: now)
        } else {
            var body = ByteWriter(capacity: 8)
            body.write(source.received)
            if !send(
                .grepNext, source.search, body.bytes, to: source.owner, deadline: nil, now: now)
            {
                fail(search: source.search, now: now)
            }
        }
    }

    /// Looks after one stream every retry interval: silent owners, the deadline, an idle client.
    mutating func streamDue(_ id: UInt64, now: Moment) {
        guard let stream = grep.streams[id] else { return }
        if stream.waiting == nil, stream.lastUse + configuration.timeouts.idleStream <= now.instant
        {
            return closeStream(id, now: now)
        }
        if stream.deadline <= now.instant, let request = stream.waiting {
            grep.streams[id]?.stop(deadlinePassed: true)
            let summary = grep.streams[id]?.finalSummary()
            closeStream(id, now: now)
            return reply(.hits(GrepBatch(stream: id, hits: [], summary: summary)), to: request)
        }
        for source in stream.sources where source.isWaiting && source.deadline <= now.instant {
            fail(search: source.search, now: now)
        }
        deadlines.add(.stream(id), due: now.instant + configuration.timeouts.retry)
    }

    mutating func closeStream(_ id: UInt64, now: Moment) {
        guard let stream = grep.streams.removeValue(forKey: id) else { return }
        for source in stream.sources {
            grep.streamOfSearch[source.search] = nil
            guard !source.isOver else { continue }
            if source.owner == self.id {
                cancelSearch(request: source.search, from: self.id)
            } else {
                _ = send(.grepCancel, source.search, [], to: source.owner, deadline: nil, now: now)
            }
        }
    }

    /// The client is gone and so is what it had open.
    mutating func closeStreams(of session: UInt64, now: Moment) {
        for id in grep.streams.keys.sorted() where grep.streams[id]?.session == session {
            closeStream(id, now: now)
        }
    }
}
