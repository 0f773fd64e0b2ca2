import GrepvineDistCore

/// When an owner that lets a search wait gets competition (G2): which ones did lately, and how much
/// may be searched twice.
struct GrepHedging {
    /// In twentieths of a hedge: each part of a grep that is given out earns one, so that in the
    /// long run at most one part in twenty is given out twice.
    private var credit = Self.mostCredit
    /// Owners that were slow, and until when they are asked last.
    private var slow: [NodeID: Instant] = [:]

    private static let price = 20
    /// Ten hedges in a row: as many greps as may be under way when an owner stops.
    private static let mostCredit = 10 * price
    private static let memory = Duration.seconds(10)

    mutating func earn() { credit = min(Self.mostCredit, credit + 1) }

    /// False when too much is searched twice already.
    mutating func spend() -> Bool {
        guard credit >= Self.price else { return false }
        credit -= Self.price
        return true
    }

    mutating func wasSlow(_ owner: NodeID, now: Instant) { slow[owner] = now + Self.memory }

    mutating func answered(_ owner: NodeID) { slow[owner] = nil }

    func isSlow(_ owner: NodeID, now: Instant) -> Bool { slow[owner].map { now < $0 } ?? false }
}
