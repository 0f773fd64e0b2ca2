import GrepvineDistCore
import Testing

@testable import GrepvineSearch

@Suite("The index of a segment")
struct SegmentIndexTests {
    private static func documents(_ seed: UInt64, _ count: Int = 60) -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        var documents = (0..<count).map { _ in
            RandomPattern.document(&random, length: Int.random(in: 0..<700, using: &random))
        }
        documents += Corpus.documents
        return documents
    }

    @Test("names for each gram exactly the units that hold it", arguments: 1...2 as ClosedRange)
    func exact(seed: UInt64) throws {
        let documents = Self.documents(seed)
        let indexed = IndexedDocuments(documents)
        try indexed.withIndex { index in
            var expected: [Gram: [Int]] = [:]
            for unit in 0..<index.units {
                let (range, _) = try #require(index.unit(unit))
                var grams: Set<Gram> = []
                for value in indexed.values where value.overlaps(range) {
                    grams.formUnion(
                        NaiveFold.grams(Array(indexed.bytes[value.clamped(to: range)])))
                }
                for gram in grams { expected[gram, default: []].append(unit) }
            }
            for (gram, units) in expected {
                #expect(Self.units(of: gram, in: index) == units)
            }
            #expect(Self.units(of: .opaque, in: index) == [])
            #expect(index.grams == expected.count)
        }
    }

    private static func units(of gram: Gram, in index: SegmentIndex) -> [Int] {
        var set = UnitSet(units: index.units)
        #expect(index.read(gram, into: &set))
        return (0..<index.units).filter(set.contains)
    }

    @Test("has units that follow one another and cut no line")
    func units() throws {
        let documents = Self.documents(9)
        let indexed = IndexedDocuments(documents)
        try indexed.withIndex { index in
            var end = 0
            for unit in 0..<index.units {
                let (range, record) = try #require(index.unit(unit))
                #expect(range.lowerBound == end)
                #expect(indexed.records.last { $0 <= range.lowerBound } == record)
                if let value = indexed.values.first(where: { $0.contains(range.lowerBound) }) {
                    #expect(indexed.bytes[range.lowerBound - 1] == 10, "\(value)")
                }
                end = range.upperBound
            }
            #expect(end == indexed.bytes.count)
        }
    }

    @Test("lists the documents in the order of their keys")
    func order() throws {
        var random = SeededGenerator(seed: 5)
        let keys = (0..<200).map { _ in
            Array("dir/".utf8)
                + (0..<Int.random(in: 1..<14, using: &random)).map { _ in
                    UInt8.random(in: 0...2, using: &random) &* 127
                }
        }
        let unique = Array(Set(keys)).sorted { $0.lexicographicallyPrecedes($1) }.shuffled(
            using: &random)
        let indexed = IndexedDocuments(unique.map { ($0, [97]) }, dead: [3, 7])
        let alive = unique.indices.filter { $0 != 3 && $0 != 7 }
        let expected = alive.sorted { unique[$0].lexicographicallyPrecedes(unique[$1]) }
        try indexed.withIndex { index in
            #expect(
                (0..<index.documents).map(index.document) == expected.map { indexed.records[$0] })
        }
    }

    @Test("leaves out what was dead")
    func dead() throws {
        let documents = [("a", "needle"), ("b", "haystack")].map {
            (Array($0.0.utf8), Array($0.1.utf8))
        }
        let indexed = IndexedDocuments(documents, dead: [0])
        try indexed.withIndex { index in
            let needle = try TrigramPlan(GrepQuery("needle")).candidates(in: index)
            #expect(needle?.isEmpty == true)
            let haystack = try TrigramPlan(GrepQuery("haystack")).candidates(in: index)
            #expect(haystack == nil)
        }
    }

    @Test("has units of noise as candidates of what it does not hold about them")
    func noise() throws {
        var random = SeededGenerator(seed: 3)
        var documents = (0..<40).map { _ in Array(repeating: UInt8(ascii: "a"), count: 250) }
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz+/:;,.-_#!$%&()=?".utf8)
        documents.insert(
            (0..<6000).map { _ in UInt8.random(in: 11...255, using: &random) }, at: 20)
        documents.insert(
            (0..<6000).map { _ in digits.randomElement(using: &random) ?? 0 }, at: 30)
        let indexed = IndexedDocuments(documents)
        try indexed.withIndex { index in
            let (binary, text) = (
                indexed.units(of: 20, in: index), indexed.units(of: 30, in: index)
            )
            for (pattern, expected) in [("needle", text), ("приветы", binary + text)] {
                let units = try #require(try TrigramPlan(GrepQuery(pattern)).candidates(in: index))
                #expect((0..<index.units).filter(units.contains) == expected)
            }
        }
    }

    @Test("of nothing is an index of nothing")
    func empty() throws {
        try IndexedDocuments([[UInt8]]()).withIndex { index in
            #expect(index.units == 0)
            #expect(index.grams == 0)
            #expect(index.unit(0) == nil)
            #expect(index.document(0) == nil)
            let needle = try TrigramPlan(GrepQuery("needle")).candidates(in: index)
            #expect(needle?.isEmpty == true)
        }
    }

    @Test("may hold any bytes: reading it ends and stays inside", arguments: 1...3 as ClosedRange)
    func corrupted(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let whole = IndexedDocuments(Self.documents(seed, 20)).parts
        let plans = try ["foo", "(a|b)+c", "привет", "^int"].map { try TrigramPlan(GrepQuery($0)) }
        var opened = 0
        for _ in 0..<400 {
            var parts = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) { parts.damage(&random) }
            parts.withIndex { index in
                guard let index else { return }
                opened += 1
                for plan in plans { _ = plan.candidates(in: index) }
                for unit in 0..<min(index.units, 500) {
                    if let unit = index.unit(unit) {
                        #expect(unit.range.upperBound <= index.segmentBytes)
                    }
                    _ = index.document(unit)
                }
            }
        }
        #expect(opened > 100)
    }
}

extension SegmentIndexParts {
    /// Changes, cuts or lengthens one part.
    fileprivate mutating func damage(_ random: inout SeededGenerator) {
        let fields: [WritableKeyPath<SegmentIndexParts, [UInt8]>] = [
            \.facts, \.units, \.documents, \.dictionary, \.postings,
        ]
        let field = fields[Int.random(in: 0..<fields.count, using: &random)]
        guard !self[keyPath: field].isEmpty else { return }
        let place = Int.random(in: 0..<self[keyPath: field].count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: self[keyPath: field].removeLast()
        case 1: self[keyPath: field].append(.random(in: 0...255, using: &random))
        default: self[keyPath: field][place] = .random(in: 0...255, using: &random)
        }
    }
}
