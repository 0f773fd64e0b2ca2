import GrepvineDistCore

/// Pauses that double up to a bound, each shortened by up to a quarter so that nodes fall out of
/// step with one another.
struct Backoff: Hashable, Sendable {
    private(set) var next: Instant
    private var delay: Duration

    init(first: Instant, delay: Duration) {
        next = first
        self.delay = delay
    }

    mutating func advance(from now: Instant, upTo bound: Duration, _ dice: inout SeededGenerator) {
        let pause = min(delay, bound)
        next = now + (pause - pause * Double.random(in: 0..<0.25, using: &dice))
        delay = min(delay * 2, bound)
    }

    /// Not later than this.
    mutating func hasten(to bound: Instant) { next = min(next, bound) }
}
