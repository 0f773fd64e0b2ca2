package import GrepvineDistCore

/// A member that somebody failed to reach, on its way to be declared dead unless it refutes.
///
/// Starts patient and grows certain with each independent accuser (Lifeguard §IV-B), so that one
/// slow node accuses in vain while a real crash is known soon.
package struct Suspicion: Hashable, Sendable {
    package var start: Instant
    /// In order of arrival, each once, at most `GossipLimit.accusers`.
    package private(set) var accusers: [NodeID]
    /// Confirmations wanted beyond the first accuser.
    let wanted: Int
    let shortest: Duration
    let longest: Duration
    /// Without it a suspicion always lasts the shortest time, as in plain SWIM.
    private let countsAccusers: Bool

    package init(
        start: Instant, accusers: [NodeID], members: Int, configuration: GossipConfiguration
    ) {
        self.start = start
        self.accusers = []
        countsAccusers = configuration.lifeguard.contains(.suspicion)
        wanted = countsAccusers ? max(0, min(configuration.confirmations, members - 2)) : 0
        shortest = configuration.shortestSuspicion(members: members)
        longest = shortest * configuration.suspicionStretch
        for accuser in accusers { confirm(by: accuser) }
    }

    /// Whether this accuser was new.
    @discardableResult
    package mutating func confirm(by accuser: NodeID) -> Bool {
        guard accusers.count < GossipLimit.accusers, !accusers.contains(accuser) else {
            return false
        }
        accusers.append(accuser)
        return true
    }

    /// When the member is declared dead, with `witnesses` alive members besides this node and the
    /// suspect.
    ///
    /// No more confirmations are waited for than witnesses are left to give. When at least two
    /// nodes are left and every one of them accuses, nobody remains who could vouch for it: half
    /// of the shortest time is then enough for it to refute.
    package func deadline(witnesses: Int) -> Instant {
        if countsAccusers, accusers.count >= max(2, witnesses + 1) { return start + shortest / 2 }
        return start
            + Self.timeout(
                confirmations: max(0, accusers.count - 1), wanted: min(wanted, witnesses),
                shortest: shortest, longest: longest)
    }

    /// longest − (longest − shortest) · log(confirmations + 1) / log(wanted + 1), within bounds.
    package static func timeout(
        confirmations: Int, wanted: Int, shortest: Duration, longest: Duration
    ) -> Duration {
        guard confirmations < wanted else { return shortest }
        let certainty =
            Logarithm.base10(Double(confirmations + 1)) / Logarithm.base10(Double(wanted + 1))
        return longest - (longest - shortest) * certainty
    }
}
