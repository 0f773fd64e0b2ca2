import GrepvineDistCore
import Testing

@testable import GrepvineGossip

@Suite("Merging claims")
struct MergeTests {
    static func standing(
        _ boot: UInt64, _ incarnation: UInt64, _ liveness: MemberStatus.Liveness
    ) -> Standing {
        Standing(bootEpoch: boot, incarnation: incarnation, liveness: liveness)
    }

    /// From the weakest to the strongest belief.
    static let ascending: [Standing] = [
        standing(1, 0, .alive), standing(1, 0, .suspect), standing(1, 0, .dead),
        standing(1, 0, .left), standing(1, 1, .alive), standing(1, 1, .suspect),
        standing(1, 9, .left), standing(2, 0, .alive), standing(2, 0, .dead),
        standing(3, 0, .suspect),
    ]

    @Test("boot epoch, then incarnation, then alive < suspect < dead < left (S1)")
    func order() {
        for (low, left) in Self.ascending.enumerated() {
            for (high, right) in Self.ascending.enumerated() {
                #expect((left < right) == (low < high))
                #expect((left == right) == (low == high))
            }
        }
    }

    static func claim(_ standing: Standing, metadata version: UInt64? = nil) -> Claim {
        var metadata = Metadata()
        metadata.topologyEpoch = standing.bootEpoch * 100 + (version ?? 0)
        return Claim(
            id: NodeID(high: 0, low: 1), name: "life\(standing.bootEpoch)",
            address: Address(host: "h", port: UInt16(standing.bootEpoch)), standing: standing,
            profile: version.map { Profile(version: $0, metadata: metadata) })
    }

    static func peer(_ claim: Claim) -> Peer {
        Peer(claim, now: .start, retry: Backoff(first: .start, delay: .zero))
    }

    @Test("claims merge to the same belief in every order of arrival", arguments: 0..<200)
    func everyOrder(_ seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        // Each life has its own metadata, which every claim of the highest life carries or not.
        let claims = Self.ascending.flatMap { standing in
            [Self.claim(standing), Self.claim(standing, metadata: 1 + standing.incarnation)]
        }
        let shuffled = claims.shuffled(using: &dice)
        var merged = Self.peer(shuffled[0])
        for claim in shuffled { _ = merged.merge(claim) }
        #expect(merged.standing == Self.ascending.last)
        #expect(merged.name == "life3")
        #expect(merged.address.port == 3)
        #expect(merged.profile.version == 1)
        #expect(merged.profile.metadata.topologyEpoch == 301)
    }

    struct Case: Sendable {
        let from: Standing
        let to: Standing
        let event: MemberEvent.Kind?
        let isNews: Bool
    }

    static let cases = [
        Case(from: standing(1, 0, .alive), to: standing(1, 0, .alive), event: nil, isNews: false),
        Case(from: standing(1, 0, .alive), to: standing(1, 1, .alive), event: nil, isNews: true),
        Case(
            from: standing(1, 0, .alive), to: standing(1, 0, .suspect), event: .suspected,
            isNews: true),
        Case(
            from: standing(1, 0, .suspect), to: standing(1, 1, .suspect), event: nil, isNews: true),
        Case(
            from: standing(1, 0, .suspect), to: standing(1, 1, .alive), event: .recovered,
            isNews: true),
        Case(from: standing(1, 0, .suspect), to: standing(1, 0, .dead), event: .died, isNews: true),
        Case(from: standing(1, 0, .dead), to: standing(1, 0, .alive), event: nil, isNews: false),
        Case(
            from: standing(1, 0, .dead), to: standing(1, 1, .alive), event: .recovered,
            isNews: true),
        Case(from: standing(1, 0, .left), to: standing(1, 0, .dead), event: nil, isNews: false),
        Case(
            from: standing(1, 5, .left), to: standing(2, 0, .alive), event: .restarted,
            isNews: true),
        Case(from: standing(2, 0, .alive), to: standing(1, 9, .left), event: nil, isNews: false),
        Case(from: standing(1, 0, .alive), to: standing(2, 0, .dead), event: .died, isNews: true),
    ]

    @Test("each transition is announced as what it is", arguments: cases)
    func transitions(_ row: Case) {
        var peer = Self.peer(Self.claim(row.from))
        let merge = peer.merge(Self.claim(row.to))
        #expect(merge.event == row.event)
        #expect(merge.standing == row.isNews)
        #expect(peer.standing == max(row.from, row.to))
    }

    @Test("metadata of an earlier life never returns")
    func oldMetadata() {
        var peer = Self.peer(Self.claim(Self.standing(2, 0, .alive), metadata: 1))
        #expect(peer.merge(Self.claim(Self.standing(1, 0, .alive), metadata: 50)).isNothing)
        #expect(peer.profile.metadata.topologyEpoch == 201)
    }

    @Test("the table's digest depends on what is believed, not on how it was learned")
    func digest() {
        var forward = MemberTable()
        var backward = MemberTable()
        func peer(_ index: Int) -> Peer {
            var claim = Self.claim(Self.standing(1, UInt64(index), .alive), metadata: 1)
            claim.id = NodeID(high: UInt64(index), low: 0)
            return Self.peer(claim)
        }
        for index in 0..<20 { forward.insert(peer(index)) }
        for index in (0..<20).reversed() { backward.insert(peer(index)) }
        #expect(forward.digest == backward.digest)
        #expect(forward.peers.map(\.id) == forward.peers.map(\.id).sorted())
        backward.update(3) { $0.profile.version = 2 }
        #expect(forward.digest != backward.digest)
        forward.update(4) { $0.standing.liveness = .dead }
        backward.update(3) { $0.profile.version = 1 }
        backward.remove(at: 4)
        #expect(forward.digest == backward.digest)
        #expect(forward.liveCount == 19 && backward.liveCount == 19)
    }
}
