import GrepvineDistCore
package import GrepvineSearch
import GrepvineStorage

/// One search under way. First every document is tried once, and those that match are put in key
/// order; then their hits are made batch by batch, as they are asked for. So memory is a few words
/// per matching document, whatever the documents hold.
package struct Search {
    private let task: SearchTask
    private var matcher: LineMatcher
    private let selector: DocumentSelector
    private var nextSegment = 0
    /// They point into segments of the snapshot, which live as long as the task.
    private var candidates: [RecordView] = []
    private var next = 0
    private var matchingLines = 0
    private var documents: UInt64 = 0
    private var bytes: UInt64 = 0

    /// Bytes of lines in one batch, and documents.
    private static let batchBytes = 128 << 10
    private static let batchDocuments = 1024

    package init(_ task: SearchTask) throws(PatternError) {
        self.task = task
        matcher = try LineMatcher(task.query)
        selector = try DocumentSelector(task.query)
    }

    /// The next batch, which may be empty. `isOver` ends the search early; `isSliceOver` ends this
    /// batch, so that whoever waits hears that the search goes on.
    package mutating func report(isOver: () -> Bool, isSliceOver: () -> Bool) -> SearchReport {
        while nextSegment < task.snapshot.count {
            if !scan(task.snapshot[nextSegment], isOver: isOver) { return last(cutShort: true) }
            nextSegment += 1
            if nextSegment == task.snapshot.count {
                candidates.sort { Self.isBefore($0.key, $1.key) }
            } else if isSliceOver() {
                return SearchReport(id: task.id, hits: [], isLast: false)
            }
        }
        var hits: [DocumentHit] = []
        var size = 0
        while next < candidates.count, !limitReached {
            if isOver() { return last(hits, cutShort: true) }
            let record = candidates[next]
            next += 1
            guard let hit = hit(in: record) else { continue }
            matchingLines += hit.matchingLines
            size += hit.lines.reduce(record.key.count + 64) { $0 + $1.text.count + 32 }
            hits.append(hit)
            if size >= Self.batchBytes || hits.count >= Self.batchDocuments { break }
        }
        if next >= candidates.count || limitReached { return last(hits) }
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
        report.documents = documents
        report.bytes = bytes
        return report
    }

    private mutating func hit(in record: RecordView) -> DocumentHit? {
        matcher.search(
            record.value.bytes, key: Key(Array(record.key)), version: record.version)
    }

    /// Finds the documents of a segment that match. False when it was stopped.
    private mutating func scan(_ segment: SegmentSnapshot, isOver: () -> Bool) -> Bool {
        var isStopped = isOver()
        if isStopped { return false }
        segment.forEachRecord { record in
            if isWanted(record) {
                documents += 1
                bytes += UInt64(record.value.count)
                if matcher.hasMatch(in: record.value.bytes) { candidates.append(record) }
                if documents % 64 == 0, isOver() { isStopped = true }
            }
            return !isStopped
        }
        return !isStopped
    }

    private func isWanted(_ record: RecordView) -> Bool {
        guard record.kind == .value, task.partitions.contains(record.partition) else {
            return false
        }
        if let expiry = record.expiry, expiry <= task.time { return false }
        guard
            selector.admits(
                key: record.key, contentType: record.contentType, written: record.clock.wall)
        else { return false }
        guard let after = task.after else { return true }
        return after.bytes.withUnsafeBytes { Self.isBefore($0, record.key) }
    }

    private static func isBefore(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        left.lexicographicallyPrecedes(right)
    }
}
