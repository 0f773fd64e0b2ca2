/// A page of the key index: cache lines of eight slots. A line fills from its first slot, and
/// what does not fit goes on to the next line, so a search ends at a line that is not full.
///
/// The same page may stand several times in a directory; only the first of them counts.
struct IndexPage {
    var slots: UnsafeMutablePointer<UInt64>?
    var count: UInt32 = 0
    var lines: UInt16 = 0
    /// Bits of the hash, after those of the partition, that all of its keys share.
    var depth: UInt8 = 0

    static let lineSlots = 8
    static let lineBytes = 64
    static let mostLines = Int(UInt16.max)

    init(lines: Int = 0, depth: Int = 0) {
        self.lines = UInt16(lines)
        self.depth = UInt8(depth)
        guard lines > 0 else { return }
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: lines * Self.lineBytes, alignment: Self.lineBytes)
        slots = memory.initializeMemory(
            as: UInt64.self, repeating: 0, count: lines * Self.lineSlots)
    }

    /// Lines for `count` keys with room for a sixth more.
    static func lines(for count: Int) -> Int { count == 0 ? 0 : count / 6 + 2 }

    func free() { slots?.deallocate() }

    var bytes: Int { Int(lines) * Self.lineBytes }
    var slotCount: Int { Int(lines) * Self.lineSlots }

    /// One slot in eight stays free: probing stays short, and some line is never full.
    var isFull: Bool { Int(count) >= Int(lines) * (Self.lineSlots - 1) }

    /// The line where the search for a fingerprint begins.
    @inline(__always)
    func home(_ fingerprint: UInt64) -> Int {
        Int((fingerprint &* UInt64(lines)) >> 16)
    }

    /// Puts a slot where a search will find it. The page is not full.
    func place(_ slot: UInt64) {
        guard let slots else { preconditionFailure("an empty page has no room") }
        var line = home(slot >> 48)
        while true {
            let start = slots + line * Self.lineSlots
            for index in 0..<Self.lineSlots where start[index] == 0 {
                start[index] = slot
                return
            }
            line = next(line)
        }
    }

    /// Empties a slot and closes the gap: first within its line, then with what had to go on from
    /// here to later lines.
    func vacate(_ slot: UnsafeMutablePointer<UInt64>) {
        guard let slots else { preconditionFailure("an empty page has no slots") }
        var line = (slot - slots) / Self.lineSlots
        var hole = slot
        while true {
            let start = slots + line * Self.lineSlots
            let last = lastSlot(of: start)
            let wasFull = last == start + Self.lineSlots - 1
            hole.pointee = last.pointee
            last.pointee = 0
            guard wasFull, let overflow = overflow(past: line, slots) else { return }
            last.pointee = overflow.pointee
            hole = overflow
            line = (overflow - slots) / Self.lineSlots
        }
    }

    /// A slot in a later line that would have gone to `line` had there been room.
    private func overflow(
        past line: Int, _ slots: UnsafeMutablePointer<UInt64>
    ) -> UnsafeMutablePointer<UInt64>? {
        var current = next(line)
        while current != line {
            let start = slots + current * Self.lineSlots
            for index in 0..<Self.lineSlots where start[index] != 0 {
                let home = home(start[index] >> 48)
                if distance(home, current) >= distance(line, current) { return start + index }
            }
            if start[Self.lineSlots - 1] == 0 { return nil }
            current = next(current)
        }
        return nil
    }

    private func lastSlot(
        of line: UnsafeMutablePointer<UInt64>
    ) -> UnsafeMutablePointer<UInt64> {
        var index = Self.lineSlots - 1
        while index > 0, line[index] == 0 { index -= 1 }
        return line + index
    }

    private func next(_ line: Int) -> Int { line + 1 == Int(lines) ? 0 : line + 1 }

    /// Steps from one line on to another, around the end.
    private func distance(_ from: Int, _ to: Int) -> Int {
        to >= from ? to - from : to - from + Int(lines)
    }
}
