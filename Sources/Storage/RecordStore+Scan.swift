package import GrepvineDistCore

extension KeyIndex {
    /// The page that covers the hash `bits`, and the first hash past it; nil at the very end.
    func pageRange(at bits: UInt64) -> (page: IndexPage, next: UInt64?) {
        let page = page(KeyHash(bits: bits))
        let span: UInt64 = 1 << (54 - UInt64(page.depth))
        let next = (bits & ~(span - 1)) &+ span
        return (page, next == 0 ? nil : next)
    }
}

extension RecordStore {
    /// Visits records in hash order, page by page, until at least `limit` were seen or `visit`
    /// answers false, and returns the cursor to go on with: nil at the end, 0 to start.
    ///
    /// A record that is there from the first call to the last is visited exactly once, whatever
    /// else comes, goes and moves: hashes do not change, and a cursor is a hash. Cursors belong to
    /// this store alone. Should `visit` answer false among equal hashes, it still gets the others.
    package func scan(
        from cursor: UInt64 = 0, in partition: Partition? = nil, limit: Int = .max,
        _ visit: (RecordView) -> Bool
    ) -> UInt64? {
        let first = UInt64(partition?.number ?? 0) << 54
        // Nil stands for 2⁶⁴.
        let end = partition.flatMap { $0.number == 1023 ? nil : first + 1 << 54 }
        var position = max(cursor, first)
        var seen = 0
        while true {
            if let end, position >= end { return nil }
            let (page, next) = index.pageRange(at: position)
            let entries = sortedEntries(of: page, from: position)
            var wants = true
            for (number, entry) in entries.enumerated() {
                if !wants, entry.hash != entries[number - 1].hash { return entry.hash }
                wants = visit(segments.bases.record(entry.address)) && wants
            }
            seen += entries.count
            guard let next, end.map({ next < $0 }) ?? true else { return nil }
            if !wants || seen >= limit { return next }
            position = next
        }
    }

    private func sortedEntries(
        of page: IndexPage, from start: UInt64
    ) -> [(hash: UInt64, address: RecordAddress)] {
        guard let slots = page.slots else { return [] }
        var entries: [(hash: UInt64, address: RecordAddress)] = []
        entries.reserveCapacity(Int(page.count))
        for number in 0..<page.slotCount where slots[number] != 0 {
            let address = RecordAddress(slot: slots[number])
            let hash = index.hash(of: segments.bases.record(address)).bits
            if hash >= start { entries.append((hash, address)) }
        }
        entries.sort { $0.hash < $1.hash }
        return entries
    }
}
