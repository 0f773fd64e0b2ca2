/// One segment as it was at one moment, for any thread to read without a lock.
///
/// The segment stays mapped as long as the snapshot is held. The snapshots of one moment hold each
/// key of the store exactly once, whatever the cleaner moves afterwards.
package struct SegmentSnapshot: Sendable {
    private let segment: MemorySegment
    /// Bytes of records, dead or not, from the start of the segment.
    package let tail: Int
    private let dead: DeadRecords
    /// Covers the segment from its start on; not always up to the tail.
    package let index: SearchIndex?

    init(segment: MemorySegment, tail: Int, dead: DeadRecords, index: SearchIndex?) {
        self.segment = segment
        self.tail = tail
        self.dead = dead
        self.index = index
    }

    /// The same records are alive in both.
    package func holdsTheSame(as other: SegmentSnapshot) -> Bool {
        segment === other.segment && tail == other.tail && dead == other.dead
    }

    /// The same moment, for a search that must read everything.
    package var withoutIndex: SegmentSnapshot {
        SegmentSnapshot(segment: segment, tail: tail, dead: dead, index: nil)
    }

    /// Everything up to the tail: records with their headers. Valid as long as the snapshot is
    /// held.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: segment.base, count: tail)
    }

    /// The record at a place where one begins.
    package func record(at offset: Int) -> RecordView {
        precondition(offset >= 0 && offset < tail, "record at \(offset) of \(tail)")
        return RecordView(start: UnsafeRawPointer(segment.base + offset))
    }

    package func isDead(at offset: Int) -> Bool { dead.contains(offset) }

    /// Records from `offset` on, a value where an earlier call stopped, in the order of arrival.
    /// Stops after the one for which `body` answers false. Returns where to go on; `tail` is the
    /// end. Values have at least 64 readable bytes behind them.
    @discardableResult
    package func forEachRecord(from offset: Int = 0, _ body: (RecordView) -> Bool) -> Int {
        withExtendedLifetime(segment) {
            var position = offset
            while position < tail {
                let record = RecordView(start: UnsafeRawPointer(segment.base + position))
                let isDead = dead.contains(position)
                position += record.size
                if !isDead, !body(record) { break }
            }
            return position
        }
    }
}
