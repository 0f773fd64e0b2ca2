/// How far the indexing of one segment is.
struct IndexingState {
    /// The tail at the last look, and how many looks have not seen it move since.
    var lastTail = 0
    var stillLooks = 0
    /// Looks since it got an index, or since it was new.
    var looks = 0
    /// What its index takes, when there was no room for it.
    var missingBytes = 0
}

/// A segment that should get an index, for another thread to read. It may be freed meanwhile.
package struct IndexingOrder: Sendable {
    package let snapshot: SegmentSnapshot
    let number: Int
    let serial: UInt64
}

/// Which segments get an index for searches, and when.
///
/// Writing pays nothing for it: whatever has no index is scanned. So a segment is left alone until
/// it has been quiet for a while, and for good when much of it is dead: under heavy overwriting
/// segments die before an index would have been of use. An index covers what lay below the tail
/// when it was made, so the open segment can have one as well; it is replaced as the segment grows.
extension RecordStore {
    /// Call about ten times a second: time passes for the segments.
    package mutating func lookAtSegments() {
        for number in segments.states.indices where !segments.states[number].isFree {
            let tail = segments.states[number].tail
            segments.update(number) { state in
                state.stillLooks = tail == state.lastTail ? state.stillLooks + 1 : 0
                state.lastTail = tail
                state.looks += 1
            }
        }
    }

    /// The segment with the most to gain, when there is one that needs an index and room for it.
    package func nextToIndex() -> IndexingOrder? {
        var best: (number: Int, gain: Int)?
        for number in segments.states.indices {
            let gain = gain(of: segments.states[number])
            if gain > best?.gain ?? 0 { best = (number, gain) }
        }
        guard let number = best?.number, let segment = segments.states[number].segment
        else { return nil }
        let state = segments.states[number]
        return IndexingOrder(
            snapshot: SegmentSnapshot(
                segment: segment, tail: state.tail, dead: state.dead, index: nil),
            number: number, serial: state.serial)
    }

    /// Gives a segment its index. False when the segment is gone, or there is no room.
    package mutating func attach(_ index: SearchIndex, to order: IndexingOrder) -> Bool {
        let state =
            segments.states.indices.contains(order.number)
            ? segments.states[order.number] : SegmentState()
        guard !state.isFree, state.serial == order.serial else { return false }
        let earlier = state.searchIndex?.footprint ?? 0
        guard hasRoom(forIndexOf: index.footprint - earlier) else {
            segments.update(order.number) { $0.missingBytes = index.footprint }
            return false
        }
        segments.attach(index, to: order.number)
        segments.update(order.number) {
            $0.missingBytes = 0
            $0.looks = 0
        }
        return true
    }

    /// Bytes of segments that an index covers.
    var searchIndexedBytes: Int {
        segments.states.reduce(0) { $0 + ($1.searchIndex?.covered ?? 0) }
    }

    private static let quietLooks = 10
    /// An open segment is not worth an index for less than this.
    private static let leastOpen = 64 << 10
    /// Nor, while it grows, for less than this and a quarter of what is covered.
    private static let leastGrowing = 1 << 20

    /// Bytes that an index would cover anew; 0 when it is not time.
    private func gain(of state: SegmentState) -> Int {
        let gain = state.tail - (state.searchIndex?.covered ?? 0)
        guard !state.isFree, gain > 0, state.deadBytes * 4 <= state.tail else { return 0 }
        let indexing = state.indexing
        let isQuiet = indexing.stillLooks >= Self.quietLooks
        let isDue =
            state.isOpen
            ? isQuiet && gain >= Self.leastOpen
                || indexing.looks >= Self.quietLooks
                    && gain >= max(Self.leastGrowing, (state.tail - gain) / 4)
            : isQuiet
        let expected = indexing.missingBytes > 0 ? indexing.missingBytes : state.tail / 5
        let growth = expected - (state.searchIndex?.footprint ?? 0)
        return isDue && hasRoom(forIndexOf: growth) ? gain : 0
    }

    /// Records and indexes share three quarters of the memory limit (`admits`): an index that made
    /// a write fail, or values go, would be worse than none.
    private func hasRoom(forIndexOf bytes: Int) -> Bool {
        guard let limit = configuration.memoryLimit else { return true }
        return liveBytes + indexBytes + bytes
            <= (configuration.evicts ? evictionMarks.first : capacity)
            && allocatedBytes + bytes + configuration.effectiveSegmentSize <= limit
    }
}
