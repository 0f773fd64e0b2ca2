/// How long answers of one peer usually take at most: an estimate of the 95th percentile that
/// follows the latest hundred answers or so, without keeping them (R3).
///
/// An answer that took longer raises it by a fifth, any other lowers it by a hundredth: it rests
/// where one answer in twenty is longer.
package struct TailLatency: Hashable, Sendable {
    /// It is never less: timers are no finer, and what is this fast needs no help.
    package static let floor = Duration.milliseconds(1)
    /// Before much is known.
    private static let start = Duration.milliseconds(10)
    private static let ceiling = Duration.seconds(10)

    package private(set) var value = Self.start

    package init() {}

    package mutating func note(_ time: Duration) {
        if time > value { exceeded() } else { value = max(Self.floor, value - value / 100) }
    }

    /// An answer has taken longer; how much longer is not known yet.
    package mutating func exceeded() { value = min(Self.ceiling, value + value * 21 / 100) }
}

/// How many reads, or parts of greps, may be asked of one more owner than they need: one in twenty
/// in the long run, so that hedging cannot become the load that makes owners slow (R3, G2).
package struct HedgeBudget: Hashable, Sendable {
    private static let readsPerHedge = 20
    /// Hedges that may come at once after a quiet time.
    private static let burst = 10

    /// In reads.
    private var saved = Self.burst * Self.readsPerHedge

    package init() {}

    /// A read was begun.
    package mutating func earn() { saved = min(saved + 1, Self.burst * Self.readsPerHedge) }

    /// False when there have been too many.
    package mutating func spend() -> Bool {
        guard saved >= Self.readsPerHedge else { return false }
        saved -= Self.readsPerHedge
        return true
    }
}
