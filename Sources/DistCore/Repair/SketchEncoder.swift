/// Makes as many coded symbols of a set as somebody wants: a rateless sketch (A2). Nobody has to
/// guess how much two sets differ; 1.35 symbols for each difference are enough in the long run.
package struct SketchEncoder: Sendable {
    package let entries: [UInt64]
    private var mappings: [SymbolMapping]
    package private(set) var symbols: [CodedSymbol] = []

    /// The entries of a set, each once, in any order.
    package init(_ entries: [UInt64]) {
        self.entries = entries
        mappings = entries.map { SymbolMapping($0) }
    }

    /// Makes symbols until there are `count`. One step looks at every entry, so ask for many.
    package mutating func extend(to count: Int) {
        guard count > symbols.count else { return }
        symbols += repeatElement(CodedSymbol(), count: count - symbols.count)
        let end = UInt64(count)
        for number in entries.indices {
            var mapping = mappings[number]
            guard mapping.index < end else { continue }
            let entry = entries[number]
            repeat {
                symbols[Int(mapping.index)].add(entry, 1)
                mapping.advance()
            } while mapping.index < end
            mappings[number] = mapping
        }
    }
}
