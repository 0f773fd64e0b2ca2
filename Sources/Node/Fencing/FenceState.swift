import GrepvineDistCore

/// The rounds that this node leads: it is the first owner of their partitions (T1–T4).
struct FenceState {
    /// One partition on its way to a new stable point.
    struct Round {
        let limit: HybridClock
        /// The number of the question that is out.
        var request: UInt64 = 0
        /// What this node held when it asked. All must have held just that when they raised their
        /// fences: comparing with what it holds later would compare each owner with something else.
        var digest = PartitionDigest.empty
        /// Owners that have not answered it, and whether one of them holds something else.
        var waiting: Set<NodeID> = []
        var differs = false
        var triesLeft = 6
        /// When to ask again, or to give up.
        var deadline: Instant
        var isAsking = true
    }

    /// Asking all coordinators for their watermarks.
    struct Survey {
        let request: UInt64
        var waiting: Set<NodeID>
        var lowest: HybridClock
        let deadline: Instant
    }

    var table = FenceTable()
    var rounds: [Partition: Round] = [:]
    var survey: Survey?
    /// Partitions that wait for a round with this limit, the next one last.
    var queue: [Partition] = []
    var limit = HybridClock(rawValue: 0)
    /// When to look again for tombstones.
    var nextSurvey: Instant

    /// Rounds at a time.
    static let mostRounds = 8

    init(now: Instant) { nextSurvey = now }

    /// Rounds that are not over.
    var underWay: Int { rounds.count + queue.count }
}
