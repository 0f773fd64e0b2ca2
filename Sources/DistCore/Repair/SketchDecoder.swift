/// Finds out from the other side's coded symbols what each side has that the other has not.
package struct SketchDecoder: Sendable {
    private var own: SketchEncoder
    /// The other side's symbols less this side's, and less what was found.
    private var symbols: [CodedSymbol] = []
    private var found: [Found] = []
    /// Symbols that may have one entry left.
    private var singles: [Int] = []
    private var known: Set<UInt64> = []
    /// What was found makes no sense: an entry was found twice.
    package private(set) var isBroken = false

    private struct Found {
        let entry: UInt64
        let isTheirs: Bool
        var mapping: SymbolMapping
    }

    package init(_ entries: [UInt64]) { own = SketchEncoder(entries) }

    /// Symbols taken in so far.
    package var count: Int { symbols.count }

    /// Nothing is left in any symbol: every entry takes part in the first.
    package var isComplete: Bool { symbols.first?.isEmpty ?? false }

    /// Entries that only the other side has, and those that only this side has, ascending.
    package var theirs: [UInt64] { found.filter(\.isTheirs).map(\.entry).sorted() }
    package var ours: [UInt64] { found.filter { !$0.isTheirs }.map(\.entry).sorted() }

    /// Takes in the other side's next symbols and finds what they tell.
    package mutating func add(_ next: [CodedSymbol]) {
        let start = symbols.count
        let end = start + next.count
        own.extend(to: end)
        symbols += next
        for index in start..<end { symbols[index].subtract(own.symbols[index]) }
        for number in found.indices { apply(number, before: end) }
        singles += (start..<end).filter { symbols[$0].isSingle }
        while let index = singles.popLast(), !isBroken { peel(index) }
    }

    private mutating func peel(_ index: Int) {
        guard symbols[index].isSingle else { return }
        let symbol = symbols[index]
        guard known.insert(symbol.sum).inserted else {
            isBroken = true
            return
        }
        found.append(
            Found(
                entry: symbol.sum, isTheirs: symbol.count == 1,
                mapping: SymbolMapping(symbol.sum)))
        apply(found.count - 1, before: symbols.count)
    }

    /// Takes a found entry out of the symbols that it takes part in.
    private mutating func apply(_ number: Int, before end: Int) {
        let (entry, sign): (UInt64, Int64) = (
            found[number].entry, found[number].isTheirs ? -1 : 1
        )
        var mapping = found[number].mapping
        while mapping.index < UInt64(end) {
            let index = Int(mapping.index)
            symbols[index].add(entry, sign)
            if symbols[index].isSingle { singles.append(index) }
            mapping.advance()
        }
        found[number].mapping = mapping
    }
}
