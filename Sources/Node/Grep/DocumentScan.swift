import GrepvineDistCore
import GrepvineSearch
import GrepvineStorage

/// Finds the documents of segments that match, and how many of their lines do when only that is
/// asked for.
struct DocumentScan {
    /// A document with a match.
    struct Candidate {
        /// Points into a segment of the snapshot, which lives as long as the task.
        let record: RecordView
        /// 1 when lines are not counted.
        var lines: Int
    }

    private var task: SearchTask
    let selector: DocumentSelector
    let plan: TrigramPlan
    var matcher: LineMatcher
    /// Nil when documents must be looked at one by one.
    private let scanner: RegionScanner?
    private(set) var found: [Candidate] = []
    private(set) var work = SearchWork()
    /// There was more to look at than may be.
    private(set) var isSpent = false
    private let mostBytes: UInt64
    private let mostLines: Int
    /// Bytes between two looks at the clock and the budget.
    private static let stride = 128 << 10

    init(_ task: SearchTask) throws(PatternError) {
        self.task = task
        selector = try DocumentSelector(task.query)
        matcher = try LineMatcher(task.query)
        plan = try TrigramPlan(task.query)
        scanner = task.query.isDecidedByLines ? matcher.regionScanner : nil
        mostBytes = task.mostBytes.map { UInt64(clamping: $0) } ?? .max
        mostLines = task.query.output == .counts ? task.query.limitPerDocument ?? .max : 1
    }

    /// False when as many bytes were looked at as may be (G3).
    mutating func mayGoOn() -> Bool {
        if work.scannedBytes >= mostBytes { isSpent = true }
        return !isSpent
    }

    /// Scans pieces of one segment. False when `isOver` or the budget stopped it.
    mutating func scan(
        _ pieces: [SegmentPieces.Piece], of segment: SegmentSnapshot, isOver: () -> Bool
    ) -> Bool {
        for piece in pieces {
            guard !isOver(), mayGoOn(), scan(piece, of: segment, isOver) else {
                // Of a count that stopped somewhere it is not known how much it lacks.
                if isSpent, mostLines > 1, !found.isEmpty { found.removeLast() }
                return false
            }
        }
        return true
    }

    private mutating func scan(
        _ piece: SegmentPieces.Piece, of segment: SegmentSnapshot, _ isOver: () -> Bool
    ) -> Bool {
        if let scanner { return scanRegion(piece, of: segment, scanner, isOver) }
        return scanRecords(piece, of: segment, isOver)
    }

    /// One scan for what every match contains over all records of a piece, headers and keys too:
    /// what it finds there, and in documents that are not wanted, counts for nothing.
    private mutating func scanRegion(
        _ piece: SegmentPieces.Piece, of segment: SegmentSnapshot, _ scanner: RegionScanner,
        _ isOver: () -> Bool
    ) -> Bool {
        let end = piece.range.upperBound
        var position = piece.range.lowerBound
        var offset = piece.record
        var stop = position
        while position < end {
            if position >= stop {
                if stop > piece.range.lowerBound, isOver() || !mayGoOn() { return false }
                let reached = min(end, position + Self.stride)
                work.scannedBytes += UInt64(reached - stop)
                stop = reached
            }
            // It may begin before the stop and end behind it.
            let last = min(end, stop + scanner.reach - 1)
            guard let place = scanner.next(in: segment.bytes, from: position, to: last) else {
                position = stop
                continue
            }
            var record = segment.record(at: offset)
            while offset + record.size <= place {
                offset += record.size
                record = segment.record(at: offset)
            }
            position = look(at: record, offset, of: segment, place: place, before: end)
        }
        work.scannedBytes += UInt64(end - stop)
        return true
    }

    /// A match may lie at `place` of this record. Looks around it, and returns where to go on.
    private mutating func look(
        at record: RecordView, _ offset: Int, of segment: SegmentSnapshot, place: Int,
        before end: Int
    ) -> Int {
        let start = offset + RecordLayout.header + record.keyLength
        if place < start { return start }
        let next = offset + record.size
        guard isOpen(record), !segment.isDead(at: offset), task.wants(record, selector) else {
            return next
        }
        let lines = UnsafeRawBufferPointer(
            rebasing: segment.bytes[start..<min(start + record.valueLength, end)])
        let (isMatch, onwards) = matcher.look(around: place - start, in: lines)
        if isMatch { add(record, 1) }
        return isOpen(record) ? min(next, start + onwards) : next
    }

    /// One record after the other.
    private mutating func scanRecords(
        _ piece: SegmentPieces.Piece, of segment: SegmentSnapshot, _ isOver: () -> Bool
    ) -> Bool {
        var offset = piece.record
        let end = piece.range.upperBound
        var counted = piece.range.lowerBound
        while offset < end {
            let record = segment.record(at: offset)
            if isOpen(record), !segment.isDead(at: offset), task.wants(record, selector) {
                let start = offset + RecordLayout.header + record.keyLength
                let lines = (start..<start + record.valueLength).clamped(to: piece.range)
                look(into: record, UnsafeRawBufferPointer(rebasing: segment.bytes[lines]))
            }
            offset += record.size
            if offset >= counted + Self.stride || offset >= end {
                work.scannedBytes += UInt64(max(0, min(offset, end) - counted))
                counted = max(counted, min(offset, end))
                if offset < end, isOver() || !mayGoOn() { return false }
            }
        }
        return true
    }

    /// Looks into whole lines of a document, all or some of it.
    private mutating func look(into record: RecordView, _ lines: UnsafeRawBufferPointer) {
        work.documents += 1
        if !task.query.isDecidedByLines {
            if matcher.hasMatch(in: record.value.bytes) { add(record, 1) }
        } else if mostLines == 1 {
            if matcher.hasMatchingLine(in: lines) { add(record, 1) }
        } else {
            add(record, matcher.count(in: lines, upTo: mostLines))
        }
    }

    /// More lines of this record can still be counted.
    private func isOpen(_ record: RecordView) -> Bool {
        guard let last = found.last, last.record.start == record.start else { return true }
        return last.lines < mostLines
    }

    private mutating func add(_ record: RecordView, _ lines: Int) {
        guard lines > 0 else { return }
        if let last = found.last, last.record.start == record.start {
            found[found.count - 1].lines = min(mostLines, last.lines + lines)
        } else {
            found.append(Candidate(record: record, lines: lines))
        }
    }

    /// Counts what the index of a segment was asked.
    mutating func count(_ pieces: SegmentPieces) { work += pieces.work }

    /// Looks into one document. What matches is not kept.
    mutating func matches(_ record: RecordView) -> Bool {
        work.documents += 1
        work.scannedBytes += UInt64(record.size)
        return matcher.hasMatch(in: record.value.bytes)
    }

    /// Forgets what was found and goes on behind a key.
    mutating func restart(after key: Key?) {
        found = []
        if let key { task.after = key }
    }

    /// Puts what was found in the order of keys.
    mutating func sort() { found.sort { $0.record.precedes($1.record) } }
}
