import GrepvineDistCore

/// When an owner that lets a search wait gets competition (G2): which ones did lately, and how much
/// may be searched twice.
struct GrepHedging {
    /// Earned by each part of a grep that is given out.
    var budget = HedgeBudget()
    /// Owners that were slow, and until when they are asked last.
    private var slow: [NodeID: Instant] = [:]

    private static let memory = Duration.seconds(10)

    mutating func wasSlow(_ owner: NodeID, now: Instant) { slow[owner] = now + Self.memory }

    mutating func answered(_ owner: NodeID) { slow[owner] = nil }

    func isSlow(_ owner: NodeID, now: Instant) -> Bool { slow[owner].map { now < $0 } ?? false }
}
