/// Makes the index of a segment from its bytes: cuts it into units, gathers their grams, and puts
/// its documents in the order of their keys.
///
/// A unit is about `unitSize` bytes of neighbouring records, or a slice of one large value, cut at
/// the end of a line. A line is never cut, so a line that matches lies in one unit.
@safe package struct SegmentIndexBuilder: ~Copyable {
    /// Where hardly a gram comes twice, as in compressed data, postings would be larger than the
    /// text and rule nothing out. Of a unit with more distinct grams than this, and than seven
    /// eighths of its bytes, only grams of ASCII are indexed, which are few in binary data; it is
    /// a candidate for all others, or for everything if even those are too many.
    private static let leastNoise = 2048

    private let segment: UnsafeRawBufferPointer
    private let unitSize: Int
    private let workspace: IndexWorkspace
    private var parts = SegmentIndexParts()
    private var documents: DocumentOrder
    private var opaque: [UInt32] = []
    private var opaqueBeyondASCII: [UInt32] = []
    /// Where the open unit begins, and the bytes of values in it.
    private var unitStart: Int?
    private var textBytes = 0

    /// - Parameters:
    ///   - segment: all that is in use of it; valid until `finish`.
    ///   - workspace: nobody else uses it until `finish`.
    package init(
        _ segment: UnsafeRawBufferPointer, unitSize: Int,
        in workspace: IndexWorkspace = IndexWorkspace()
    ) {
        self.workspace = workspace
        workspace.clear()
        precondition(unitSize >= 256 && segment.count < 1 << 31, "units of \(unitSize) bytes")
        unsafe self.segment = segment
        self.unitSize = unitSize
        documents = unsafe DocumentOrder(segment)
    }

    /// The next record that is alive, by where it and its parts are in the segment.
    package mutating func add(record: Int, key: Range<Int>, value: Range<Int>) {
        documents.add(record, key: key)
        pass(record: record)
        if value.count <= unitSize + unitSize / 2 {
            addText(value)
        } else {
            addSlices(of: value, record)
        }
    }

    /// The next record, which is dead or has no value: no more than bytes to skip.
    package mutating func pass(record: Int) {
        if let unitStart, record - unitStart < unitSize { return }
        openUnit(at: record, record)
    }

    package consuming func finish() -> SegmentIndexParts {
        closeUnit()
        parts.documents = documents.sorted()
        var writer = DictionaryWriter(units: workspace.groups.units)
        // They keep their places among the others.
        var special = [(Gram.opaque, opaque), (Gram.opaqueBeyondASCII, opaqueBeyondASCII)]
            .filter { !$0.1.isEmpty }[...]
        unsafe workspace.groups.forEachGram { gram, units in
            while let first = special.first, first.0.bits < gram.bits {
                writer.append(first.0, first.1)
                special.removeFirst()
            }
            unsafe writer.append(gram, units)
        }
        for (gram, units) in special { writer.append(gram, units) }
        (parts.dictionary, parts.postings) = writer.finish()
        for fact in [
            unitSize, unsafe segment.count, workspace.groups.units, parts.documents.count / 4,
            writer.blocks,
            writer.grams, Int(FoldTable.shared.digest), 0,
        ] { parts.facts.append(littleEndian: UInt32(fact)) }
        return parts
    }

    private mutating func addText(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        unsafe workspace.collector.add(UnsafeRawBufferPointer(rebasing: segment[range]))
        textBytes += range.count
    }

    private mutating func addSlices(of value: Range<Int>, _ record: Int) {
        var start = value.lowerBound
        while start < value.upperBound {
            // What stands before the first slice belongs to its unit.
            if start > value.lowerBound || textBytes > 0 {
                openUnit(at: start > value.lowerBound ? start : record, record)
            }
            let wanted = start + unitSize
            var end = value.upperBound
            if end - wanted > unitSize / 2 {
                end = unsafe min(segment.lineFeed(from: wanted, to: end) + 1, end)
            }
            addText(start..<end)
            start = end
        }
        unitStart = nil
        closeUnit()
    }

    private mutating func openUnit(at place: Int, _ record: Int) {
        closeUnit()
        parts.units.append(littleEndian: UInt32(place))
        parts.units.append(littleEndian: UInt32(record))
        unitStart = place
    }

    private mutating func closeUnit() {
        guard workspace.groups.units < parts.units.count / 8 else { return }
        let number = UInt32(workspace.groups.units)
        let limit = max(Self.leastNoise, textBytes / 8 * 7)
        if workspace.collector.isOpaque || workspace.collector.asciiCount > limit {
            opaque.append(number)
            workspace.groups.addOpaqueUnit()
        } else {
            let isNoise = workspace.collector.count > limit
            if isNoise { opaqueBeyondASCII.append(number) }
            workspace.groups.addUnit(workspace.collector, isASCIIOnly: isNoise)
        }
        workspace.collector.removeAll()
        textBytes = 0
        unitStart = nil
    }
}

/// The memory that making an index takes, some 12 MB, to be used again for the next one.
package final class IndexWorkspace {
    fileprivate var collector = GramCollector()
    fileprivate var groups = GramGroups()

    package init() {}

    fileprivate func clear() {
        collector.removeAll()
        groups.removeAll()
    }
}

/// Writes grams, ascending, and their postings.
private struct DictionaryWriter {
    private var blockTable: [UInt8] = []
    private var entries: [UInt8] = []
    private var postings: [UInt8] = []
    private var previous = Gram(bits: 0)
    private let units: Int
    private(set) var grams = 0
    private(set) var blocks = 0

    init(units: Int) { self.units = units }

    mutating func append(_ gram: Gram, _ numbers: [UInt32]) {
        unsafe numbers.withUnsafeBufferPointer { unsafe append(gram, $0) }
    }

    mutating func append(_ gram: Gram, _ numbers: UnsafeBufferPointer<UInt32>) {
        if grams % SegmentIndex.gramsPerBlock == 0 {
            blockTable.append(littleEndian: gram.bits)
            blockTable.append(littleEndian: UInt32(entries.count))
            blockTable.append(littleEndian: UInt32(postings.count))
            blocks += 1
            previous = gram
        }
        let start = postings.count
        let form = unsafe PostingList.encode(numbers, units: units, into: &postings)
        entries.appendVarint(gram.bits - previous.bits)
        entries.appendVarint(UInt32(postings.count - start) << 1 | UInt32(form.rawValue))
        previous = gram
        grams += 1
    }

    func finish() -> (dictionary: [UInt8], postings: [UInt8]) { (blockTable + entries, postings) }
}
