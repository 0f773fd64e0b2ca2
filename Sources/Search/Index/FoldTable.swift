/// Each scalar's stand-in among those that are equal to it without case: the ASCII small letter if
/// there is one, else the least. So K (Kelvin) is k, and folding never makes text longer.
///
/// An index holds folded text only, and a plan folds what it looks for, so one index serves both
/// kinds of search, and no query has to spell out every variant of its letters.
struct FoldTable: Sendable {
    static let shared = FoldTable()

    /// Folds of single bytes; those above 0x7f are left alone.
    let ascii: [UInt8]
    /// Tells tables apart: an index of another Unicode version must not be asked.
    let digest: UInt32
    /// Pages of 256 scalars; page 0 stands for all that hold no cased scalar.
    private let pages: [UInt32]
    private let pageOfBlock: [UInt16]

    /// Cased scripts end below this.
    private static let end: UInt32 = 0x2_0000

    @inline(__always)
    func folded(_ scalar: UInt32) -> UInt32 {
        guard scalar < Self.end else { return scalar }
        let page = Int(pageOfBlock[Int(scalar >> 8)])
        guard page > 0 else { return scalar }
        return pages[page << 8 | Int(scalar & 0xff)]
    }

    private init() {
        var pages = [UInt32](repeating: 0, count: 256)
        var pageOfBlock = [UInt16](repeating: 0, count: Int(Self.end >> 8))
        var digest: UInt32 = 0x811c_9dc5
        for (scalar, standIn) in Self.pairs() {
            let block = Int(scalar >> 8)
            if pageOfBlock[block] == 0 {
                pageOfBlock[block] = UInt16(pages.count >> 8)
                pages += (0..<256).map { UInt32(block) << 8 | $0 }
            }
            pages[Int(pageOfBlock[block]) << 8 | Int(scalar & 0xff)] = standIn
            digest = (digest ^ (scalar << 8 ^ standIn)) &* 0x0100_0193
        }
        self.pages = pages
        self.pageOfBlock = pageOfBlock
        self.digest = digest
        ascii = (0...255).map { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
    }

    /// Every scalar with another case and its stand-in, ascending.
    private static func pairs() -> [(UInt32, UInt32)] {
        var standIns: [UInt32: UInt32] = [:]
        for value in UInt32(0x41)..<end where standIns[value] == nil {
            guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenCaseMapped
            else { continue }
            let equals = CaseFolding.closure(of: ScalarSet(value)).ranges.flatMap { Array($0) }
            let standIn = equals.first { (0x61...0x7a).contains($0) } ?? equals[0]
            for member in equals { standIns[member] = standIn }
        }
        return standIns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
