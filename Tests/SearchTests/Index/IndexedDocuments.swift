import GrepvineDistCore

@testable import GrepvineSearch

/// Documents laid out as a segment has them, and their index.
struct IndexedDocuments {
    private(set) var bytes: [UInt8] = []
    private(set) var values: [Range<Int>] = []
    private(set) var records: [Int] = []
    let parts: SegmentIndexParts

    /// Documents whose number is in `dead` are only passed over.
    init(_ documents: [(key: [UInt8], value: [UInt8])], dead: Set<Int> = [], unitSize: Int = 256) {
        var keys: [Range<Int>] = []
        for (number, document) in documents.enumerated() {
            records.append(bytes.count)
            // A header may hold any bytes.
            bytes += (0..<40).map { UInt8(truncatingIfNeeded: $0 * 7 + number) }
            keys.append(bytes.count..<bytes.count + document.key.count)
            bytes += document.key
            values.append(bytes.count..<bytes.count + document.value.count)
            bytes += document.value
            bytes.append(10)
            bytes += repeatElement(0, count: (8 - bytes.count % 8) % 8)
        }
        let (records, values) = (records, values)
        parts = bytes.withUnsafeBytes { segment in
            var builder = SegmentIndexBuilder(segment, unitSize: unitSize)
            for number in documents.indices {
                if dead.contains(number) {
                    builder.pass(record: records[number])
                } else {
                    builder.add(
                        record: records[number], key: keys[number], value: values[number])
                }
            }
            return builder.finish()
        }
    }

    init(_ values: [[UInt8]], unitSize: Int = 256) {
        self.init(
            values.enumerated().map { (Array("key\($0.offset)".utf8), $0.element) },
            unitSize: unitSize)
    }

    func withIndex<Result>(_ body: (SegmentIndex) throws -> Result) throws -> Result {
        try parts.withIndex { index in
            guard let index else { throw BrokenParts() }
            return try body(index)
        }
    }

    /// The units that some byte of document `number` lies in.
    func units(of number: Int, in index: SegmentIndex) -> [Int] {
        (0..<index.units).filter {
            index.unit($0).map { $0.range.overlaps(values[number]) } ?? false
        }
    }
}

struct BrokenParts: Error {}

extension SegmentIndexParts {
    func withIndex<Result>(_ body: (SegmentIndex?) throws -> Result) rethrows -> Result {
        try facts.withUnsafeBytes { facts in
            try units.withUnsafeBytes { units in
                try documents.withUnsafeBytes { documents in
                    try dictionary.withUnsafeBytes { dictionary in
                        try postings.withUnsafeBytes { postings in
                            try body(
                                SegmentIndex(
                                    facts: ByteSection(facts), units: ByteSection(units),
                                    documents: ByteSection(documents),
                                    dictionary: ByteSection(dictionary),
                                    postings: ByteSection(postings)))
                        }
                    }
                }
            }
        }
    }
}

/// What folding says without any of the index's code.
enum NaiveFold {
    static func text(_ bytes: [UInt8]) -> [UInt8] {
        var folded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let length = [4, 3, 2, 1].first { length in
                index + length <= bytes.count
                    && String(validating: bytes[index..<index + length], as: UTF8.self)
                        .map { $0.unicodeScalars.count == 1 } ?? false
            }
            guard let length,
                let scalar = String(decoding: bytes[index..<index + length], as: UTF8.self)
                    .unicodeScalars.first
            else {
                folded.append(bytes[index])
                index += 1
                continue
            }
            folded += String(Unicode.Scalar(standIn(of: scalar.value))!).utf8
            index += length
        }
        return folded
    }

    static func standIn(of scalar: UInt32) -> UInt32 {
        let equals = CaseFolding.closure(of: ScalarSet(scalar)).ranges.flatMap { Array($0) }
        return equals.first { (0x61...0x7a).contains($0) } ?? equals[0]
    }

    /// Grams of whole lines with a line feed at both ends.
    static func grams(_ lines: [UInt8]) -> Set<Gram> {
        let text = [10] + NaiveFold.text(lines) + (lines.last == 10 ? [] : [10])
        guard text.count >= 3 else { return [] }
        return Set(
            (0..<text.count - 2).filter { text[$0 + 1] != 10 }.map {
                Gram(
                    bits: UInt32(text[$0]) << 16 | UInt32(text[$0 + 1]) << 8
                        | UInt32(text[$0 + 2]))
            })
    }
}
