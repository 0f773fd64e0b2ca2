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
    public init(of key: RawSpan) {
        // One pass sums up the key and looks for the brace that hardly any key has.
        let (crc, hasBrace) = CRC16.checksum(key)
        number = (hasBrace ? Self.taggedChecksum(key) : crc) & 16_383
    }

    public var partition: Partition { Partition(number: number / Partition.slots) }

    public static func < (left: Slot, right: Slot) -> Bool { left.number < right.number }

    /// Of what is between the first `{` and the first `}` after it, when there is something.
    @inline(never)
    private static func taggedChecksum(_ key: RawSpan) -> UInt16 {
        var open = 0
        while open < key.byteCount, key[open] != UInt8(ascii: "{") { open += 1 }
        var close = open + 1
        while close < key.byteCount, key[close] != UInt8(ascii: "}") { close += 1 }
        let isTag = close < key.byteCount && close > open + 1
        return CRC16.checksum(isTag ? key.extracting(open + 1..<close) : key).crc
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
    public static let all: [Partition] = (0..<UInt16(count)).map(Partition.init(number:))
}

extension Partition: CustomStringConvertible {
    public var description: String { "\(number)" }
}
