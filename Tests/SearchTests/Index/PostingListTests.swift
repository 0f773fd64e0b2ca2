import GrepvineDistCore
import Testing

@testable import GrepvineSearch

@Suite("Postings")
struct PostingListTests {
    private static func read(_ list: PostingList, _ bytes: [UInt8], units: Int) -> [Int]? {
        bytes.withUnsafeBytes {
            var set = UnitSet(units: units)
            guard list.read(ByteSection($0), into: &set) else { return nil }
            return (0..<units).filter(set.contains)
        }
    }

    @Test(
        "come back as they were, in the shorter form", arguments: [1, 7, 8, 64, 65, 1000, 16_384])
    func roundTrip(units: Int) {
        var random = SeededGenerator(seed: UInt64(units))
        for share in [0.0, 0.001, 0.01, 0.1, 0.5, 0.99, 1] {
            let numbers = (0..<units).filter { _ in Double.random(in: 0..<1, using: &random) < share
            }
            var bytes: [UInt8] = [1, 2, 3]
            let form = numbers.map { UInt32($0) }.withUnsafeBufferPointer {
                PostingList.encode($0, units: units, into: &bytes)
            }
            let list = PostingList(form: form, range: 3..<bytes.count)
            #expect(Self.read(list, bytes, units: units) == numbers)
            #expect(list.range.count <= (units + 7) / 8)
            #expect(bytes.prefix(3) == [1, 2, 3])
        }
    }

    @Test("are refused when they name a unit that there is not, or one twice, or go on")
    func refused() {
        let cases: [(PostingList.Form, [UInt8])] = [
            (.differences, [10]), (.differences, [3, 0]), (.differences, [3, 7]),
            (.differences, [0x80]), (.differences, [0xff, 0xff, 0xff, 0xff, 0x7f]),
            (.bitmap, [1]), (.bitmap, [1, 4]), (.bitmap, [1, 2, 3]),
        ]
        for (form, bytes) in cases {
            let list = PostingList(form: form, range: 0..<bytes.count)
            #expect(Self.read(list, bytes, units: 10) == nil, "\(form) \(bytes)")
        }
        let beyond = PostingList(form: .differences, range: 0..<5)
        #expect(Self.read(beyond, [1, 1], units: 10) == nil)
    }

    @Test("of any bytes end", arguments: 0..<4)
    func hostile(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let units = Int.random(in: 0..<300, using: &random)
            for form in [PostingList.Form.differences, .bitmap] {
                let list = PostingList(form: form, range: 0..<bytes.count)
                let found = Self.read(list, bytes, units: units) ?? []
                #expect(found.allSatisfy { $0 < units })
            }
        }
    }

    @Test("sets of units know their neighbours")
    func runs() {
        var set = UnitSet(units: 200)
        let inserted = [0, 1, 2, 63, 64, 65, 100, 199, 200, -1].map { set.insert($0) }
        #expect(inserted == Array(repeating: true, count: 8) + [false, false])
        #expect(set.runs == [0..<3, 63..<66, 100..<101, 199..<200])
        #expect(set.count == 8)
        #expect(UnitSet(units: 70, all: true).count == 70)
        #expect(UnitSet(units: 64, all: true).runs == [0..<64])
    }
}
