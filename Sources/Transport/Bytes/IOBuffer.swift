/// Bytes on their way in or out: appended at the tail, consumed at the head, in one block of
/// memory that is reused. It grows when it must; whether it may is the owner's question, asked
/// with `count` against a limit before more is put in.
package struct IOBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var head = 0
    private var tail = 0
    package private(set) var capacity = 0

    package init() {}

    package init(capacity: Int) { reserve(capacity) }

    deinit { base?.deallocate() }

    package var count: Int { tail - head }
    package var isEmpty: Bool { tail == head }

    /// What was appended and not consumed. Valid until the next call that changes the buffer;
    /// a decoder may rewrite these bytes in place.
    package var readable: UnsafeMutableRawBufferPointer {
        guard let base, tail > head else {
            return UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeMutableRawBufferPointer(start: base + head, count: tail - head)
    }

    /// A copy of `readable`: for tests and cold paths.
    package var bytes: [UInt8] { Array(readable) }

    package mutating func consume(_ amount: Int) {
        precondition(amount >= 0 && amount <= count, "consume \(amount) of \(count) bytes")
        head += amount
        if head == tail {
            head = 0
            tail = 0
        }
    }

    package mutating func removeAll() {
        head = 0
        tail = 0
    }

    /// Forgets what was appended after the first `amount` readable bytes.
    package mutating func truncate(to amount: Int) {
        precondition(amount >= 0 && amount <= count, "truncate to \(amount) of \(count) bytes")
        tail = head + amount
    }

    /// Gives the memory back when nothing is in it and it is larger than `kept` bytes.
    package mutating func shrink(keeping kept: Int = 0) {
        guard isEmpty, capacity > kept else { return }
        base?.deallocate()
        base = nil
        (head, tail, capacity) = (0, 0, 0)
    }

    /// Room for `amount` more bytes, so that appending them moves nothing.
    package mutating func reserve(_ amount: Int) {
        if capacity - tail < amount { makeRoom(amount) }
    }

    /// At least `amount` bytes to write into, then `commit` what was written.
    package mutating func prepare(_ amount: Int) -> UnsafeMutableRawBufferPointer {
        reserve(max(amount, 1))
        return UnsafeMutableRawBufferPointer(
            start: base.unsafelyUnwrapped + tail, count: capacity - tail)
    }

    package mutating func commit(_ amount: Int) {
        precondition(amount >= 0 && amount <= capacity - tail, "commit \(amount) bytes")
        tail += amount
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (base.unsafelyUnwrapped + tail).copyMemory(from: source, byteCount: bytes.count)
        tail += bytes.count
    }

    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    package mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(_ byte: UInt8) {
        reserve(1)
        base.unsafelyUnwrapped.storeBytes(of: byte, toByteOffset: tail, as: UInt8.self)
        tail += 1
    }

    /// The decimal digits of `number`, with a minus sign when negative.
    package mutating func append(decimal number: Int64) {
        let start = writer(reserving: 20)
        tail += writeDecimal(number, at: start)
    }

    /// Where to write at least `amount` bytes by hand; `commit` says how many were written.
    mutating func writer(reserving amount: Int) -> UnsafeMutablePointer<UInt8> {
        reserve(amount)
        return (base.unsafelyUnwrapped + tail).assumingMemoryBound(to: UInt8.self)
    }

    /// Moves what is left to the front when at least half of the block is consumed; otherwise
    /// doubles. Either way each byte is moved O(1) times on average.
    private mutating func makeRoom(_ amount: Int) {
        let live = count
        if let base, head >= capacity / 2, capacity - live >= amount {
            base.copyMemory(from: base + head, byteCount: live)
        } else {
            let size = max(256, capacity * 2, (live + amount).roundedUpToPowerOfTwo)
            let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            if let base {
                block.copyMemory(from: base + head, byteCount: live)
                base.deallocate()
            }
            base = block
            capacity = size
        }
        head = 0
        tail = live
    }
}

// One owner at a time: the memory is reachable through this value only, which cannot be copied.
extension IOBuffer: @unchecked Sendable {}

extension Int {
    var roundedUpToPowerOfTwo: Int {
        self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
    }
}
