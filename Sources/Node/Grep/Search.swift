import GrepvineDistCore
package import GrepvineSearch
import GrepvineStorage

/// One search under way. First the documents that match are found, segment by segment, and put in
/// key order; then their hits are made batch by batch, as they are asked for. So memory is a few
/// words per matching document, whatever the documents hold.
package struct Search {
    private let task: SearchTask
    private var scan: DocumentScan
    private var nextSegment = 0
    private var next = 0
    private var matchingLines = 0

    /// Bytes of lines in one batch, and documents.
    private static let batchBytes = 128 << 10
    private static let batchDocuments = 1024

    package init(_ task: SearchTask) throws(PatternError) {
        self.task = task
        scan = try DocumentScan(task)
    }

    /// The next batch, which may be empty. `isOver` ends the search early; `isSliceOver` ends this
    /// batch, so that whoever waits hears that the search goes on.
    package mutating func report(isOver: () -> Bool, isSliceOver: () -> Bool) -> SearchReport {
        while nextSegment < task.snapshot.count {
            if !scan.scan(task.snapshot[nextSegment], isOver: isOver) {
                return last(cutShort: true)
            }
            nextSegment += 1
            if nextSegment == task.snapshot.count {
                scan.sort()
            } else if isSliceOver() {
                return SearchReport(id: task.id, hits: [], isLast: false)
            }
        }
        var hits: [DocumentHit] = []
        var size = 0
        while next < scan.found.count, !limitReached {
            if isOver() { return last(hits, cutShort: true) }
            let candidate = scan.found[next]
            next += 1
            guard let hit = hit(candidate) else { continue }
            matchingLines += hit.matchingLines
            size += hit.lines.reduce(candidate.record.key.count + 64) { $0 + $1.text.count + 32 }
            hits.append(hit)
            if size >= Self.batchBytes || hits.count >= Self.batchDocuments { break }
        }
        if next >= scan.found.count || limitReached { return last(hits) }
        return SearchReport(id: task.id, hits: hits, isLast: false)
    }

    /// No node needs to send more than the whole query may return.
    private var limitReached: Bool {
        guard let limit = task.query.limit else { return false }
        return (task.query.output == .lines ? matchingLines : next) > limit
    }

    private func last(_ hits: [DocumentHit] = [], cutShort: Bool = false) -> SearchReport {
        var report = SearchReport(id: task.id, hits: hits, isLast: true)
        report.isCutShort = cutShort
        report.work = scan.work
        return report
    }

    /// What is only counted was counted while it was found.
    private mutating func hit(_ candidate: DocumentScan.Candidate) -> DocumentHit? {
        let record = candidate.record
        let (key, version) = (Key(Array(record.key)), record.version)
        guard task.query.output == .lines || task.query.options.inverted else {
            return DocumentHit(key: key, version: version, matchingLines: candidate.lines)
        }
        return scan.matcher.search(record.value.bytes, key: key, version: version)
    }
}
