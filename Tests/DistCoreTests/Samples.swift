import GrepvineDistCore

/// Node `number`: ids ascend with the numbers.
func node(_ number: Int) -> NodeID { NodeID(high: 7, low: UInt64(number)) }

func nodes(_ count: Int) -> [NodeID] { (0..<count).map(node) }

func version(_ clock: Int, _ origin: UInt64 = 1) -> Version {
    Version(clock: HybridClock(rawValue: UInt64(clock)), origin: origin)
}

func member(
    _ number: Int, zone: String = "", host: String = "", weight: UInt16 = 100,
    state: Member.State = .active
) -> Member {
    Member(
        id: node(number), name: "n\(number)", address: Address(host: "127.0.0.1", port: 7000),
        zone: zone, host: host, weight: weight, state: state)
}

extension Array {
    /// Every order of the elements; meant for a handful of them.
    var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let taken = rest.remove(at: index)
            return rest.permutations.map { [taken] + $0 }
        }
    }
}
