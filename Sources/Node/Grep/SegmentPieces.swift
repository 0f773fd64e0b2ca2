import GrepvineDistCore
import GrepvineSearch
import GrepvineStorage

/// What of a segment a search must look at: all of it or, where an index covers it, the units that
/// may hold a match.
struct SegmentPieces {
    struct Piece {
        /// Bytes of the segment.
        let range: Range<Int>
        /// The record that the first of them belongs to.
        let record: Int
    }

    private(set) var pieces: [Piece] = []
    /// What no index covers.
    private(set) var uncovered: [Piece] = []
    var bytes: Int { pieces.reduce(0) { $0 + $1.range.count } }
    private(set) var work = SearchWork()
    /// Documents that the index lists.
    private(set) var documents = 0

    init(_ segment: SegmentSnapshot, _ plan: TrigramPlan) {
        work.segments = 1
        var covered = 0
        if let index = segment.index.flatMap(SegmentIndex.init), index.segmentBytes <= segment.tail
        {
            work.indexedBytes = UInt64(index.segmentBytes)
            work.units = UInt64(index.units)
            documents = index.documents
            if let units = plan.candidates(in: index), add(units, of: index) {
                covered = index.segmentBytes
                work.candidates = UInt64(units.count)
            } else {
                work.candidates = work.units
                pieces = []
            }
        }
        let indexed = Int(work.indexedBytes)
        if indexed < segment.tail {
            uncovered.append(Piece(range: indexed..<segment.tail, record: indexed))
        }
        if covered < segment.tail {
            pieces.append(Piece(range: covered..<segment.tail, record: covered))
        }
        work.skippedBytes = UInt64(segment.tail - bytes)
    }

    /// False when the index makes no sense.
    private mutating func add(_ units: UnitSet, of index: SegmentIndex) -> Bool {
        for run in units.runs {
            guard let first = index.unit(run.lowerBound), let last = index.unit(run.upperBound - 1)
            else { return false }
            pieces.append(
                Piece(
                    range: first.range.lowerBound..<last.range.upperBound, record: first.record))
        }
        return true
    }
}
