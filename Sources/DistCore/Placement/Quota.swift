/// Whole shares of a whole.
enum Quota {
    /// One who gets a share within bounds, and what it has now.
    struct Party {
        var weight: Int
        var least: Int
        var most: Int
        var current: Int
    }

    /// Divides `total` in proportion to the weights, as far as the bounds allow. A share is its
    /// exact value rounded down or up, and up first for those that hold more already: that way
    /// rounding alone moves nothing.
    static func divide(_ total: Int, among parties: [Party]) -> [Int] {
        var shares: [Int?] = Array(repeating: nil, count: parties.count)
        while true {
            let open = parties.indices.filter { shares[$0] == nil }
            let left = total - shares.reduce(0) { $0 + ($1 ?? 0) }
            let weight = open.reduce(0) { $0 + parties[$1].weight }
            guard !open.isEmpty else { break }
            let over = open.filter { parties[$0].most * weight < left * parties[$0].weight }
            let under = open.filter { parties[$0].least * weight > left * parties[$0].weight }
            if over.isEmpty, under.isEmpty {
                round(left, weight, open, parties, into: &shares)
                break
            }
            // The side that is further out is certain to end at its bound.
            let excess = over.reduce(0) {
                $0 + left * parties[$1].weight - parties[$1].most * weight
            }
            let lack = under.reduce(0) {
                $0 + parties[$1].least * weight - left * parties[$1].weight
            }
            if excess >= lack {
                for index in over { shares[index] = parties[index].most }
            } else {
                for index in under { shares[index] = parties[index].least }
            }
        }
        return shares.map { $0 ?? 0 }
    }

    private static func round(
        _ left: Int, _ weight: Int, _ open: [Int], _ parties: [Party], into shares: inout [Int?]
    ) {
        var rest = left
        for index in open {
            let share = left * parties[index].weight / weight
            shares[index] = share
            rest -= share
        }
        let candidates = open.filter { left * parties[$0].weight % weight != 0 }
        let ranked = candidates.sorted { first, second in
            let keeps = (
                parties[first].current > shares[first] ?? 0,
                parties[second].current > shares[second] ?? 0
            )
            if keeps.0 != keeps.1 { return keeps.0 }
            let remainders = (
                left * parties[first].weight % weight, left * parties[second].weight % weight
            )
            return remainders.0 != remainders.1 ? remainders.0 > remainders.1 : first < second
        }
        for index in ranked.prefix(rest) { shares[index]? += 1 }
    }
}
