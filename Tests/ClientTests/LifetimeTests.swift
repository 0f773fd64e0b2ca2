import GrepvineClient
import Testing

@Suite("The life of a client", .timeLimit(.minutes(1)))
struct LifetimeTests {
    @Test("a call before the client runs fails at once and says what to do")
    func notRunning() async {
        let client = Client(ClientConfiguration(seeds: [Address(host: "127.0.0.1", port: 1)]))
        let failure = await thrown { try await client.get("k") }
        #expect(failure?.code == .notRunning)
        #expect(failure?.isDefinite == true)
        #expect(failure?.message.contains("withClient") == true)
    }

    @Test("a call after the end fails at once, and so does another start")
    func ended() async throws {
        let client = Client(ClientConfiguration(seeds: [Address(host: "127.0.0.1", port: 1)]))
        try client.start()
        await client.shutdown()
        let call = await thrown { try await client.get("k") }
        #expect(call?.code == .notRunning)
        let start = await thrown { try client.start() }
        #expect(start?.code == .notRunning)
    }

    @Test("run() keeps the client alive until its task is cancelled")
    func run() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let client = Client(ClientConfiguration(seeds: cluster.seeds))
        try client.start()
        let running = Task { await thrown { try await client.run() } }
        try await client.set("k", "v")
        running.cancel()
        let outcome = await running.value
        #expect(outcome == nil)
        let late = await thrown { try await client.get("k") }
        #expect(late?.code == .notRunning)
        await cluster.nodes[0].closed.count(1)
    }

    @Test("a second run() throws and does not disturb the first")
    func secondRun() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let client = Client(ClientConfiguration(seeds: cluster.seeds))
        try client.start()
        // One of the two is the second, whichever task comes first.
        let runs = (0..<2).map { _ in Task { await thrown { try await client.run() } } }
        let codes = await withTaskGroup { group in
            for run in runs { group.addTask { await run.value?.code } }
            let loser = await group.next() ?? nil
            _ = try? await client.set("k", "v")
            for run in runs { run.cancel() }
            return [loser, await group.next() ?? nil]
        }
        #expect(codes == [.alreadyRunning, nil])
        #expect(cluster.nodes[0].data.count == 1)
    }

    @Test("shutting down ends calls under way; a write among them may have happened")
    func shutdown() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        let client = Client(ClientConfiguration(seeds: cluster.seeds))
        try client.start()
        async let read = thrown { try await client.get("k") }
        async let write = thrown { try await client.set("k", "v") }
        await cluster.nodes[0].data(2)
        await client.shutdown()
        let (first, second) = await (read, write)
        #expect(first?.code == .cancelled)
        #expect(first?.isDefinite == true)
        #expect(second?.code == .cancelled)
        #expect(second?.isDefinite == false)
    }

    @Test("a client that is let go of closes its connections")
    func letGo() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        var client: Client? = Client(ClientConfiguration(seeds: cluster.seeds))
        try client?.start()
        try await client?.set("k", "v")
        client = nil
        await cluster.nodes[0].closed.count(1)
    }

    @Test("an error of the body passes through withClient, and the client is gone")
    func bodyThrows() async throws {
        struct Planned: Error {}
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        await #expect(throws: Planned.self) {
            try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
                try await client.set("k", "v")
                throw Planned()
            }
        }
        await cluster.nodes[0].closed.count(1)
    }

    @Test("a configuration that cannot work says why")
    func badConfiguration() async {
        var configurations = [ClientConfiguration(seeds: [])]
        for change in [
            { $0.maxInFlight = 0 }, { $0.maxFrame = 1 }, { $0.connectTimeout = .zero },
            { $0.longestBackoff = .zero },
        ] as [(inout ClientConfiguration) -> Void] {
            var configuration = ClientConfiguration(seeds: [Address(host: "h", port: 1)])
            change(&configuration)
            configurations.append(configuration)
        }
        for configuration in configurations {
            let failure = await thrown { try Client(configuration).start() }
            #expect(failure?.code == .badConfiguration)
        }
    }
}
