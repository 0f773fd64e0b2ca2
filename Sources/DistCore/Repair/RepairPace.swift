/// When a pair of owners compares next: soon after a difference, and ever more rarely while there
/// is none, up to once in ten minutes (A1).
package struct RepairPace: Hashable, Sendable {
    /// The shortest pause between two comparisons, and the longest.
    private let shortest: Duration
    private let longest: Duration
    private var pause: Duration
    package private(set) var next: Instant

    package static let longest = Duration.seconds(600)

    package init(shortest: Duration) {
        self.shortest = shortest
        longest = max(shortest, Self.longest)
        pause = shortest
        next = .start
    }

    /// Nothing differed. Pauses double, so a quiet cluster is soon silent.
    package mutating func foundEqual(now: Instant, jitter: UInt64) {
        schedule(now: now, jitter: jitter)
        pause = min(longest, pause * 2)
    }

    /// Something differed, or no answer came.
    package mutating func foundDifference(now: Instant, jitter: UInt64) {
        pause = shortest
        schedule(now: now, jitter: jitter)
    }

    /// The next comparison comes at the latest then.
    package mutating func hasten(_ latest: Instant) {
        pause = shortest
        next = min(next, latest)
    }

    /// A quarter of the pause more or less, so that nodes that started together drift apart.
    private mutating func schedule(now: Instant, jitter: UInt64) {
        let span = pause.wholeNanoseconds / 2
        let shift = span > 0 ? Int64(jitter % UInt64(span)) - span / 2 : 0
        next = now + pause + .nanoseconds(shift)
    }
}

/// Bytes that may be taken in per second: after a piece comes a pause in proportion.
package struct ByteBudget: Hashable, Sendable {
    private let bytesPerSecond: Int
    /// When the next piece may be asked for.
    package private(set) var ready: Instant

    package init(bytesPerSecond: Int, now: Instant) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        ready = now
    }

    package mutating func spend(_ bytes: Int, now: Instant) {
        let time = Double(bytes) / Double(bytesPerSecond) * 1e9
        ready = max(ready, now) + .nanoseconds(Int64(min(time, 6e10)))
    }
}
