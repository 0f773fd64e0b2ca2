import GrepvineDistCore
package import GrepvineSearch
import GrepvineStorage

/// One search under way. Usually the documents that match are found first, segment by segment, and
/// put in key order; then their hits are made batch by batch, as they are asked for. So memory is a
/// few words per matching document, whatever the documents hold.
///
/// With a limit, or for a few keys, documents are looked at in key order instead, for as long as
/// that seems to be less work.
package struct Search {
    private var task: SearchTask
    private var scan: DocumentScan
    private var walk: KeyOrderWalk?
    /// Bytes that a walk may look at before it is given up.
    private var walkBytes = Int.max
    private var pieces: [SegmentPieces] = []
    private var isPrepared = false
    private var nextSegment = 0
    private var next = 0
    private var matchingLines = 0
    private var documents = 0

    /// Bytes of lines in one batch, and documents.
    private static let batchBytes = 128 << 10
    private static let batchDocuments = 1024
    /// Scanning this much is nothing to save on.
    private static let littleBytes = 4 << 20

    package init(_ task: SearchTask) throws(PatternError) {
        self.task = task
        scan = try DocumentScan(task)
    }

    /// The next batch, which may be empty. `isOver` ends the search early; `isSliceOver` ends this
    /// batch, so that whoever waits hears that the search goes on.
    package mutating func report(isOver: () -> Bool, isSliceOver: () -> Bool) -> SearchReport {
        if !isPrepared, !prepare(isOver: isOver), isStopped { return last(.deadline) }
        if walk != nil, let report = walkOn(isOver: isOver, isSliceOver: isSliceOver) {
            return report
        }
        while nextSegment < pieces.count {
            let segment = task.snapshot[nextSegment]
            scan.count(pieces[nextSegment])
            let isWhole = scan.scan(pieces[nextSegment].pieces, of: segment, isOver: isOver)
            if !isWhole, isStopped { return last(.deadline) }
            nextSegment = isWhole ? nextSegment + 1 : pieces.count
            if nextSegment == pieces.count {
                scan.sort()
            } else if isSliceOver() {
                return SearchReport(id: task.id, state: .goesOn)
            }
        }
        return hitsOfFound(isOver: isOver)
    }

    private mutating func hitsOfFound(isOver: () -> Bool) -> SearchReport {
        var batch = Batch()
        while next < scan.found.count, !limitReached, !batch.isFull {
            if isOver() { return last(.deadline, batch.hits) }
            let candidate = scan.found[next]
            next += 1
            if let hit = hit(candidate) { add(hit, to: &batch) }
        }
        if next >= scan.found.count || limitReached { return last(end, batch.hits) }
        return SearchReport(id: task.id, hits: batch.hits, state: .goesOn)
    }

    /// A scan ended early and nothing can be made of it. When it was for the bytes that it read,
    /// what it found before is returned all the same.
    private var isStopped: Bool { !scan.isSpent }

    private var end: SearchState { scan.isSpent ? .bytes : .whole }

    /// What was done so far.
    var work: SearchWork { scan.work }

    /// The same search for somebody else, from here on.
    func forked(for task: SearchTask) -> Search {
        var copy = self
        copy.task = task
        return copy
    }

    private struct Batch {
        var hits: [DocumentHit] = []
        var size = 0

        var isFull: Bool { size >= Search.batchBytes || hits.count >= Search.batchDocuments }
    }

    private mutating func add(_ hit: DocumentHit, to batch: inout Batch) {
        matchingLines += hit.matchingLines
        documents += 1
        batch.size += hit.size
        batch.hits.append(hit)
    }

    /// No node needs to send more than the whole query may return.
    private var limitReached: Bool {
        guard let limit = task.query.limit else { return false }
        return (task.query.output == .lines ? matchingLines : documents) > limit
    }

    private func last(_ state: SearchState, _ hits: [DocumentHit] = []) -> SearchReport {
        var report = SearchReport(id: task.id, hits: hits, state: state)
        report.work = scan.work
        return report
    }

    /// What is only counted was counted while it was found.
    private mutating func hit(_ candidate: DocumentScan.Candidate) -> DocumentHit? {
        let record = candidate.record
        guard !hasExpired(record) else { return nil }
        let (key, version) = (Key(Array(record.key)), record.version)
        if task.query.isDecidedByLines, scan.matcher.isCounted(record.value) {
            return DocumentHit(key: key, version: version, matchingLines: candidate.lines)
        }
        return scan.matcher.search(
            record.value.bytes, key: key, version: version, behind: task.position)
    }

    /// Since it was found: whoever shares a run may have come later.
    private func hasExpired(_ record: RecordView) -> Bool {
        record.expiry.map { $0 <= task.time } ?? false
    }
}

extension Search {
    /// Asks the indexes, and decides between a scan and a walk. False when that ended early.
    private mutating func prepare(isOver: () -> Bool) -> Bool {
        isPrepared = true
        pieces = task.snapshot.map { SegmentPieces($0, scan.plan) }
        let wanted = pieces.reduce(0) { $0 + $1.bytes }
        let uncovered = pieces.reduce(0) { $0 + $1.uncovered.reduce(0) { $0 + $1.range.count } }
        guard task.query.limit != nil || !task.query.keyPrefix.isEmpty,
            wanted > Self.littleBytes, uncovered < wanted / 4
        else { return true }
        let total = task.snapshot.reduce(0) { $0 + $1.tail }
        var walk = KeyOrderWalk(task, scan.selector)
        let all = pieces.reduce(1) { $0 + $1.documents }
        let expected = total / all * walk.documents
        if task.query.limit == nil, expected > wanted / 2 { return true }
        walkBytes = expected <= wanted / 2 ? .max : wanted / 8
        for (number, segment) in task.snapshot.enumerated() {
            guard scan.scan(pieces[number].uncovered, of: segment, isOver: isOver) else {
                nextSegment = pieces.count
                scan.sort()
                return false
            }
        }
        scan.sort()
        walk.start(with: scan.found)
        self.walk = walk
        return true
    }

    /// The next batch of a walk. Nil when it was given up: the scan goes on behind its last key.
    private mutating func walkOn(isOver: () -> Bool, isSliceOver: () -> Bool) -> SearchReport? {
        guard var walk else { return nil }
        var batch = Batch()
        var steps = 0
        while walk.walkedBytes <= walkBytes, !batch.isFull {
            steps += 1
            if steps % 64 == 0 {
                if isOver() { return last(.deadline, batch.hits) }
                if isSliceOver() { break }
            }
            guard !limitReached, let step = walk.next() else { return last(.whole, batch.hits) }
            guard step.matches || scan.mayGoOn() else { return last(.bytes, batch.hits) }
            guard step.matches || scan.matches(step.record), !hasExpired(step.record) else {
                continue
            }
            let hit = scan.matcher.search(
                step.record.value.bytes, key: Key(Array(step.record.key)),
                version: step.record.version, behind: task.position)
            if let hit { add(hit, to: &batch) }
        }
        guard walk.walkedBytes > walkBytes else {
            self.walk = walk
            return SearchReport(id: task.id, hits: batch.hits, state: .goesOn)
        }
        self.walk = nil
        scan.restart(after: walk.last)
        return batch.hits.isEmpty
            ? nil : SearchReport(id: task.id, hits: batch.hits, state: .goesOn)
    }
}
