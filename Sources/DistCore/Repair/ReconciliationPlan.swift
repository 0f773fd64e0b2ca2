/// How the entries of one side get to the other: as coded symbols, a few more at a time, or as the
/// plain list, when that is shorter (A2).
package enum ReconciliationPlan: Hashable, Sendable {
    case list
    /// So many symbols in all.
    case symbols(Int)

    /// Below this many entries the list is short enough, and settles it at once.
    package static let smallSet = 256
    /// Bytes of an entry in a list, and about those of a symbol.
    private static let entryBytes = 8
    private static let symbolBytes = 13
    private static let fewest = 8

    /// What to send to a side that has `theirs` entries from one that has `ours`, when `sent`
    /// symbols were not enough. The counts alone tell of a difference that is at least as large,
    /// and `expected` ones save round trips.
    package static func next(
        ours: Int, theirs: Int, sent: Int, expected: Int = 0
    ) -> ReconciliationPlan {
        guard ours >= smallSet else { return .list }
        // Whatever is expected, the list is the shorter way when it is.
        let least = max(abs(ours - theirs), min(expected, ours / 4))
        // A third more each time: a tenth too many in the mean, and few round trips.
        let wanted = max(fewest, sent + max(fewest / 2, sent / 3), least + least * 2 / 5)
        return wanted * symbolBytes >= ours * entryBytes ? .list : .symbols(wanted)
    }

    /// How many differences to expect, when so many of all partitions differ: those that lie
    /// anywhere meet in some of them (Poisson).
    package static func expectedDifferences(differing: Int, of all: Int) -> Int {
        guard differing > 0, all > 0 else { return 0 }
        let share = min(1, Double(differing) / Double(all))
        // −ln(1 − share) / share, in its first terms.
        var (power, mean) = (1.0, 0.0)
        for term in 1...8 {
            mean += power / Double(term)
            power *= share
        }
        return Int(Double(differing) * mean)
    }

    /// What only one of two ascending lists has.
    package static func difference(
        _ ours: [UInt64], _ theirs: [UInt64]
    ) -> (ours: [UInt64], theirs: [UInt64]) {
        var (left, right) = (0, 0)
        var (onlyOurs, onlyTheirs): ([UInt64], [UInt64]) = ([], [])
        while left < ours.count || right < theirs.count {
            if right == theirs.count || (left < ours.count && ours[left] < theirs[right]) {
                onlyOurs.append(ours[left])
                left += 1
            } else if left == ours.count || theirs[right] < ours[left] {
                onlyTheirs.append(theirs[right])
                right += 1
            } else {
                left += 1
                right += 1
            }
        }
        return (onlyOurs, onlyTheirs)
    }
}
