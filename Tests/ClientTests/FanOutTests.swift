import GrepvineClient
import GrepvineTransport
import Testing

/// Three scripted owners and a client that coordinates by itself.
@Suite("Fan-out", .timeLimit(.minutes(1)))
struct FanOutTests {
    private static let key = Key("grape")

    private static func version(_ clock: UInt64) -> Version {
        Version(clock: HybridClock(rawValue: clock), origin: 5)
    }

    private static func answer(_ clock: UInt64, _ value: String, whole: Bool) -> ReadAnswer {
        let record = Record(key: key, version: version(clock), value: Array(value.utf8))
        return ReadAnswer(record, at: SystemClock.wall(), withValue: whole)
    }

    /// Reads find `value`, writes are taken.
    private static func owner(_ clock: UInt64, _ value: String) -> FakeNode.OwnerScript {
        { body in
            switch body {
            case .read(_, let wantsValue): .read(answer(clock, value, whole: wantsValue))
            case .write: .write(.accepted)
            }
        }
    }

    /// Three owners of every key, and a client that is connected to all of them.
    private func withOwners(
        _ body: (Client, FakeCluster) async throws -> Void
    ) async throws {
        let cluster = try FakeCluster(3, replicas: 3)
        defer { cluster.stop() }
        for node in cluster.nodes { node.onOwnerFrame(Self.owner(10, "purple")) }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            // Dials the owners; from then on the client may coordinate.
            for owner in 0..<3 {
                _ = try await client.get(cluster.key(ownedBy: owner), consistency: .quorum)
            }
            for node in cluster.nodes { await node.hellos.count(1) }
            // A connection counts once its welcome is read, which is before any later answer.
            for node in cluster.nodes { _ = try await client.settings(of: node.address) }
            try await body(client, cluster)
        }
    }

    private func preferred(_ cluster: FakeCluster) -> [FakeNode] {
        let first = Int(Partition(of: Self.key).number) % 3
        return (0..<3).map { cluster.nodes[(first + $0) % 3] }
    }

    /// Requests that go through a coordinator, for the key.
    private func coordinated(_ cluster: FakeCluster) -> [Request] {
        cluster.nodes.flatMap(\.dataRequests).filter {
            switch $0 {
            case .get(Self.key, _, _), .set(Self.key, _, _, _, _, _): true
            default: false
            }
        }
    }

    private func frames(_ node: FakeNode) -> [FakeNode.OwnerFrame] {
        node.ownerFrames.all.filter {
            switch $0.body {
            case .read(let key, _): key == Self.key
            case .write(let record): record.key == Self.key
            }
        }
    }

    @Test("a read of equal owners takes one frame to each owner that the level needs")
    func read() async throws {
        try await withOwners { client, cluster in
            let entry = try await client.get(Self.key, consistency: .quorum)
            #expect(entry?.text == "purple")
            #expect(entry?.version == Self.version(10))
            #expect(entry?.mayBeStale == false)
            let owners = preferred(cluster)
            #expect(frames(owners[0]).map(\.body) == [.read(Self.key, wantsValue: true)])
            #expect(frames(owners[1]).map(\.body) == [.read(Self.key, wantsValue: false)])
            #expect(frames(owners[2]).isEmpty)
            #expect(coordinated(cluster).isEmpty)
        }
    }

    @Test("a write is one record under one version to every owner, and the acks are true (W1)")
    func write() async throws {
        try await withOwners { client, cluster in
            let receipt = try await client.set(
                Self.key, [1, 2], contentType: .json, consistency: .all)
            #expect(receipt.acks == 3 && receipt.owners == 3 && receipt.existed)
            let expected = Record(
                key: Self.key, version: receipt.version, contentType: .json, value: [1, 2])
            for node in cluster.nodes {
                #expect(frames(node).map(\.body) == [.write(expected)])
            }
            let next = try await client.set(Self.key, [3], consistency: .quorum)
            #expect(next.version > receipt.version)
            #expect(next.acks == 2)
            #expect(coordinated(cluster).isEmpty)
        }
    }

    @Test("owners that differ are left to a coordinator, which repairs them (R2)")
    func mismatch() async throws {
        try await withOwners { client, cluster in
            preferred(cluster)[1].onOwnerFrame(Self.owner(11, "green"))
            let entry = try await client.get(Self.key, consistency: .quorum)
            #expect(entry?.text.map { ["n1", "n2", "n3"].contains($0) } == true)
            #expect(coordinated(cluster) == [.get(Self.key, .quorum)])
        }
    }

    @Test("a write below what is stored is written again by a coordinator, above the attempt (W2)")
    func superseded() async throws {
        try await withOwners { client, cluster in
            for node in preferred(cluster).dropFirst() {
                node.onOwnerFrame { _ in .write(.superseded(Self.version(.max >> 1))) }
            }
            let receipt = try await client.set(Self.key, [1], consistency: .quorum)
            #expect(receipt == FakeCluster.receipt)
            #expect(coordinated(cluster).count == 1)
            guard case .write(let attempt)? = frames(preferred(cluster)[0]).first?.body else {
                Issue.record("no attempt")
                return
            }
            let floors = cluster.nodes.flatMap(\.data).map(\.header.clock).filter { $0 > 0 }
            #expect(floors == [attempt.version.clock.rawValue])
        }
    }

    @Test("what an attempt may have left is not denied by the failure that follows (W4)")
    func indefinite() async throws {
        try await withOwners { client, cluster in
            for node in preferred(cluster).dropFirst() {
                node.onOwnerFrame { _ in .write(.overloaded) }
            }
            for node in cluster.nodes {
                node.onRequest { _ in .answer(.failure(Failure(.unavailable, "too few"))) }
            }
            let failure = await thrown {
                try await client.set(Self.key, [1], consistency: .quorum)
            }
            #expect(failure?.code == .unavailable)
            #expect(failure?.isDefinite == false)
        }
    }

    @Test("a refusal by every owner leaves a definite failure definite")
    func definite() async throws {
        try await withOwners { client, cluster in
            for node in cluster.nodes {
                node.onOwnerFrame { _ in .write(.refused(.tooLarge)) }
                node.onRequest { _ in .answer(.failure(Failure(.tooLarge, "9 bytes"))) }
            }
            let failure = await thrown {
                try await client.set(Self.key, [1], consistency: .quorum)
            }
            #expect(failure?.code == .tooLarge)
            #expect(failure?.isDefinite == true)
            #expect(coordinated(cluster).count == 1)
        }
    }

    @Test("with one owner silent the other two answer", arguments: 0..<3)
    func silent(_ place: Int) async throws {
        try await withOwners { client, cluster in
            preferred(cluster)[place].onOwnerFrame { _ in .silence }
            let entry = try await client.get(Self.key, consistency: .quorum)
            #expect(entry?.version == Self.version(10))
            let receipt = try await client.set(Self.key, [1], consistency: .quorum)
            #expect(receipt.acks == 2)
            #expect(coordinated(cluster).isEmpty)
        }
    }

    @Test("an owner that took a write is told of the one that did not answer (H1)")
    func missed() async throws {
        try await withOwners { client, cluster in
            let owners = preferred(cluster)
            owners[2].onOwnerFrame { _ in .silence }
            let receipt = try await client.set(Self.key, [1], consistency: .quorum)
            let told = await owners[0].missed.count(1)
            let expected = MissedMessage(
                owner: owners[2].id, version: receipt.version, key: Self.key)
            #expect(told == [expected])
            // After a silence that was noticed nobody waits for another.
            owners[1].onOwnerFrame { _ in .write(.overloaded) }
            owners[2].onOwnerFrame(Self.owner(10, "purple"))
            _ = try await client.set(Self.key, [2], consistency: .quorum)
            let again = await owners[0].missed.count(2)
            #expect(again.last?.owner == owners[1].id)
            #expect(owners[1].missed.all.isEmpty && owners[2].missed.all.isEmpty)
        }
    }

    @Test("a connection that breaks under a write counts as silence of its owner")
    func broken() async throws {
        try await withOwners { client, cluster in
            preferred(cluster)[0].onOwnerFrame { _ in .close }
            let receipt = try await client.set(Self.key, [1], consistency: .quorum)
            #expect(receipt.acks == 2)
            #expect(coordinated(cluster).isEmpty)
        }
    }

    @Test("too few answers send the call through a coordinator that is not silent")
    func twoSilent() async throws {
        try await withOwners { client, cluster in
            let owners = preferred(cluster)
            for node in owners[...1] {
                node.onOwnerFrame { _ in .silence }
                node.onRequest { $0.isTopology ? .close : .hold }
            }
            let text = try await client.get(Self.key, consistency: .quorum)?.text
            #expect(text == owners[2].name)
        }
    }

    @Test("an owner that is none any more sends the client for the new topology (P4)")
    func notOwner() async throws {
        try await withOwners { client, cluster in
            let new = cluster.topology(epoch: 2, replicas: 3, shift: 1)
            for node in cluster.nodes { node.onRequest(FakeCluster.script(node, new)) }
            preferred(cluster)[0].onOwnerFrame { _ in .read(nil, epoch: 2) }
            let text = try await client.get(Self.key, consistency: .quorum)?.text
            // Coordinated by the first owner in the new topology.
            #expect(text == preferred(cluster)[1].name)
            let epochs = cluster.nodes.flatMap(\.data).filter {
                $0.request == .get(Self.key, .quorum)
            }.map(\.header.epoch)
            #expect(epochs == [2])
        }
    }

    @Test("a recovering owner does not count towards a read (R5)")
    func recovering() async throws {
        try await withOwners { client, cluster in
            preferred(cluster)[0].onOwnerFrame { _ in .read(.absent(isRecovering: true)) }
            let entry = try await client.get(Self.key, consistency: .quorum)
            #expect(entry?.text == "purple" || coordinated(cluster).count == 1)
            #expect(entry != nil)
        }
    }

    @Test("a slow owner is not waited for: the next one is asked, and it is no worse for that (R3)")
    func hedged() async throws {
        try await withOwners { client, cluster in
            let owners = preferred(cluster)
            owners[0].onOwnerFrame { _ in .silence }
            let entry = try await client.get(Self.key, consistency: .quorum)
            #expect(entry?.version == Self.version(10))
            #expect(frames(owners[2]).map(\.body) == [.read(Self.key, wantsValue: true)])
            owners[0].onOwnerFrame(Self.owner(10, "purple"))
            _ = try await client.get(Self.key, consistency: .quorum)
            // After a silence that was noticed it would be asked last.
            #expect(frames(owners[0]).count == 2)
            #expect(coordinated(cluster).isEmpty)
        }
    }

    @Test("ONE asks one owner and says that it may be stale; a version to reach asks on (R4)")
    func one() async throws {
        try await withOwners { client, cluster in
            let owners = preferred(cluster)
            let entry = try await client.get(Self.key, consistency: .one)
            #expect(entry?.text == "purple" && entry?.mayBeStale == true)
            #expect(cluster.nodes.map { frames($0).count }.reduce(0, +) == 1)
            owners[2].onOwnerFrame(Self.owner(12, "ripe"))
            let newer = try await client.get(
                Self.key, consistency: .one, atLeast: Self.version(11))
            #expect(newer?.text == "ripe")
            #expect(coordinated(cluster).isEmpty)
        }
    }

    @Test("a session never reads behind what it has seen, and says so when nobody can help (R4)")
    func session() async throws {
        try await withOwners { client, cluster in
            let owners = preferred(cluster)
            let session = client.session()
            owners[0].onOwnerFrame(Self.owner(12, "ripe"))
            #expect(try await session.get(Self.key)?.text == "ripe")
            owners[0].onOwnerFrame(Self.owner(10, "purple"))
            owners[1].onOwnerFrame(Self.owner(12, "ripe"))
            #expect(try await session.get(Self.key)?.text == "ripe")
            // Its own write is on no owner any more; what they hold is older.
            let written = try await session.set(Self.key, "mine", consistency: .quorum)
            for node in cluster.nodes {
                node.onRequest { _ in .answer(.failure(Failure(.stale, "nobody has it"))) }
            }
            let failure = await thrown { try await session.get(Self.key) }
            #expect(failure?.code == .stale)
            #expect(
                coordinated(cluster).last == .get(Self.key, .one, atLeast: written.version))
            #expect(try await client.get(Self.key, consistency: .one)?.text == "purple")
        }
    }

    @Test("an expiry that is kept and a level that is not named go through an owner")
    func others() async throws {
        try await withOwners { client, cluster in
            _ = try await client.get(Self.key)
            try await client.set(Self.key, [1], consistency: .one)
            try await client.set(Self.key, [1], expiration: .keep, consistency: .quorum)
            try await client.set(Self.key, [1])
            #expect(coordinated(cluster).count == 4)
            for node in cluster.nodes { #expect(frames(node).isEmpty) }
        }
    }

    @Test("a proxy gets requests only")
    func proxy() async throws {
        let cluster = try FakeCluster(3, replicas: 3)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(proxy: cluster.seeds[1])) { client in
            for _ in 0..<5 {
                _ = try await client.get(Self.key, consistency: .quorum)
                try await client.set(Self.key, [1], consistency: .quorum)
            }
        }
        #expect(cluster.nodes.map { $0.dataRequests.count } == [0, 10, 0])
        for node in cluster.nodes { #expect(node.ownerFrames.all.isEmpty) }
    }
}
