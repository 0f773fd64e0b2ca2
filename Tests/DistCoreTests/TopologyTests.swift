import GrepvineDistCore
import Testing

@Suite("A topology")
struct TopologyTests {
    private static let members = (0..<5).map { member($0 * 2, zone: "z\($0 % 2)") }

    private static func checked(
        members: [Member] = members, replicas: Int = 3, table: [UInt16]? = nil
    ) -> Topology? {
        Topology(
            cluster: "c", clusterID: node(99), epoch: 4, replicas: replicas, members: members,
            ownerTable: table ?? formed(members, replicas: replicas).ownerTable)
    }

    @Test("answers who owns what the same way from either side", arguments: [1, 2, 3, 5, 7])
    func ownership(replicas: Int) {
        let topology = formed(Self.members, replicas: replicas)
        #expect(topology.ownersPerPartition == min(replicas, 5))
        for member in Self.members {
            let owned = topology.partitions(ownedBy: member.id)
            #expect(owned == owned.sorted())
            for partition in Partition.all {
                let isOwner = topology.owners(of: partition).contains(member.id)
                #expect(topology.isOwner(member.id, of: partition) == isOwner)
                #expect(owned.contains(partition) == isOwner)
            }
        }
    }

    @Test("finds members by id, and nobody else")
    func positions() {
        let topology = formed(Self.members)
        for number in -1...11 {
            let isMember = number >= 0 && number % 2 == 0 && number < 10
            let id = NodeID(high: 7, low: UInt64(bitPattern: Int64(number)))
            #expect(topology.position(of: id) == (isMember ? number / 2 : nil))
            #expect(topology.member(id)?.id == (isMember ? id : nil))
            #expect(isMember || !topology.isOwner(id, of: Partition(number: 0)))
        }
        #expect(topology.partitions(ownedBy: node(1)).isEmpty)
    }

    @Test("is not made of parts that contradict each other")
    func validity() throws {
        let table = try #require(Self.checked()?.ownerTable)
        #expect(Self.checked(members: Self.members.reversed(), table: table) == nil)
        #expect(Self.checked(members: Self.members + [Self.members[4]], table: table) == nil)
        #expect(Self.checked(replicas: 2, table: table) == nil)
        #expect(Self.checked(table: []) == nil)
        #expect(Self.checked(table: table.dropLast()) == nil)
        var broken = table
        broken[7] = 5
        #expect(Self.checked(table: broken) == nil)
        broken[7] = broken[6]
        #expect(Self.checked(table: broken) == nil)
    }

    @Test("has a digest that every field changes")
    func digests() throws {
        let base = try #require(Self.checked())
        var digests = [base.digest]
        func add(_ members: [Member], cluster: String = "c", epoch: UInt64 = 4) {
            let topology = Topology(
                cluster: cluster, clusterID: base.clusterID, epoch: epoch, replicas: 3,
                members: members, ownerTable: base.ownerTable)
            digests.append(topology?.digest ?? base.digest)
        }
        add(Self.members, cluster: "d")
        add(Self.members, epoch: 5)
        let edits: [(inout Member) -> Void] = [
            { $0.name = "other" }, { $0.address = Address(host: "127.0.0.2", port: 7000) },
            { $0.address = Address(host: "127.0.0.1", port: 7001) }, { $0.respPort = 1 },
            { $0.httpPort = 1 }, { $0.bootEpoch = 1 }, { $0.zone = "y" }, { $0.host = "y" },
            { $0.weight = 101 }, { $0.state = .leaving },
        ]
        for edit in edits {
            var members = Self.members
            edit(&members[2])
            add(members)
        }
        #expect(Set(digests).count == digests.count)
        #expect(Self.checked()?.digest == base.digest)
        #expect(base.digest == 3_434_637_608_928_330_408)
    }

    @Test("covers every slot exactly once in its ranges", arguments: [1, 2, 3, 4, 20])
    func slotRanges(count: Int) {
        let topology = formed((0..<count).map { member($0) })
        var next = 0
        for range in topology.slotRanges() {
            #expect(Int(range.first.number) == next)
            for number in range.first.number...range.last.number {
                let partition = Slot(number: number).partition
                #expect(topology.ownerIndexes(of: partition).elementsEqual(range.owners))
            }
            next = Int(range.last.number) + 1
        }
        #expect(next == Slot.count)
        let neighbours = zip(topology.slotRanges(), topology.slotRanges().dropFirst())
        #expect(neighbours.allSatisfy { !$0.owners.elementsEqual($1.owners) })
        if count == 3 { #expect(topology.slotRanges().count <= 18) }
    }
}
