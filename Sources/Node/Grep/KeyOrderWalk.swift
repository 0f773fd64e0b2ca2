import GrepvineDistCore
import GrepvineSearch
import GrepvineStorage

/// The documents of several segments in the order of their keys, one at a time: for a search that
/// may end early, or that wants few keys, so that the others need not be looked at.
struct KeyOrderWalk {
    /// One segment with an index, and how far the walk is in its table of documents.
    private struct Source {
        let segment: SegmentSnapshot
        let index: SegmentIndex
        var next: Int
        let end: Int
        var head: RecordView?
    }

    private let task: SearchTask
    private let selector: DocumentSelector
    private var sources: [Source] = []
    /// What was found in the bytes that no index covers, in order of keys.
    private var others: ArraySlice<DocumentScan.Candidate> = []
    /// Bytes of the values that were handed out so far, and the last one's key.
    private(set) var walkedBytes = 0
    private(set) var last: Key?
    /// Documents of the key range that was asked for, dead ones too.
    let documents: Int

    /// A document; `matches` when that is known already.
    struct Step {
        let record: RecordView
        let matches: Bool
    }

    init(_ task: SearchTask, _ selector: DocumentSelector) {
        self.task = task
        self.selector = selector
        let prefix = task.query.keyPrefix
        let bounds = [prefix, task.after?.bytes ?? [], task.position?.key.bytes ?? []]
        let first = bounds.max { $0.lexicographicallyPrecedes($1) } ?? []
        var documents = 0
        for segment in task.snapshot {
            guard let index = segment.index.flatMap(SegmentIndex.init) else { continue }
            let range = Self.range(in: segment, index, from: first, prefix)
            documents += range.count
            sources.append(
                Source(
                    segment: segment, index: index, next: range.lowerBound, end: range.upperBound))
        }
        self.documents = documents
    }

    /// What is not covered by an index goes in between. Call once, before the first step.
    mutating func start(with others: [DocumentScan.Candidate]) {
        self.others = others[...]
        for number in sources.indices { advance(number) }
    }

    mutating func next() -> Step? {
        var best: Int?
        for number in sources.indices {
            guard let head = sources[number].head else { continue }
            if let champion = best, let least = sources[champion].head, least.precedes(head) {
                continue
            }
            best = number
        }
        let step: Step
        if let other = others.first,
            best.flatMap({ sources[$0].head }).map(other.record.precedes) ?? true
        {
            others.removeFirst()
            step = Step(record: other.record, matches: true)
        } else {
            guard let best, let head = sources[best].head else { return nil }
            advance(best)
            step = Step(record: head, matches: false)
        }
        walkedBytes += step.record.size
        last = Key(Array(step.record.key))
        return step
    }

    /// To the next document that is wanted.
    private mutating func advance(_ number: Int) {
        sources[number].head = nil
        let (segment, index) = (sources[number].segment, sources[number].index)
        while sources[number].next < sources[number].end {
            let offset = index.document(sources[number].next)
            sources[number].next += 1
            guard let offset, !segment.isDead(at: offset) else { continue }
            let record = segment.record(at: offset)
            if task.wants(record, selector) {
                sources[number].head = record
                return
            }
        }
    }

    /// The documents of one segment from a key on that begin with a prefix.
    private static func range(
        in segment: SegmentSnapshot, _ index: SegmentIndex, from first: [UInt8], _ prefix: [UInt8]
    ) -> Range<Int> {
        func partition(_ isBefore: (UnsafeRawBufferPointer) -> Bool) -> Int {
            var (low, high) = (0, index.documents)
            while low < high {
                let middle = (low + high) / 2
                guard let offset = index.document(middle) else { return 0 }
                if isBefore(segment.record(at: offset).key) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }
        let start = partition { $0.lexicographicallyPrecedes(first) }
        let end =
            prefix.isEmpty
            ? index.documents
            : partition { $0.lexicographicallyPrecedes(prefix) || $0.starts(with: prefix) }
        return start..<max(start, end)
    }
}

extension GrepPosition {
    /// Something of the document of this key may still have to be returned.
    fileprivate func leaves(_ other: UnsafeRawBufferPointer) -> Bool {
        key.bytes.withUnsafeBytes {
            line > 0 ? !other.lexicographicallyPrecedes($0) : $0.lexicographicallyPrecedes(other)
        }
    }
}

extension SearchTask {
    /// The search is for this document's content.
    func wants(_ record: RecordView, _ selector: DocumentSelector) -> Bool {
        guard record.kind == .value, partitions.contains(record.partition) else { return false }
        if let expiry = record.expiry, expiry <= time { return false }
        guard
            selector.admits(
                key: record.key, contentType: record.contentType, written: record.clock.wall)
        else { return false }
        if let position, !position.leaves(record.key) { return false }
        guard let after else { return true }
        return after.bytes.withUnsafeBytes { $0.lexicographicallyPrecedes(record.key) }
    }
}
