/// A point in the history of the cluster: a hybrid logical clock and who stamped it. Totally
/// ordered, unique, 16 bytes, and it names exactly one value (V1, V2).
public struct Version: Hashable, Sendable {
    public let clock: HybridClock
    /// Node id and boot epoch, hashed: never reused after a restart that lost data.
    public let origin: UInt64

    public init(clock: HybridClock, origin: UInt64) {
        self.clock = clock
        self.origin = origin
    }

    /// Below every version that a node ever stamps: the version of an absent key.
    public static let zero = Version(clock: HybridClock(rawValue: 0), origin: 0)
}

extension Version: Comparable, CustomStringConvertible {
    public static func < (left: Version, right: Version) -> Bool {
        left.clock != right.clock ? left.clock < right.clock : left.origin < right.origin
    }

    public var description: String { "\(clock.rawValue.hexadecimal)@\(origin.hexadecimal)" }
}

extension Version {
    /// Parses what `description` prints: two times 16 hexadecimal digits around an `@`; nil for
    /// anything else.
    public init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ $0.utf8.count == 16 && $0.first != "+" }),
            let clock = UInt64(halves[0], radix: 16), let origin = UInt64(halves[1], radix: 16)
        else { return nil }
        self.init(clock: HybridClock(rawValue: clock), origin: origin)
    }
}

/// 48 bits of milliseconds since 1970 and a 16-bit counter that borrows from them, never wraps.
public struct HybridClock: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The first stamp of a millisecond. Times before 1970 count as 1970.
    public init(_ wall: WallTime) {
        rawValue = UInt64(max(0, min(wall.milliseconds, 1 << 48 - 1))) << 16
    }

    public var wall: WallTime { WallTime(milliseconds: Int64(rawValue >> 16)) }

    public static func < (left: HybridClock, right: HybridClock) -> Bool {
        left.rawValue < right.rawValue
    }
}
