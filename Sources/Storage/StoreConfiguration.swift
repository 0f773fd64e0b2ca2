/// How one node's store is laid out. The defaults suit a server; tests make everything small.
package struct StoreConfiguration: Sendable {
    /// Bytes of a full-grown memory segment: 4 KiB to 128 MiB.
    package var segmentSize: Int
    /// Bytes of the first segment. Later ones grow with the store, so that an idle node is small.
    package var firstSegmentSize: Int
    /// Bytes that segments and index may take together; nil for no limit. At the limit a merge
    /// answers `overloaded`. A quarter of it is headroom for dead bytes and the cleaner.
    package var memoryLimit: Int?
    /// Values that nobody read go when the limit comes near (E1), so that merges go on.
    package var evicts: Bool
    /// Evictions that are remembered for each partition; nil for as many as the limit allows.
    package var evictionsRemembered: Int?
    /// Seeds the key index, so that nobody outside can aim keys at one page.
    package var seed: UInt64
    /// Cache lines of eight slots in an index page before it splits.
    package var pageLines: Int
    /// Bits of the hash that count. All of them, but for tests that want keys to collide.
    package var hashMask: UInt64

    package init(
        segmentSize: Int = 32 << 20, firstSegmentSize: Int = 1 << 20, memoryLimit: Int? = nil,
        evicts: Bool = false, evictionsRemembered: Int? = nil, seed: UInt64, pageLines: Int = 32,
        hashMask: UInt64 = .max
    ) {
        precondition(segmentSize >= 4096 && segmentSize <= 128 << 20, "segment of \(segmentSize)")
        precondition(pageLines >= 2 && pageLines <= 1024, "page of \(pageLines) lines")
        self.segmentSize = segmentSize
        self.firstSegmentSize = firstSegmentSize
        self.memoryLimit = memoryLimit
        self.evicts = evicts && memoryLimit != nil
        self.evictionsRemembered = evictionsRemembered
        self.seed = seed
        self.pageLines = pageLines
        self.hashMask = hashMask
    }
}
