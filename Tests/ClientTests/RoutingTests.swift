import GrepvineClient
import GrepvineTransport
import Testing

@Suite("Routing", .timeLimit(.minutes(1)))
struct RoutingTests {
    @Test("the second seed answers for the first, which is dead")
    func secondSeed() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let seeds = [try FakeCluster.deadAddress(), cluster.nodes[0].address]
        try await withClient(ClientConfiguration(seeds: seeds)) { client in
            let text = try await client.get("k")?.text
            #expect(text == "n1")
        }
    }

    @Test("a seed may be a name")
    func namedSeed() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let seed = Address(host: "localhost", port: cluster.nodes[0].address.port)
        try await withClient(ClientConfiguration(seeds: [seed])) { client in
            let text = try await client.get("k")?.text
            #expect(text == "n1")
        }
        // The seed turned out to be the member: no second connection.
        #expect(cluster.nodes[0].hellos.all.count == 1)
    }

    @Test("each key goes to its owner, by its slot")
    func owners() async throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(seeds: [cluster.seeds[2]])) { client in
            for index in 0..<60 {
                let owner = index % 3
                let key = cluster.key(ownedBy: owner, index)
                let text = try await client.get(key)?.text
                #expect(text == "n\(owner + 1)")
            }
        }
        #expect(cluster.nodes.map { $0.hellos.all.count } == [1, 1, 1])
        #expect(cluster.nodes.map { $0.dataRequests.count } == [20, 20, 20])
    }

    @Test("calls that come before the topology cost one question for it")
    func singleFlight() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            await withTaskGroup { group in
                for index in 0..<50 {
                    group.addTask { await thrown { try await client.get(Key("k\(index)")) } }
                }
                for await failure in group { #expect(failure == nil) }
            }
        }
        #expect(cluster.nodes[0].requests.all.filter(\.isTopology).count == 1)
    }

    @Test("a proxy gets everything, and nobody asks it for a topology")
    func proxy() async throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(proxy: cluster.seeds[1])) { client in
            for owner in 0..<3 {
                let text = try await client.get(cluster.key(ownedBy: owner))?.text
                #expect(text == "n2")
            }
        }
        #expect(cluster.nodes.map { $0.requests.all.count } == [0, 3, 0])
    }

    @Test("a node that is no owner any more sends the client for the new topology")
    func notOwner() async throws {
        let cluster = try FakeCluster(2)
        defer { cluster.stop() }
        let (old, new) = (cluster.topology(epoch: 1), cluster.topology(epoch: 2, shift: 1))
        let key = cluster.key(ownedBy: 0)
        cluster.nodes[0].onRequest { exchange in
            switch exchange.request {
            case .topology: .answer(.topology(exchange.header.epoch < 1 ? old : new))
            default: .answer(.failure(Failure(.notOwner, "moved", epoch: 2)))
            }
        }
        try await withClient(ClientConfiguration(seeds: [cluster.seeds[0]])) { client in
            let text = try await client.get(key)?.text
            #expect(text == "n2")
            try await client.set(key, "v")
        }
        #expect(cluster.nodes[0].dataRequests.count == 1)
        #expect(cluster.nodes[1].data.map(\.header.epoch) == [2, 2])
    }

    @Test("a read goes on to the next owner when the first cannot be reached")
    func nextOwnerRead() async throws {
        let cluster = try FakeCluster(3, replicas: 2)
        defer { cluster.stop() }
        cluster.nodes[0].stop()
        await cluster.nodes[0].isGone()
        try await withClient(ClientConfiguration(seeds: [cluster.seeds[2]])) { client in
            let text = try await client.get(cluster.key(ownedBy: 0))?.text
            #expect(text == "n2")
        }
    }

    @Test("a write that was never sent goes on to the next owner")
    func nextOwnerWrite() async throws {
        let cluster = try FakeCluster(3, replicas: 2)
        defer { cluster.stop() }
        cluster.nodes[0].stop()
        await cluster.nodes[0].isGone()
        try await withClient(ClientConfiguration(seeds: [cluster.seeds[2]])) { client in
            try await client.set(cluster.key(ownedBy: 0), "v")
        }
        #expect(cluster.nodes[1].dataRequests.count == 1)
    }

    @Test("a node that is not ready sends its calls to the next")
    func notReady() async throws {
        let cluster = try FakeCluster(2, replicas: 2)
        defer { cluster.stop() }
        cluster.nodes[0].onRequest { _ in .answer(.failure(Failure(.notReady, "starting"))) }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let key = cluster.key(ownedBy: 0)
            let text = try await client.get(key)?.text
            #expect(text == "n2")
            try await client.set(key, "v")
        }
    }

    @Test("the settings come from the node that was asked")
    func settings() async throws {
        let cluster = try FakeCluster(3)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(seeds: [cluster.seeds[0]])) { client in
            for node in cluster.nodes {
                let settings = try await client.settings(of: node.address)
                #expect(settings.map(\.value) == [node.name])
            }
        }
    }
}
