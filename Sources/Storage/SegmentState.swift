import CLinux

/// What the store knows of one segment.
struct SegmentState {
    /// Nil when the number is free.
    var segment: MemorySegment?
    /// Of that segment, kept here because appends look at it.
    var capacity = 0
    /// Where the next record goes: bytes below it never change.
    var tail = 0
    /// Bytes of records that the index does not point at any more.
    var deadBytes = 0
    var isOpen = false
    /// Its records were looked at once and stayed, or come from such a segment (E1).
    var isKept = false
    /// Which segment the eviction looks at first: the one of the lowest turn.
    var turn: UInt64 = 0
    /// No other segment of this store ever has it: numbers are used again.
    var serial: UInt64 = 0
    /// What searches use to pass over most of it; covers what was below the tail at some time.
    var searchIndex: SearchIndex?
    var indexing = IndexingState()
    /// One bit for each 32 bytes, set where a dead record starts; empty until the first one dies.
    /// An array, so that a snapshot shares it until it changes.
    var dead = DeadRecords()

    var isFree: Bool { segment == nil }
    var isMostlyDead: Bool { deadBytes * 2 > tail }
}

/// Which records of a segment are dead, by where they start. A record is longer than 32 bytes, so
/// no two start in the same 32.
struct DeadRecords: Equatable, Sendable {
    private var words: [UInt64] = []

    var bytes: Int { words.count * 8 }

    func contains(_ offset: Int) -> Bool {
        let bit = offset >> 5
        return bit >> 6 < words.count && words[bit >> 6] >> UInt64(bit & 63) & 1 == 1
    }

    @inline(__always)
    func prefetch(_ offset: Int) {
        words.withUnsafeBufferPointer { words in
            guard offset >> 11 < words.count, let base = words.baseAddress else { return }
            grepvine_prefetch(base + (offset >> 11))
        }
    }

    /// Returns by how many bytes the set grew.
    mutating func insert(_ offset: Int, capacity: Int) -> Int {
        let grown = words.isEmpty ? (capacity >> 11) + 1 : 0
        if grown > 0 { words = Array(repeating: 0, count: grown) }
        words[offset >> 11] |= 1 << UInt64(offset >> 5 & 63)
        return grown * 8
    }
}
