/// A point on one process's monotonic clock. Only differences mean anything.
public struct Instant: Hashable, Comparable, Sendable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let start = Instant(nanoseconds: 0)
    public static let distantFuture = Instant(nanoseconds: .max)

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates instead of overflowing.
    public static func + (left: Instant, right: Duration) -> Instant {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.wholeNanoseconds)
        return Instant(nanoseconds: overflow ? (right < .zero ? .min : .max) : sum)
    }

    public static func - (left: Instant, right: Duration) -> Instant { left + (.zero - right) }

    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds).partialValue)
    }
}

/// Milliseconds since 1970 on a node's wall clock, which may be wrong.
public struct WallTime: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Saturates instead of overflowing.
    public static func + (left: WallTime, right: Duration) -> WallTime {
        let (sum, overflow) = left.milliseconds.addingReportingOverflow(right.wholeMilliseconds)
        return WallTime(milliseconds: overflow ? (right < .zero ? .min : .max) : sum)
    }

    public static func - (left: WallTime, right: WallTime) -> Duration {
        .milliseconds(
            left.milliseconds.subtractingReportingOverflow(right.milliseconds).partialValue)
    }
}

/// The time that an event happened: monotonic for waiting, wall for versions and expiry.
public struct Moment: Hashable, Sendable {
    public let instant: Instant
    public let wall: WallTime

    public init(instant: Instant, wall: WallTime) {
        self.instant = instant
        self.wall = wall
    }
}

extension Duration {
    /// Truncated towards zero; saturates at ±292 years.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// Truncated towards zero.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow
            ? (seconds < 0 ? .min : .max) : scaled &+ attoseconds / 1_000_000_000_000_000
    }
}
