import GrepvineDistCore
import Testing

/// What a table looks like from outside.
struct Loads {
    /// Places and first places by member.
    var all: [Int]
    var first: [Int]

    init(_ topology: Topology) {
        all = Array(repeating: 0, count: topology.members.count)
        first = all
        for partition in Partition.all {
            let owners = topology.ownerIndexes(of: partition)
            for owner in owners { all[Int(owner)] += 1 }
            if let owner = owners.first { first[Int(owner)] += 1 }
        }
    }
}

func formed(_ members: [Member], replicas: Int = 3) -> Topology {
    Topology.forming(
        cluster: "test", clusterID: NodeID(high: 1, low: 1), members: members, replicas: replicas)
}

/// Places that a node fills in `new` and did not in `old`.
func moves(from old: Topology, to new: Topology) -> Int {
    Partition.all.reduce(0) { sum, partition in
        let before = old.owners(of: partition)
        return sum + new.owners(of: partition).count { !before.contains($0) }
    }
}

/// The least that any table with the loads of `new` must move.
func leastMoves(from old: Topology, to new: Topology) -> Int {
    let before = Loads(old).all
    return zip(new.members, Loads(new).all).reduce(0) { sum, pair in
        let had = old.position(of: pair.0.id).map { before[$0] } ?? 0
        return sum + max(0, pair.1 - had)
    }
}

/// Of `labels` in all, how few the owners of some partition have.
func fewestLabels(_ topology: Topology, _ label: (Member) -> String) -> Int {
    Partition.all.map { partition in
        let labels = topology.ownerIndexes(of: partition).map {
            label(topology.members[Int($0)])
        }
        return Set(labels).count
    }.min() ?? 0
}

@Suite("Placement")
struct PlacementTests {
    @Test(
        "equal weights give equal shares, in all and as first owner",
        arguments: [1, 2, 3, 4, 5, 7, 10, 16, 33, 64, 99, 100])
    func evenness(count: Int) {
        let topology = formed((0..<count).map { member($0) })
        let width = min(3, count)
        #expect(topology.ownersPerPartition == width)
        let loads = Loads(topology)
        for (load, whole) in [(loads.all, 1024 * width), (loads.first, 1024)] {
            #expect(load.max() ?? 0 <= (whole + count - 1) / count)
            #expect(load.min() ?? 0 >= whole / count)
        }
    }

    @Test("growing and shrinking keeps shares even and moves the minimum (P1)", arguments: [2, 3])
    func growth(replicas: Int) {
        var topology = formed([member(50)], replicas: replicas)
        var sizes = Array(2...30)
        sizes += [29, 28, 30, 40, 60, 100, 99, 60, 12, 5, 3, 1]
        for size in sizes {
            // Ids that interleave: a new member lands anywhere in the order.
            let next = topology.changing(members: (0..<size).map { member($0 * 37 % 101) })
            #expect(next.epoch == topology.epoch + 1)
            let width = min(replicas, size)
            let loads = Loads(next)
            #expect(loads.all.max() ?? 0 <= (1024 * width + size - 1) / size)
            #expect(loads.first.max() ?? 0 <= (1024 + size - 1) / size)
            let (moved, least) = (
                moves(from: topology, to: next), leastMoves(from: topology, to: next)
            )
            #expect(Double(moved) <= 1.02 * Double(least) + 1, "\(size): \(moved) of \(least)")
            topology = next
        }
    }

    @Test(
        "one node more or less moves its own share and nothing else", arguments: [3, 10, 50, 100])
    func oneMore(count: Int) {
        let old = formed((0..<count).map { member($0) })
        let grown = old.changing(members: (0...count).map { member($0) })
        #expect(Double(moves(from: old, to: grown)) <= 1.02 * 3072 / Double(count + 1) + 1)
        let shrunk = grown.changing(members: (1...count).map { member($0) })
        let gone = Loads(grown).all[0]
        #expect(Double(moves(from: grown, to: shrunk)) <= 1.02 * Double(gone) + 1)
    }

    @Test("nothing changes when nothing changes, and the order of members does not matter")
    func stability() {
        let members = (0..<17).map { member($0, zone: "z\($0 % 3)", weight: UInt16(50 + $0)) }
        let topology = formed(members)
        #expect(topology.changing(members: members.reversed()).ownerTable == topology.ownerTable)
        #expect(formed(members.reversed()) == topology)
        #expect(formed(members).digest == topology.digest)
    }

    @Test(
        "shares follow weights",
        arguments: [[100, 100, 200], [1, 1000, 1000, 1000], [50, 100, 150, 200, 250, 300]])
    func weights(weights: [UInt16]) {
        let members = weights.enumerated().map { member($0, weight: $1) }
        let loads = Loads(formed(members, replicas: 1))
        let sum = weights.reduce(0) { $0 + Int($1) }
        for (load, weight) in zip(loads.all, weights) {
            #expect(abs(Double(load) - 1024 * Double(weight) / Double(sum)) < 1)
        }
    }

    @Test("a node never owns a partition twice, whatever its weight")
    func heavyNode() {
        let loads = Loads(formed([member(0, weight: 1000), member(1), member(2), member(3)]))
        #expect(loads.all[0] == 1024)
        #expect(loads.all[1...].allSatisfy { (682...683).contains($0) })
    }

    @Test("whoever leaves owns nothing, while somebody stays")
    func leaving() {
        var members = (0..<4).map { member($0) }
        members[2].state = .leaving
        #expect(Loads(formed(members)).all[2] == 0)
        let alone = formed([member(0, state: .leaving)])
        #expect(Loads(alone).all == [1024])
    }

    @Test("first owners change only as far as the change of owners asks")
    func firstOwners() {
        let old = formed((0..<10).map { member($0) })
        let new = old.changing(members: (0..<11).map { member($0) })
        let changed = Partition.all.count { partition in
            old.owners(of: partition).first != new.owners(of: partition).first
        }
        #expect(changed <= 2 * 1024 / 11)
    }
}

extension LazySequence {
    fileprivate func count(where matches: (Element) -> Bool) -> Int {
        reduce(0) { $0 + (matches($1) ? 1 : 0) }
    }
}
