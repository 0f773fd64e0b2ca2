import GrepvineDistCore
import GrepvineSearch

/// Coordinating a grep for a client: hits merged by key, and an honest account of what could not be
/// covered (section 13).
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
        search(PartitionSet(Partition.all), after: nil, excluding: [], for: id, now: now)
        watch(id, now: now)
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

    /// Answers the waiting client when something is certain, and asks owners for more.
    mutating func pump(_ id: UInt64, now: Moment) {
        guard let request = grep.streams[id]?.waiting, var stream = grep.streams[id] else { return }
        let hits = stream.take()
        grep.streams[id] = stream
        if stream.isDone {
            closeStream(id, now: now)
            return reply(lastWord(of: stream, id, hits), to: request)
        }
        for index in stream.wanted { askForMore(id, index, now: now) }
        guard !hits.isEmpty, grep.streams[id]?.waiting == request else { return }
        grep.streams[id]?.waiting = nil
        reply(.hits(GrepBatch(stream: id, hits: hits)), to: request)
    }

    private mutating func lastWord(
        of stream: GrepStream, _ id: UInt64, _ hits: [DocumentHit]
    ) -> Response {
        let summary = summary(of: stream)
        for reason in summary.reasons { metrics.grep.incomplete[Int(reason.rawValue)] += 1 }
        guard stream.wasTurnedAway else {
            return .hits(GrepBatch(stream: id, hits: hits, summary: summary))
        }
        metrics.overloaded += 1
        return .failure(
            Failure(
                .overloaded,
                "all owners run as many searches as they take (grep-max-concurrent); nothing was"
                    + " searched, try again later"))
    }

    /// With the names of the nodes that took part, and where the next page begins.
    private func summary(of stream: GrepStream) -> GrepSummary {
        var summary = stream.finalSummary()
        if summary.limitReached || summary.deadlinePassed,
            let position = stream.position ?? stream.start
        {
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

    /// Looks after one stream from time to time: slow and silent owners, the deadline, an idle
    /// client.
    mutating func streamDue(_ id: UInt64, now: Moment) {
        guard let stream = grep.streams[id] else { return }
        if stream.waiting == nil, stream.lastUse + configuration.timeouts.idleStream <= now.instant
        {
            return closeStream(id, now: now)
        }
        if stream.deadline <= now.instant, stream.waiting != nil {
            grep.streams[id]?.stop()
            return pump(id, now: now)
        }
        for source in stream.sources where source.isWaiting && source.deadline <= now.instant {
            fail(search: source.search, now: now)
        }
        hedge(id, now: now)
        watch(id, now: now)
    }

    private mutating func watch(_ id: UInt64, now: Moment) {
        guard let stream = grep.streams[id] else { return }
        let slow = stream.nextSlow(floor: configuration.timeouts.hedge) ?? .distantFuture
        let times = [now.instant + configuration.timeouts.retry, stream.deadline, slow]
        guard let due = times.filter({ $0 > now.instant }).min() else { return }
        deadlines.add(.stream(id), due: due)
    }

    mutating func closeStream(_ id: UInt64, now: Moment) {
        guard let stream = grep.streams.removeValue(forKey: id) else { return }
        drop(stream.sources.filter { !$0.isOver }, now: now)
        for source in stream.sources { grep.streamOfSearch[source.search] = nil }
    }

    /// The client is gone and so is what it had open.
    mutating func closeStreams(of session: UInt64, now: Moment) {
        for id in grep.streams.keys.sorted() where grep.streams[id]?.session == session {
            closeStream(id, now: now)
        }
    }
}
