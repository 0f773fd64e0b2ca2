/// The index of one segment as it lies in memory or in a file: which units may hold a gram.
///
/// It is read in place, each number checked before it is used, so that bytes that are not what a
/// builder wrote give wrong candidates at worst. Checksums are for whoever keeps the bytes.
package struct SegmentIndex: Sendable {
    static let gramsPerBlock = 64
    private static let factBytes = 32
    private static let blockBytes = 12

    /// Bytes of a unit as the builder was told.
    package let unitSize: Int
    /// How much of the segment it covers: all of it.
    package let segmentBytes: Int
    package let units: Int
    package let documents: Int
    package let grams: Int
    private let blocks: Int
    private let unitTable: ByteSection
    private let documentTable: ByteSection
    private let dictionary: ByteSection
    private let postings: ByteSection

    /// Nil when the parts do not fit together, or were made with another table of folds.
    package init?(
        facts: ByteSection, units unitTable: ByteSection, documents documentTable: ByteSection,
        dictionary: ByteSection, postings: ByteSection
    ) {
        guard facts.count == Self.factBytes else { return nil }
        unitSize = Int(facts.word(0))
        segmentBytes = Int(facts.word(4))
        units = Int(facts.word(8))
        documents = Int(facts.word(12))
        blocks = Int(facts.word(16))
        grams = Int(facts.word(20))
        guard facts.word(24) == FoldTable.shared.digest, unitTable.count == units * 8,
            documentTable.count == documents * 4, dictionary.count >= blocks * Self.blockBytes,
            blocks == (grams + Self.gramsPerBlock - 1) / Self.gramsPerBlock
        else { return nil }
        self.unitTable = unitTable
        self.documentTable = documentTable
        self.dictionary = dictionary
        self.postings = postings
    }

    /// Where unit number `index` lies in the segment, and the record that its first byte belongs
    /// to. Nil when the bytes do not make sense.
    package func unit(_ index: Int) -> (range: Range<Int>, record: Int)? {
        guard index >= 0, index < units else { return nil }
        let start = Int(unitTable.word(index * 8))
        let end = index + 1 < units ? Int(unitTable.word(index * 8 + 8)) : segmentBytes
        let record = Int(unitTable.word(index * 8 + 4))
        guard record <= start, start <= end, end <= segmentBytes else { return nil }
        return (start..<end, record)
    }

    /// Where the record begins that is number `index` in the order of keys.
    package func document(_ index: Int) -> Int? {
        guard index >= 0, index < documents else { return nil }
        let place = Int(documentTable.word(index * 4))
        return place < segmentBytes ? place : nil
    }

    /// Adds the units that may hold the gram to `set`, but for those that are not indexed at all;
    /// false when the bytes do not make sense.
    func read(_ gram: Gram, into set: inout UnitSet) -> Bool {
        gram.isASCII || gram == .opaqueBeyondASCII || list(.opaqueBeyondASCII, into: &set)
            ? list(gram, into: &set) : false
    }

    private func list(_ gram: Gram, into set: inout UnitSet) -> Bool {
        switch postings(of: gram) {
        case .none: true
        case .list(let list): list.read(postings, into: &set)
        case .broken: false
        }
    }

    private enum Lookup {
        case none
        case list(PostingList)
        case broken
    }

    private func postings(of gram: Gram) -> Lookup {
        guard let block = block(of: gram) else { return .none }
        let entries = blocks * Self.blockBytes
        let row = block * Self.blockBytes
        var index = entries + Int(dictionary.word(row + 4))
        let end =
            block + 1 < blocks
            ? entries + Int(dictionary.word(row + Self.blockBytes + 4)) : dictionary.count
        guard end <= dictionary.count else { return .broken }
        var current = dictionary.word(row)
        var place = Int(dictionary.word(row + 8))
        while index < end {
            guard let step = dictionary.varint(at: &index, before: end),
                let length = dictionary.varint(at: &index, before: end),
                let form = PostingList.Form(rawValue: UInt8(length & 1))
            else { return .broken }
            current &+= step
            let next = place + Int(length >> 1)
            if current == gram.bits { return .list(PostingList(form: form, range: place..<next)) }
            if current > gram.bits { return .none }
            place = next
        }
        return .none
    }

    /// The last block whose first gram is not above this one.
    private func block(of gram: Gram) -> Int? {
        var low = 0
        var high = blocks
        while low < high {
            let middle = (low + high) / 2
            if dictionary.word(middle * Self.blockBytes) <= gram.bits {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low == 0 ? nil : low - 1
    }
}
