/// The one rule by which a replica takes a version or leaves it (W1). Client writes, hints, repair
/// and handoff all pass through it, so their order never matters.
package enum Merge: Hashable, Sendable {
    /// Store it.
    case accepted
    /// It is stored already: counts like accepted.
    case identical
    /// A higher version is stored, or one that the condition rules out.
    case superseded(Version)
    /// At or below the fence: what was deleted there must not come back (T2).
    case fenced(HybridClock)

    /// `stored` is nil when the key is absent. With `expected` the write is conditional: it holds
    /// only while nothing newer than that is stored.
    package static func decide(
        stored: Version?, incoming: Version, fence: HybridClock? = nil, expected: Version? = nil
    ) -> Merge {
        if incoming == stored { return .identical }
        // The higher obstacle is named, so that the writer gets above both at once (W2).
        if let fence, incoming.clock <= fence, fence >= stored?.clock ?? fence {
            return .fenced(fence)
        }
        guard let stored else { return .accepted }
        if stored > incoming { return .superseded(stored) }
        if let expected, stored > expected { return .superseded(stored) }
        return .accepted
    }
}

extension Record {
    /// The record that an owner of both keeps: commutative, associative and idempotent, because
    /// equal versions mean equal records (V2).
    package static func merged(_ left: Record, _ right: Record) -> Record {
        left.version < right.version ? right : left
    }
}
