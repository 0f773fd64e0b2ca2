import CLinux
import GrepvineDistCore

/// One partition's part of the key index: a directory of 2^depth pages, none before the first key.
struct IndexTable {
    var pages: UnsafeMutablePointer<IndexPage>?
    var depth = 0
    var count = 0

    /// Frees pages and directory.
    mutating func free() {
        guard let pages else { return }
        var index = 0
        while index < 1 << depth {
            pages[index].free()
            index += run(of: pages[index])
        }
        pages.deallocate()
        self = IndexTable()
    }

    /// Entries of the directory that stand for one page.
    func run(of page: IndexPage) -> Int { 1 << (depth - Int(page.depth)) }

    /// The first entry of the page that a hash belongs to: the one that counts its keys.
    @inline(__always)
    func canonicalPage(_ hash: KeyHash) -> UnsafeMutablePointer<IndexPage> {
        guard let pages else { preconditionFailure("a partition without pages") }
        let index = hash.directoryIndex(depth: depth)
        return pages + (index & ~(run(of: pages[index]) - 1))
    }

    /// Makes every entry of a run stand for `page`.
    func setRun(_ first: UnsafeMutablePointer<IndexPage>, _ length: Int, to page: IndexPage) {
        for index in 0..<length { first[index] = page }
    }

    /// May the directory double? It must not outgrow the keys, even if their hashes are alike.
    var mayDouble: Bool { depth < KeyHash.deepest && 8 << depth <= count }

    /// Returns by how many bytes the directory grew.
    mutating func double() -> Int {
        guard let pages else { preconditionFailure("a partition without pages") }
        let size = 1 << depth
        let doubled = UnsafeMutablePointer<IndexPage>.allocate(capacity: 2 * size)
        for index in 0..<size {
            (doubled + 2 * index).initialize(repeating: pages[index], count: 2)
        }
        pages.deallocate()
        self.pages = doubled
        depth += 1
        return size * MemoryLayout<IndexPage>.stride
    }
}

extension KeyIndex {
    /// Grows or splits pages until one more key with this hash fits. Returns by how many bytes the
    /// index grew.
    func makeRoom(
        in table: UnsafeMutablePointer<IndexTable>, _ hash: KeyHash, _ bases: SegmentBases
    ) -> Int {
        var grown = 0
        if table.pointee.pages == nil {
            table.pointee.pages = .allocate(capacity: 1)
            table.pointee.pages?.initialize(to: IndexPage())
            grown += MemoryLayout<IndexPage>.stride
        }
        while true {
            let page = table.pointee.canonicalPage(hash)
            guard page.pointee.isFull else { return grown }
            if page.pointee.lines < pageLines {
                grown += grow(page, in: table.pointee, limit: pageLines)
            } else if Int(page.pointee.depth) < table.pointee.depth {
                grown += split(page, in: table.pointee, bases)
            } else if table.pointee.mayDouble {
                grown += table.pointee.double()
            } else {
                grown += grow(page, in: table.pointee, limit: IndexPage.mostLines)
            }
        }
    }

    private func grow(
        _ page: UnsafeMutablePointer<IndexPage>, in table: IndexTable, limit: Int
    ) -> Int {
        let old = page.pointee
        let lines = min(limit, max(Int(old.lines) + 1, IndexPage.lines(for: Int(old.count) + 1)))
        precondition(lines > old.lines, "half a million keys of one partition share one hash")
        var new = IndexPage(lines: lines, depth: Int(old.depth))
        for index in 0..<old.slotCount {
            guard let slot = old.slots?[index], slot != 0 else { continue }
            new.place(slot)
        }
        new.count = old.count
        table.setRun(page, table.run(of: old), to: new)
        old.free()
        return new.bytes - old.bytes
    }

    /// Divides a page by the next bit of its keys' hashes, which only the records know: they are
    /// fetched all at once, then read.
    private func split(
        _ page: UnsafeMutablePointer<IndexPage>, in table: IndexTable,
        _ bases: SegmentBases
    ) -> Int {
        let old = page.pointee
        guard let slots = old.slots else { preconditionFailure("an empty page is never full") }
        for index in 0..<old.slotCount where slots[index] != 0 {
            grepvine_prefetch(bases.pointer(RecordAddress(slot: slots[index])))
        }
        let half = table.run(of: old) / 2
        var new = (IndexPage(), IndexPage())
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: old.slotCount) { upper in
            var counts = (0, 0)
            for index in 0..<old.slotCount where slots[index] != 0 {
                let record = bases.record(RecordAddress(slot: slots[index]))
                let isUpper = self.hash(of: record).bits >> UInt64(53 - old.depth) & 1 == 1
                upper.initializeElement(at: index, to: isUpper)
                if isUpper { counts.1 += 1 } else { counts.0 += 1 }
            }
            let depth = Int(old.depth) + 1
            new.0 = IndexPage(lines: lines(counts.0), depth: depth)
            new.1 = IndexPage(lines: lines(counts.1), depth: depth)
            for index in 0..<old.slotCount where slots[index] != 0 {
                if upper[index] { new.1.place(slots[index]) } else { new.0.place(slots[index]) }
            }
            new.0.count = UInt32(counts.0)
            new.1.count = UInt32(counts.1)
        }
        table.setRun(page, half, to: new.0)
        table.setRun(page + half, half, to: new.1)
        old.free()
        return new.0.bytes + new.1.bytes - old.bytes
    }

    /// For the halves of a page that may be larger than usual: never too few lines for the keys.
    private func lines(_ count: Int) -> Int {
        max(min(pageLines, IndexPage.lines(for: count)), (count + 6) / 7)
    }
}
