import GrepvineDistCore
import Testing

@Suite("Placement over zones and hosts")
struct PlacementZoneTests {
    /// Random members, a function of the seed: up to 6 zones, hosts of up to 4 nodes.
    private static func members(_ generator: inout SeededGenerator, count: Int) -> [Member] {
        let zones = Int.random(in: 1...6, using: &generator)
        let perHost = Int.random(in: 1...4, using: &generator)
        let isWeighted = Bool.random(using: &generator)
        return (0..<count).map { number in
            let host = number / perHost
            return member(
                number, zone: "zone-\(host % zones)", host: "host-\(host)",
                weight: isWeighted ? UInt16.random(in: 50...200, using: &generator) : 100)
        }
    }

    private static func expectSpread(_ topology: Topology, _ note: String) {
        let hosts = Set(topology.members.map { "\($0.zone) \($0.host)" }).count
        let zones = Set(topology.members.map(\.zone)).count
        let width = topology.ownersPerPartition
        #expect(
            fewestLabels(topology) { "\($0.zone) \($0.host)" } == min(width, hosts), "hosts \(note)"
        )
        #expect(fewestLabels(topology, \.zone) == min(width, zones), "zones \(note)")
    }

    @Test("hosts and zones are as distinct as they can be", arguments: 0..<25 as Range<UInt64>)
    func forming(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...100, using: &generator)
        let replicas = Int.random(in: 1...5, using: &generator)
        let members = Self.members(&generator, count: count)
        Self.expectSpread(formed(members, replicas: replicas), "of \(count)")
    }

    @Test("and they stay so while members come and go", arguments: 0..<12 as Range<UInt64>)
    func changing(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let all = Self.members(&generator, count: 40)
        var topology = formed(Array(all.prefix(6)))
        for _ in 0..<6 {
            let count = Int.random(in: 3...40, using: &generator)
            let members = Array(all.shuffled(using: &generator).prefix(count))
            let next = topology.changing(members: members)
            Self.expectSpread(next, "of \(count)")
            topology = next
        }
    }

    @Test("three equal zones share exactly, and a node more moves little", arguments: [9, 30, 60])
    func equalZones(count: Int) {
        let members = (0..<count).map { member($0, zone: "zone-\($0 % 3)") }
        let old = formed(members)
        let loads = Loads(old)
        #expect(loads.all.max() ?? 0 <= (3072 + count - 1) / count)
        #expect(loads.first.max() ?? 0 <= (1024 + count - 1) / count)
        let new = old.changing(members: members + [member(count, zone: "zone-0")])
        let (moved, least) = (moves(from: old, to: new), leastMoves(from: old, to: new))
        #expect(Double(moved) <= 1.02 * Double(least) + 1, "\(moved) of \(least)")
        Self.expectSpread(new, "grown")
    }

    @Test("a new zone takes its part of every partition with the fewest moves")
    func newZone() {
        let two = (0..<6).map { member($0, zone: "zone-\($0 % 2)") }
        let old = formed(two)
        let new = old.changing(
            members: two + [member(6, zone: "zone-2"), member(7, zone: "zone-2")])
        Self.expectSpread(new, "three zones")
        #expect(Loads(new).all[6...] == [512, 512])
        #expect(moves(from: old, to: new) <= 1024 + 32)
    }
}
