import GrepvineDistCore
package import GrepvineSearch
import GrepvineStorage

/// A segment that wants an index. Everything in it is immutable, so any thread may run it.
package struct IndexTask: Sendable {
    let order: IndexingOrder
    let unitSize: Int

    /// Reads the whole segment, some 150 MB a second, unless `isOver` says to give up.
    package func run(
        in workspace: IndexWorkspace = IndexWorkspace(), isOver: () -> Bool = { false }
    ) -> IndexReport {
        let segment = order.snapshot
        var builder = SegmentIndexBuilder(segment.bytes, unitSize: unitSize, in: workspace)
        var offset = 0
        var nextLook = Self.stride
        while offset < segment.tail {
            if offset >= nextLook {
                if isOver() { return refusal }
                nextLook = offset + Self.stride
            }
            let record = segment.record(at: offset)
            let key = offset + RecordLayout.header
            let value = key + record.keyLength
            if record.isTombstone || segment.isDead(at: offset) {
                builder.pass(record: offset)
            } else {
                builder.add(
                    record: offset, key: key..<value, value: value..<value + record.valueLength)
            }
            offset += record.size
        }
        let parts = builder.finish()
        return IndexReport(
            order: order, index: SearchIndex(parts: parts.all, covered: segment.tail))
    }

    /// Bytes between two looks at whether to go on.
    private static let stride = 256 << 10

    /// Nobody could take it, or finish it.
    package var refusal: IndexReport { IndexReport(order: order, index: nil) }
}

/// What became of a task: its index, unless there was no memory or nobody to make it.
package struct IndexReport: Sendable {
    let order: IndexingOrder
    let index: SearchIndex?
}

/// One segment at a time is indexed, so what is under way is bounded by a segment and its index.
struct Indexing {
    var isUnderWay = false
}

extension Node {
    /// From time to time: which segments have been quiet for long enough?
    mutating func lookForSegmentsToIndex() {
        guard configuration.indexesForGrep else { return }
        store.lookAtSegments()
        indexNext()
    }

    private mutating func indexNext() {
        guard !indexing.isUnderWay, let order = store.nextToIndex() else { return }
        indexing.isUnderWay = true
        effects.append(.index(IndexTask(order: order, unitSize: configuration.indexUnitSize)))
    }

    /// The segment may have been freed meanwhile, or its memory be needed for something else.
    mutating func receive(_ report: IndexReport) {
        indexing.isUnderWay = false
        guard let index = report.index else { return }
        metrics.indexedBytes += UInt64(index.covered)
        if store.attach(index, to: report.order) {
            metrics.indexesBuilt += 1
        } else {
            metrics.indexesDiscarded += 1
        }
        indexNext()
    }
}

extension SegmentIndex {
    /// Reads what `IndexTask` made.
    init?(_ index: SearchIndex) {
        guard index.partCount == SegmentIndexParts.count else { return nil }
        self.init(
            facts: ByteSection(index.part(0)), units: ByteSection(index.part(1)),
            documents: ByteSection(index.part(2)), dictionary: ByteSection(index.part(3)),
            postings: ByteSection(index.part(4)))
        guard segmentBytes == index.covered else { return nil }
    }
}
