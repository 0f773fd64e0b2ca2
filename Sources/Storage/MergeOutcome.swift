package import GrepvineDistCore

/// What the one door to the store answers (W1).
package enum MergeOutcome: Hashable, Sendable {
    /// Stored.
    case accepted
    /// This very version is stored already: as good as accepted.
    case identical
    /// This very version is stored with another value: somebody used a version twice (V2).
    case differing
    /// A version that the record does not beat is stored.
    case superseded(Version)
    /// What is stamped up to here was let go of for room, and does not come back (E1).
    case evicted(HybridClock)
    /// No room, and nothing changed.
    case overloaded
}
