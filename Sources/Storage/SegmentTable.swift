/// The segments of a store by number: appends, marks dead, frees, and counts each byte.
///
/// `@unchecked Sendable`: it owns its memory alone, and cannot be copied.
struct SegmentTable: ~Copyable, @unchecked Sendable {
    private(set) var states = [SegmentState()]
    private(set) var bases = SegmentBases(pointers: .allocate(capacity: 64))
    private var room = 64
    private var freeNumbers: [Int] = []
    /// The segments that take the next record, a new one and one that was kept before; 0 for none.
    private var open = (new: 0, kept: 0)
    /// An empty segment to open next, kept so that steady overwriting maps and unmaps nothing.
    private var spare: MemorySegment?
    private let largest: Int
    private let first: Int

    private(set) var count = 0
    /// Bytes of records appended and not freed, dead or not.
    private(set) var usedBytes = 0
    private(set) var deadBytes = 0
    /// Bytes mapped, with the spare segment.
    private(set) var mappedBytes = 0
    /// Bytes of the sets of dead records.
    private(set) var bitmapBytes = 0
    /// The same of sealed segments alone: what the cleaner can do something about.
    private(set) var sealedBytes = 0
    private(set) var sealedDeadBytes = 0
    /// Sealed segments more than half dead.
    private(set) var mostlyDead = 0
    /// Bytes of the indexes that searches use.
    private(set) var searchIndexBytes = 0
    private var lastSerial: UInt64 = 0
    private var lastTurn: UInt64 = 0

    init(largest: Int, first: Int) {
        self.largest = largest
        self.first = min(first, largest)
        bases.pointers.initialize(repeating: nil, count: room)
    }

    deinit { bases.pointers.deallocate() }

    /// Records above this get a segment of their own, so that sealing wastes little.
    private var largestShared: Int { largest / 8 }

    /// Fetches what `markDead` will write to.
    @inline(__always)
    func prefetchDeath(of address: RecordAddress) {
        states[address.segment].dead.prefetch(address.offset)
    }

    /// Bytes that `append` would have to map for a record of `size`: usually 0.
    func bytesToMap(for size: Int) -> Int {
        if size <= largestShared {
            if open.new != 0, states[open.new].tail + size <= states[open.new].capacity {
                return 0
            }
            if let spare, spare.capacity >= size { return 0 }
        }
        return MemorySegment.footprint(of: newBytes(for: size))
    }

    /// Room for a record of `size` bytes, or nil when the system gives no memory.
    mutating func append(_ size: Int, isKept: Bool = false) -> RecordAddress? {
        if size > largestShared {
            guard let number = add(MemorySegment(bytes: newBytes(for: size))) else { return nil }
            states[number].isKept = isKept
            return take(size, from: number)
        }
        let number = isKept ? open.kept : open.new
        if number != 0, states[number].tail + size <= states[number].capacity {
            return take(size, from: number)
        }
        guard let number = openNext(for: size, isKept: isKept) else { return nil }
        return take(size, from: number)
    }

    /// The eviction has looked at all of a segment: it is kept, and its turn comes last again.
    mutating func keep(_ number: Int) {
        lastTurn += 1
        states[number].isKept = true
        states[number].turn = lastTurn
    }

    /// The record at `address` is not the one of its key any more. Frees a sealed segment with
    /// its last record; returns whether it did.
    mutating func markDead(_ address: RecordAddress, _ size: Int) -> Bool {
        let number = address.segment
        let wasMostlyDead = states[number].isMostlyDead
        states[number].deadBytes += size
        deadBytes += size
        if !states[number].isOpen {
            sealedDeadBytes += size
            if !wasMostlyDead, states[number].isMostlyDead { mostlyDead += 1 }
            if states[number].deadBytes == states[number].tail {
                free(number)
                return true
            }
        }
        bitmapBytes += states[number].dead.insert(
            address.offset, capacity: states[number].capacity)
        return false
    }

    func deadBytes(of number: Int) -> (bytes: Int, isMost: Bool) {
        (states[number].deadBytes, states[number].isMostlyDead)
    }

    /// The sealed segment with the largest share of dead bytes; nil when none has any. One is left
    /// alone: whatever the eviction looks at now.
    func deadest(but other: Int) -> Int? {
        var best: Int?
        for number in states.indices
        where !states[number].isOpen && states[number].deadBytes > 0 && number != other {
            guard let champion = best else {
                best = number
                continue
            }
            let (left, right) = (states[number], states[champion])
            if left.deadBytes * right.tail > right.deadBytes * left.tail { best = number }
        }
        return best
    }

    func snapshot() -> [SegmentSnapshot] {
        states.compactMap { state in
            guard let segment = state.segment, state.deadBytes < state.tail else { return nil }
            return SegmentSnapshot(
                segment: segment, tail: state.tail, dead: state.dead, index: state.searchIndex)
        }
    }

    /// Changes what is noted about the indexing of a segment.
    mutating func update(_ number: Int, _ change: (inout IndexingState) -> Void) {
        change(&states[number].indexing)
    }

    /// Gives a segment an index in place of the one that it may have.
    mutating func attach(_ index: SearchIndex, to number: Int) {
        searchIndexBytes += index.footprint - (states[number].searchIndex?.footprint ?? 0)
        states[number].searchIndex = index
    }

    mutating func removeAll() {
        states = [SegmentState()]
        bases.pointers.update(repeating: nil, count: room)
        freeNumbers = []
        spare = nil
        open = (0, 0)
        (count, usedBytes, deadBytes, mappedBytes) = (0, 0, 0, 0)
        (bitmapBytes, sealedBytes, sealedDeadBytes, mostlyDead) = (0, 0, 0, 0)
        searchIndexBytes = 0
    }

    private mutating func take(_ size: Int, from number: Int) -> RecordAddress {
        let offset = states[number].tail
        states[number].tail += size
        usedBytes += size
        if !states[number].isOpen { sealedBytes += size }
        return RecordAddress(segment: number, offset: offset)
    }

    /// As large as everything before it, so that a small store takes little.
    private func newBytes(for size: Int) -> Int {
        let least = size + MemorySegment.padding
        return size > largestShared ? least : max(least, min(largest, max(first, usedBytes)))
    }

    private mutating func openNext(for size: Int, isKept: Bool) -> Int? {
        let segment: MemorySegment?
        if let spare, spare.capacity >= size {
            segment = spare
            mappedBytes -= spare.footprint
            self.spare = nil
        } else {
            segment = MemorySegment(bytes: newBytes(for: size))
        }
        guard let number = add(segment) else { return nil }
        seal(isKept ? open.kept : open.new)
        if isKept { open.kept = number } else { open.new = number }
        states[number].isOpen = true
        states[number].isKept = isKept
        return number
    }

    private mutating func seal(_ number: Int) {
        guard number != 0 else { return }
        states[number].isOpen = false
        sealedBytes += states[number].tail
        sealedDeadBytes += states[number].deadBytes
        if states[number].isMostlyDead { mostlyDead += 1 }
        if states[number].deadBytes == states[number].tail { free(number) }
    }

    private mutating func add(_ segment: MemorySegment?) -> Int? {
        guard let segment else { return nil }
        let number = freeNumbers.popLast() ?? states.count
        guard number < RecordAddress.segments else { return nil }
        if number == states.count {
            states.append(SegmentState())
            if number == room { growBases() }
        }
        lastSerial += 1
        lastTurn += 1
        states[number].turn = lastTurn
        states[number].segment = segment
        states[number].capacity = segment.capacity
        states[number].serial = lastSerial
        bases.pointers[number] = segment.base
        mappedBytes += segment.footprint
        count += 1
        return number
    }

    private mutating func growBases() {
        let grown = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 2 * room)
        grown.moveInitialize(from: bases.pointers, count: room)
        (grown + room).initialize(repeating: nil, count: room)
        bases.pointers.deallocate()
        bases = SegmentBases(pointers: grown)
        room *= 2
    }

    private mutating func free(_ number: Int) {
        var state = SegmentState()
        swap(&state, &states[number])
        bases.pointers[number] = nil
        freeNumbers.append(number)
        count -= 1
        usedBytes -= state.tail
        deadBytes -= state.deadBytes
        sealedBytes -= state.tail
        sealedDeadBytes -= state.deadBytes
        bitmapBytes -= state.dead.bytes
        searchIndexBytes -= state.searchIndex?.footprint ?? 0
        mostlyDead -= 1
        mappedBytes -= state.segment?.footprint ?? 0
        keep(&state.segment)
    }

    /// Keeps a freed segment as the spare one if it has full size and no reader.
    private mutating func keep(_ segment: inout MemorySegment?) {
        guard spare == nil, isKnownUniquelyReferenced(&segment), let segment,
            segment.footprint == MemorySegment.footprint(of: largest)
        else { return }
        spare = segment
        mappedBytes += segment.footprint
    }
}
