package import GrepvineDistCore

/// What was let go of for room since the start.
package struct EvictionCounts: Hashable, Sendable {
    /// Values that nobody had read for a while, and what had expired.
    package var untouched: UInt64 = 0
    package var expired: UInt64 = 0
    /// What another owner had decided about.
    package var told: UInt64 = 0

    package init() {}

    package var all: UInt64 { untouched + expired + told }
}

/// Where the eviction is, and what it is about (E1).
///
/// S3-FIFO in a log: segments wait in two queues, those with new records and those whose records
/// were kept before. While new ones hold more than a tenth, the oldest of them is looked at next,
/// otherwise the oldest kept one. What was read since the last look stays where it is, and the
/// segment goes to the end of the kept ones; the rest goes, and the cleaner packs what is left.
struct Evictor {
    /// The segment in work, by number and serial, and how far it is; 0 for none.
    var victim = 0
    var serial: UInt64 = 0
    var position = 0
    /// Bytes of segments that merges have earned it to look at.
    var debt = 0
    var counts = EvictionCounts()
    var memory: EvictionMemory
    /// Whether this node decides about a partition, by number.
    var leads = [Bool](repeating: true, count: Partition.count)
    /// What the other owners must be told: see `takeDecisions`.
    var decisions: [UInt8] = []
    var tells = false

    /// Bytes to look at per byte appended: some of them are not this node's to decide about.
    static let pace = 8
    static let hurry = 32
    static let batch = 16 << 10
    /// Bytes of decisions that wait to be taken; past them nothing is decided.
    static let mostDecisions = 256 << 10

    init(_ configuration: StoreConfiguration) {
        let entries = configuration.evictionsRemembered.map { $0 * Partition.count }
        memory = EvictionMemory(
            capacity: entries ?? (configuration.memoryLimit ?? 1 << 29) / 512,
            isExpected: configuration.evicts)
    }

    var mayDecide: Bool { decisions.count < Self.mostDecisions }

    mutating func note(_ key: UnsafeRawBufferPointer, _ version: Version) {
        guard tells else { return }
        EvictionNotice.append(key, version, to: &decisions)
    }
}

/// One decision in bytes: stamp, origin, length of the key, key.
package enum EvictionNotice {
    static let head = 18

    package static func append(
        _ key: UnsafeRawBufferPointer, _ version: Version, to bytes: inout [UInt8]
    ) {
        withUnsafeBytes(of: version.clock.rawValue.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: version.origin.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt16(key.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: key)
    }

    /// The first of some decisions, and how many bytes it takes; nil when there is no whole one.
    package static func first(
        of bytes: UnsafeRawBufferPointer
    ) -> (key: UnsafeRawBufferPointer, version: Version, size: Int)? {
        guard bytes.count > head else { return nil }
        func load<Field: FixedWidthInteger & BitwiseCopyable>(
            _ offset: Int, as field: Field.Type
        ) -> Field {
            Field(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: field))
        }
        let length = Int(load(16, as: UInt16.self))
        guard length > 0, length <= Key.longest, bytes.count >= head + length else { return nil }
        let version = Version(
            clock: HybridClock(rawValue: load(0, as: UInt64.self)), origin: load(8, as: UInt64.self)
        )
        let key = UnsafeRawBufferPointer(rebasing: bytes[head..<head + length])
        return (key, version, head + length)
    }
}
