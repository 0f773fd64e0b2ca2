import GrepvineDistCore
import Testing

@testable import GrepvineSearch

@Suite("Folding for the index")
struct FoldTableTests {
    @Test("gives everything that is equal without case one stand-in, never a longer one")
    func standIns() {
        let table = FoldTable.shared
        for value in UInt32(0)...0x2_0000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let folded = table.folded(value)
            if table.folded(folded) != folded { Issue.record("U+\(value): no stand-in") }
            if folded != value {
                #expect(CaseFolding.closure(of: ScalarSet(value)).contains(folded))
                let standIn = Unicode.Scalar(folded)
                #expect(String(standIn!).utf8.count <= String(scalar).utf8.count)
            }
            guard scalar.properties.changesWhenCaseMapped else { continue }
            for equal in CaseFolding.closure(of: ScalarSet(value)).ranges.flatMap({ Array($0) }) {
                #expect(table.folded(equal) == folded)
            }
        }
        #expect(table.folded(0x212a) == 0x6b)
        #expect(table.folded(0x17f) == 0x73)
        #expect((0..<128).allSatisfy { UInt32(table.ascii[$0]) == table.folded(UInt32($0)) })
    }
}
