import GrepvineDistCore
import Testing

@Suite("Recovery of a node that lost what it acknowledged")
struct RecoveryTrackerTests {
    private static func tracker(
        members: Int, replicas: Int, isRecovering: Bool = true
    ) -> (RecoveryTracker, Topology) {
        let topology = formed((0..<members).map { member($0) }, replicas: replicas)
        let tracker = RecoveryTracker(
            node: node(0), topology: topology, isRecovering: isRecovering)
        return (tracker, topology)
    }

    @Test(
        "takes RF − W + 1 other owners for each partition (R5)",
        arguments: [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3)])
    func count(replicas: Int, needed: Int) throws {
        var (tracker, topology) = Self.tracker(members: 6, replicas: replicas)
        let partition = try #require(topology.partitions(ownedBy: node(0)).first)
        var others = topology.owners(of: partition).filter { $0 != node(0) }
        tracker.reconciled(partition, with: node(0))
        for peer in (0..<6).map(node) where !topology.isOwner(peer, of: partition) {
            tracker.reconciled(partition, with: peer)
        }
        var steps = 0
        while !tracker.isInSync(partition) {
            let peer = try #require(others.last)
            others.removeLast()
            tracker.reconciled(partition, with: peer)
            tracker.reconciled(partition, with: peer)
            steps += 1
        }
        #expect(steps == needed)
    }

    @Test("ends when its own plan is carried out, however small the portions")
    func plan() {
        var (tracker, topology) = Self.tracker(members: 5, replicas: 3)
        let owned = topology.partitions(ownedBy: node(0)).count
        #expect(tracker.remaining == owned)
        var exchanges = 0
        while true {
            let next = tracker.pending(limit: 7) { _ in true }
            guard !next.isEmpty else { break }
            #expect(next.count <= 7)
            for exchange in next { tracker.reconciled(exchange.partition, with: exchange.peer) }
            exchanges += next.count
        }
        #expect(tracker.remaining == 0)
        #expect(exchanges == owned * 2)
    }

    @Test("passes over peers that cannot be reached, and waits when there are no others")
    func unreachable() {
        let (tracker, topology) = Self.tracker(members: 3, replicas: 3)
        let next = tracker.pending(limit: 5000) { $0 != node(1) }
        #expect(next.count == 1024)
        #expect(next.allSatisfy { $0.peer == node(2) })
        #expect(tracker.pending(limit: 5) { _ in false }.isEmpty)
        #expect(topology.members.count == 3)
    }

    @Test("a node whose memory is whole, and one without co-owners, are in sync at once")
    func nothingToDo() {
        #expect(Self.tracker(members: 3, replicas: 3, isRecovering: false).0.remaining == 0)
        #expect(Self.tracker(members: 4, replicas: 1).0.remaining == 0)
    }

    @Test("a new topology keeps what was done with owners that stay, and adds what is new")
    func adoption() throws {
        var (tracker, old) = Self.tracker(members: 3, replicas: 3)
        for partition in Partition.all { tracker.reconciled(partition, with: node(2)) }
        let half = Partition(number: 0)
        let new = old.changing(members: (0..<5).map { member($0) })
        tracker.adopt(new)
        #expect(!tracker.isInSync(half) || !new.isOwner(node(0), of: half))
        for partition in new.partitions(ownedBy: node(0)) {
            for peer in new.owners(of: partition) where peer != node(0) && peer != node(2) {
                #expect(!tracker.isInSync(partition))
                tracker.reconciled(partition, with: peer)
                if new.isOwner(node(2), of: partition) { break }
            }
            #expect(tracker.isInSync(partition))
        }
        tracker.adopt(new.changing(members: [member(0), member(7)]))
        let fresh = RecoveryTracker(node: node(7), topology: new, isRecovering: false)
        var joined = fresh
        joined.adopt(new.changing(members: [member(0), member(7)]))
        #expect(joined.remaining == 1024)
    }
}
