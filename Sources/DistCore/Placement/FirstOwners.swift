/// Chooses the preferred owner of every partition, so that each site is first for its share of what
/// it owns: first owners answer reads and decide evictions.
struct FirstOwners {
    private let assignment: Assignment
    private var first: [UInt16]
    private var count: [Int]
    private let quotas: [Int]

    private static let nobody = UInt16.max

    /// `preferred` is the first owner so far, by partition; it stays where it may.
    init(_ assignment: Assignment, preferred: [UInt16?]) {
        let sites = assignment.sites.all.count
        var current = Array(repeating: 0, count: sites)
        for case let owner? in preferred { current[Int(owner)] += 1 }
        let parties = (0..<sites).map { site in
            let load = assignment.load[site]
            return Quota.Party(
                weight: load, least: 0, most: min(load, Partition.count), current: current[site])
        }
        self.assignment = assignment
        first = Array(repeating: Self.nobody, count: Partition.count)
        count = Array(repeating: 0, count: sites)
        quotas = Quota.divide(Partition.count, among: parties)
        keep(preferred)
        fill()
        for site in 0..<sites {
            while count[site] > quotas[site], relieve(site) {}
        }
    }

    /// The owners of each partition, first owner first. The others take turns in runs of
    /// partitions, so that whoever steps in for a failed first owner is not always the same.
    var table: [UInt16] {
        (0..<Partition.count).flatMap { partition in
            let rest = owners(partition).filter { $0 != first[partition] }.sorted()
            let turn = rest.isEmpty ? 0 : partition / 64 % rest.count
            return [first[partition]] + rest[turn...] + rest[..<turn]
        }
    }

    private func owners(_ partition: Int) -> ArraySlice<UInt16> {
        assignment.table[assignment.places(of: partition)]
    }

    private mutating func keep(_ preferred: [UInt16?]) {
        for partition in 0..<Partition.count {
            guard let owner = preferred[partition], owners(partition).contains(owner),
                count[Int(owner)] < quotas[Int(owner)]
            else { continue }
            put(owner, first: partition)
        }
    }

    /// Goes on with the first owner of the partition before while it lacks some, because long runs
    /// make the routing tables of clients small; then whoever lacks most.
    private mutating func fill() {
        for partition in 0..<Partition.count where first[partition] == Self.nobody {
            let owners = owners(partition)
            let before = partition > 0 ? first[partition - 1] : Self.nobody
            if owners.contains(before), lack(before) > 0 {
                put(before, first: partition)
            } else if let owner = owners.max(by: { (lack($0), $1) < (lack($1), $0) }) {
                put(owner, first: partition)
            }
        }
    }

    private func lack(_ owner: UInt16) -> Int { quotas[Int(owner)] - count[Int(owner)] }

    private mutating func put(_ owner: UInt16, first partition: Int) {
        if first[partition] != Self.nobody { count[Int(first[partition])] -= 1 }
        first[partition] = owner
        count[Int(owner)] += 1
    }

    /// Hands one partition on along the shortest chain to a site that lacks one.
    private mutating func relieve(_ source: Int) -> Bool {
        var handed: [Int?] = Array(repeating: nil, count: count.count)
        var seen = Array(repeating: false, count: count.count)
        var queue = [source]
        var head = 0
        seen[source] = true
        while head < queue.count {
            let site = queue[head]
            head += 1
            for partition in 0..<Partition.count where Int(first[partition]) == site {
                for owner in owners(partition) where !seen[Int(owner)] {
                    seen[Int(owner)] = true
                    handed[Int(owner)] = partition
                    queue.append(Int(owner))
                    guard lack(owner) > 0 else { continue }
                    hand(over: handed, to: owner)
                    return true
                }
            }
        }
        return false
    }

    private mutating func hand(over handed: [Int?], to last: UInt16) {
        var owner = last
        while let partition = handed[Int(owner)] {
            let giver = first[partition]
            put(owner, first: partition)
            owner = giver
        }
    }
}
