import GrepvineDistCore

/// Addresses given by the operator: contacted at the start, again while nobody is known, and
/// slowly for as long as one has not answered, so that two islands that name each other merge.
struct SeedContacts: Sendable {
    struct Seed: Sendable {
        let address: Address
        var lastSent: Instant?
        var delay: Duration
        /// Who answered there; the seed is content while that member is live.
        var answeredBy: NodeID?
    }

    private(set) var seeds: [Seed]

    init(_ addresses: [Address], first delay: Duration) {
        var known: [Address] = []
        for address in addresses where !known.contains(address) { known.append(address) }
        seeds = known.map { Seed(address: $0, delay: delay) }
    }

    /// When seed `index` is to be contacted, if `bound` is the longest pause at present.
    func due(_ index: Int, bound: Duration) -> Instant {
        guard let sent = seeds[index].lastSent else { return Instant(nanoseconds: .min) }
        return sent + min(seeds[index].delay, bound)
    }

    mutating func contacted(_ index: Int, now: Instant, bound: Duration) {
        if seeds[index].lastSent != nil { seeds[index].delay = min(seeds[index].delay * 2, bound) }
        seeds[index].lastSent = now
    }

    mutating func answered(_ index: Int, by id: NodeID) { seeds[index].answeredBy = id }
}

/// Pulls under way: who was asked what, so that only an answer that was asked for is followed up.
struct Pulls: Sendable {
    struct Pull: Sendable {
        let nonce: UInt64
        let seed: Int?
    }

    static let limit = 32
    private var open: [Pull] = []
    /// Pace of pulls because of differing digests.
    var nextSync = Instant(nanoseconds: .min)
    var syncDelay: Duration

    init(first delay: Duration) { syncDelay = delay }

    mutating func began(_ pull: Pull) {
        if open.count == Self.limit { open.removeFirst() }
        open.append(pull)
    }

    mutating func take(_ nonce: UInt64) -> Pull? {
        open.firstIndex { $0.nonce == nonce }.map { open.remove(at: $0) }
    }
}
