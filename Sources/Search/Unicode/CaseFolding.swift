/// Unicode simple case folding: which scalars are equal when case is ignored.
///
/// Built once from the standard library's properties. Two scalars are equal when one is the single
/// scalar that the other's lower or upper case maps to, so K (Kelvin) is k and ſ is s. The dotted
/// and the dotless i are equal to nothing else, as in the Unicode table without Turkic rules.
enum CaseFolding {
    /// Ascending scalars that have other cases, each with all scalars equal to it, itself included.
    private static let orbits: [(scalar: UInt32, equals: [UInt32])] = makeOrbits()

    /// Everything equal to a member of `set`, the set itself included.
    static func closure(of set: ScalarSet) -> ScalarSet {
        var ranges = set.ranges
        for range in set.ranges {
            var index = firstOrbit(atOrAfter: range.lowerBound)
            while index < orbits.count, orbits[index].scalar <= range.upperBound {
                ranges += orbits[index].equals.map { $0...$0 }
                index += 1
            }
        }
        return ScalarSet(ranges)
    }

    private static func firstOrbit(atOrAfter scalar: UInt32) -> Int {
        var low = 0
        var high = orbits.count
        while low < high {
            let middle = (low + high) / 2
            if orbits[middle].scalar < scalar { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func makeOrbits() -> [(scalar: UInt32, equals: [UInt32])] {
        var representative: [UInt32: UInt32] = [:]
        var members: [UInt32: [UInt32]] = [:]
        // Cased scripts end well below U+1FFFF; what is above has one case.
        for value in UInt32(0x41)...0x1ffff {
            guard value != 0x130, value != 0x131, let scalar = Unicode.Scalar(value),
                scalar.properties.changesWhenCaseMapped
            else { continue }
            for other in singleCases(of: scalar) {
                let left = representative[value] ?? value
                let right = representative[other] ?? other
                guard left != right else { continue }
                let joined = (members[left] ?? [left]) + (members[right] ?? [right])
                members[right] = nil
                members[left] = joined
                for member in joined { representative[member] = left }
            }
        }
        let all = members.values.flatMap { orbit in
            orbit.map { (scalar: $0, equals: orbit.sorted()) }
        }
        return all.sorted { $0.scalar < $1.scalar }
    }

    private static func singleCases(of scalar: Unicode.Scalar) -> [UInt32] {
        let properties = scalar.properties
        return [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { mapped in
            let scalars = mapped.unicodeScalars
            guard let first = scalars.first, scalars.count == 1, first != scalar else { return nil }
            return first.value
        }
    }
}
