#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One run of memory that records are appended to, back to back. Unmapped when its last reader is
/// gone, on whichever thread that is.
///
/// `@unchecked Sendable`: only the store writes, only above its tail, and a reader on another
/// thread got the tail that it reads up to through a queue. Bytes below a tail never change.
package final class MemorySegment: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    /// Bytes that records may take.
    package let capacity: Int
    /// Bytes that it takes from the system when all of its pages are touched.
    let footprint: Int

    /// Zeroes behind the last record, so that a vector load never leaves the mapping.
    package static let padding = 64

    private static let page = 4096

    /// Takes `bytes` from the system, rounded up to pages; nil when it has no more. Pages are
    /// touched only as records arrive.
    init?(bytes: Int) {
        footprint = Self.footprint(of: bytes)
        capacity = footprint - Self.padding
        let address = mmap(
            nil, footprint, PROT_READ | PROT_WRITE, MAP_PRIVATE | Self.anonymous, -1, 0)
        guard let address, address != MAP_FAILED else { return nil }
        base = address
        #if !canImport(Darwin)
            // Records are looked at in no order: with pages of 4 KiB most looks would miss the
            // processor's table of pages as well. Where there are no large ones, nothing changes.
            madvise(address, footprint, MADV_HUGEPAGE)
        #endif
    }

    deinit { munmap(base, footprint) }

    static func footprint(of bytes: Int) -> Int { (bytes + page - 1) & ~(page - 1) }

    #if canImport(Darwin)
        private static let anonymous = MAP_ANON
    #else
        private static let anonymous = MAP_ANONYMOUS
    #endif
}
