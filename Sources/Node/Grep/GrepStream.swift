import GrepvineDistCore
import GrepvineSearch

/// One grep of the whole cluster on the node that coordinates it: which owner searches which
/// partitions, the merge of their hits, and what is still owed to the client (G1–G3).
struct GrepStream {
    /// One owner's part.
    struct Source {
        let owner: NodeID
        /// Owners that failed or refused what this one was then asked for.
        var excluding: [NodeID] = []
        /// What it was asked to search and has not refused.
        var partitions: PartitionSet
        /// The search at the owner: the request id that opened it.
        let search: UInt64
        /// Of its latest hit: another owner can go on from here.
        var last: Key?
        /// Batches that came.
        var received: UInt64 = 0
        var isWaiting = true
        var isOver = false
        /// When it was last asked, and when to give up on it, while waiting.
        var asked: Instant
        var deadline: Instant
        /// Its longest answer until now.
        var longestAnswer = Duration.zero
        /// The search that it competes with: what it finds waits until one of them has won.
        var rival: UInt64?
        /// It has something to show.
        var isReady = false
        /// Others were set on it: once is enough.
        var wasHedged = false
    }

    let query: GrepQuery
    /// Where the page begins.
    let start: GrepPosition?
    let session: UInt64
    let deadline: Instant
    var sources: [Source] = []
    var merger = HitMerger(sources: 0)
    var summary = GrepSummary()
    /// The client's request that waits for a batch.
    var waiting: RequestID?
    var lastUse: Instant
    /// Partitions that were not searched to their end.
    private(set) var missing = PartitionSet()
    private(set) var matchingLines = 0
    private var answerBytes = 0
    /// Up to where hits were handed out.
    private(set) var position: GrepPosition?
    /// No more is taken in: what is certain already is the rest.
    private(set) var isEnding = false
    private(set) var isDone = false

    static let batchBytes = 256 << 10
    static let batchDocuments = 1024

    init(
        query: GrepQuery, start: GrepPosition? = nil, session: UInt64, deadline: Instant,
        now: Instant
    ) {
        self.query = query
        self.start = start
        self.session = session
        self.deadline = deadline
        lastUse = now
    }

    mutating func add(_ source: Source) {
        sources.append(source)
        merger.addSource()
    }

    mutating func miss(_ partitions: PartitionSet, _ reason: GrepSummary.Reason) {
        guard !partitions.isEmpty else { return }
        missing.formUnion(partitions)
        summary.reasons.insert(reason)
    }

    func source(of search: UInt64) -> Int? { sources.firstIndex { $0.search == search } }

    /// Takes one owner's batch. What it refused must go to others.
    mutating func receive(_ batch: GrepBatchMessage, from index: Int, now: Instant) {
        sources[index].isWaiting = false
        sources[index].received += 1
        sources[index].longestAnswer = max(
            sources[index].longestAnswer, now - sources[index].asked)
        sources[index].partitions.subtract(batch.refused)
        if let last = batch.hits.last { sources[index].last = last.key }
        merger.append(batch.hits, from: index)
        summary.add(batch.work, of: sources[index].owner)
        if sources[index].rival == nil {
            guard batch.state != .deadline else { return stop() }
            if batch.state == .bytes { miss(sources[index].partitions, .bytes) }
        }
        if batch.state.isLast { end(index) }
    }

    /// The owner sends nothing more.
    mutating func end(_ index: Int) {
        guard !sources[index].isOver else { return }
        sources[index].isOver = true
        sources[index].isWaiting = false
        merger.finish(index)
    }

    mutating func wait(for index: Int, since now: Instant, until deadline: Instant) {
        sources[index].isWaiting = true
        sources[index].asked = now
        sources[index].deadline = deadline
    }

    /// Sources that must send more before the order of hits is certain.
    var wanted: [Int] { merger.wants.filter { !sources[$0].isWaiting && !sources[$0].isOver } }

    /// Hits whose place is certain, up to a batch, cut where the page ends.
    mutating func take() -> [DocumentHit] {
        var hits: [DocumentHit] = []
        var size = 0
        while size < Self.batchBytes, hits.count < Self.batchDocuments, !isDone,
            var hit = merger.next()
        {
            var line = 0
            if let limit = query.limit { line = cut(&hit, limit: limit) }
            let bytes = hit.size
            if let most = query.maxAnswer, answerBytes > 0, answerBytes + bytes > most {
                endPage()
            }
            if isDone { break }
            let earlier = start?.key == hit.key ? start?.matchingLines ?? 0 : 0
            position = GrepPosition(
                key: hit.key, line: line, matchingLines: earlier + hit.matchingLines)
            matchingLines += query.output == .lines ? hit.matchingLines : 1
            size += bytes
            answerBytes += bytes
            hits.append(hit)
        }
        if isEnding || (sources.allSatisfy(\.isOver) && merger.isFinished) { isDone = true }
        return hits
    }

    /// Leaves what the limit allows; ends the page when that is nothing. Returns the last line that
    /// is left of a document that has more, and 0 otherwise.
    private mutating func cut(_ hit: inout DocumentHit, limit: Int) -> Int {
        let left = limit - matchingLines
        guard left > 0 else {
            endPage()
            return 0
        }
        guard query.output == .lines, hit.matchingLines > left else { return 0 }
        summary.limitReached = true
        return hit.keepFirst(left, after: query.after)
    }

    private mutating func endPage() {
        summary.limitReached = true
        isDone = true
    }

    /// The last word of the stream.
    func finalSummary() -> GrepSummary {
        var final = summary
        final.missing = missing.elements
        final.searches.sort { $0.node < $1.node }
        return final
    }

    /// Every owner was asked, and none took more searches.
    var wasTurnedAway: Bool {
        missing.count == Partition.count && summary.reasons == [.overloaded]
    }

    /// Time is over. The order of hits ends where it is certain, so that a cursor can go on there.
    mutating func stop() {
        isEnding = true
        for source in sources where !source.isOver && source.rival == nil {
            miss(source.partitions, .deadline)
        }
        summary.reasons.insert(.deadline)
    }
}

extension GrepSummary {
    fileprivate mutating func add(_ work: SearchWork, of owner: NodeID) {
        guard work != SearchWork() else { return }
        documentsSearched += work.documents
        bytesSearched += work.scannedBytes
        if let index = searches.firstIndex(where: { $0.node == owner }) {
            searches[index].work += work
        } else {
            searches.append(NodeSearch(node: owner, name: "", work: work))
        }
    }
}

extension DocumentHit {
    /// About so many bytes of an answer.
    var size: Int { lines.reduce(key.bytes.count + 64) { $0 + $1.text.count + 32 } }

    /// The first `count` matching lines with their context. Returns the last one's number.
    mutating func keepFirst(_ count: Int, after: Int) -> Int {
        var seen = 0
        var end = lines.count
        var last = 0
        for (index, line) in lines.enumerated() where line.isMatch {
            seen += 1
            guard seen == count else { continue }
            last = line.number
            end = index + 1
            while end < lines.count, !lines[end].isMatch,
                lines[end].number <= line.number + after
            { end += 1 }
            break
        }
        lines.removeSubrange(end...)
        matchingLines = min(matchingLines, count)
        matches = lines.reduce(0) { $0 + ($1.isMatch ? $1.matches.count : 0) }
        // What is said of the whole document comes with its last line.
        binaryOffset = nil
        return last
    }
}
