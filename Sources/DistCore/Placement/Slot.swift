/// One of the 16,384 hash slots of Redis Cluster, so that its clients can route to owners.
public struct Slot: Hashable, Comparable, Sendable {
    public let number: UInt16

    public static let count = 16_384

    public init(number: UInt16) {
        precondition(Int(number) < Self.count, "slot \(number) of \(Self.count)")
        self.number = number
    }

    public init(of key: Key) { unsafe self.init(of: key.bytes.span.bytes) }

    /// CRC16 (XMODEM) of the key, or of its `{hash tag}` when it has one that is not empty.
    public init(of key: RawSpan) { number = CRC16.checksum(key, in: Self.hashed(key)) & 16_383 }

    public var partition: Partition { Partition(number: number / Partition.slots) }

    public static func < (left: Slot, right: Slot) -> Bool { left.number < right.number }

    /// Between the first `{` and the first `}` after it, when there is something between.
    private static func hashed(_ key: RawSpan) -> Range<Int> {
        var open = 0
        while open < key.byteCount, key[open] != UInt8(ascii: "{") { open += 1 }
        guard open < key.byteCount else { return 0..<key.byteCount }
        var close = open + 1
        while close < key.byteCount, key[close] != UInt8(ascii: "}") { close += 1 }
        guard close < key.byteCount, close > open + 1 else { return 0..<key.byteCount }
        return open + 1..<close
    }
}

extension RawSpan {
    /// The byte at `offset`, bounds checked.
    @inline(__always)
    package subscript(offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "byte \(offset) of \(byteCount)")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }
}

/// Sixteen contiguous slots: the virtual node of the ring, the unit of ownership, digest,
/// transfer and repair.
public struct Partition: Hashable, Comparable, Sendable {
    public let number: UInt16

    public static let count = 1024
    public static let slots: UInt16 = 16

    public init(number: UInt16) {
        precondition(Int(number) < Self.count, "partition \(number) of \(Self.count)")
        self.number = number
    }

    public init(of key: Key) { self = Slot(of: key).partition }

    public static func < (left: Partition, right: Partition) -> Bool {
        left.number < right.number
    }

    /// Every partition, in order.
    public static var all: some Sequence<Partition> {
        (0..<UInt16(count)).lazy.map(Partition.init(number:))
    }
}

extension Partition: CustomStringConvertible {
    public var description: String { "\(number)" }
}

/// CRC-16/XMODEM: polynomial 0x1021, nothing reflected, starts at 0.
enum CRC16 {
    static func checksum(_ bytes: RawSpan, in range: Range<Int>) -> UInt16 {
        var crc: UInt16 = 0
        for offset in range {
            var mixed = (crc >> 8) ^ UInt16(bytes[offset])
            mixed ^= mixed >> 4
            crc = (crc << 8) ^ (mixed << 12) ^ (mixed << 5) ^ mixed
        }
        return crc
    }
}
