/// Stamps versions for one node: above the wall clock, above every stamp it gave, above every
/// stamp it has seen (V1).
public struct VersionClock: Sendable {
    public private(set) var origin: UInt64
    private var last = HybridClock(rawValue: 0)
    /// Stamps refused because they were too far ahead of local time (V3).
    public private(set) var refused: UInt64 = 0

    /// How far ahead of local time a stamp may be (V3).
    public static let tolerance = Duration.milliseconds(500)

    public init(origin: UInt64) { self.origin = origin }

    /// The highest stamp given or seen.
    public var latest: HybridClock { last }

    /// Stamps under another origin from now on: this life of the node got a new boot epoch (V2).
    public mutating func rename(origin: UInt64) { self.origin = origin }

    /// A version above all that this clock has given or seen.
    public mutating func next(at wall: WallTime) -> Version {
        last = max(HybridClock(wall), HybridClock(rawValue: last.rawValue + 1))
        return Version(clock: last, origin: origin)
    }

    /// A version above `floor`, for a write that must get above another one (W2); nil when that one
    /// is too far ahead of local time (V3).
    public mutating func next(above floor: Version, at wall: WallTime) -> Version? {
        observe(floor.clock, at: wall) ? next(at: wall) : nil
    }

    /// Learns a stamp from a message. False when it is too far ahead, and then nothing changed.
    public mutating func observe(_ clock: HybridClock, at wall: WallTime) -> Bool {
        guard clock > last else { return true }
        guard clock.wall - wall <= Self.tolerance else {
            refused += 1
            return false
        }
        last = clock
        return true
    }
}
