import GrepvineClient
import GrepvineTransport
import Testing

@Suite("Bounds", .timeLimit(.minutes(1)))
struct BoundTests {
    @Test("one call more than may be under way fails as overloaded, and the others go on")
    func inFlight() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        var configuration = ClientConfiguration(seeds: cluster.seeds)
        configuration.maxInFlight = 2
        try await withClient(configuration) { client in
            async let first = client.get("a")
            async let second = client.get("b")
            let held = await cluster.nodes[0].data(2)
            let failure = await thrown { try await client.set("c", "v") }
            #expect(failure?.code == .overloaded)
            #expect(failure?.isDefinite == true)
            #expect(failure?.message.contains("the limit is 2") == true)
            for exchange in held { cluster.nodes[0].answer(exchange, .entry(nil)) }
            let entries = try await [first, second]
            #expect(entries == [nil, nil])
        }
        #expect(cluster.nodes[0].data.count == 2)
    }

    @Test("calls that wait for a topology are bounded too")
    func parked() async throws {
        let node = try FakeNode(1)
        defer { node.stop() }
        var configuration = ClientConfiguration(seeds: [node.address])
        configuration.maxInFlight = 1
        try await withClient(configuration) { client in
            let waiting = Task { await thrown { try await client.get("a") } }
            await node.requests.count(1)
            let failure = await thrown { try await client.get("b") }
            #expect(failure?.code == .overloaded)
            waiting.cancel()
            let cancelled = await waiting.value
            #expect(cancelled?.code == .cancelled)
        }
    }

    @Test("a request above the largest frame is refused before it is sent")
    func tooLarge() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        var configuration = ClientConfiguration(seeds: cluster.seeds)
        configuration.maxFrame = 64 << 10
        try await withClient(configuration) { client in
            let value = [UInt8](repeating: 1, count: 64 << 10)
            let failure = await thrown { try await client.set("k", value) }
            #expect(failure?.code == .tooLarge)
            #expect(failure?.isDefinite == true)
            try await client.set("k", Array(value.prefix(60 << 10)))
        }
        #expect(cluster.nodes[0].data.count == 1)
    }

    @Test("a key must have 1 to 65,535 bytes", arguments: [0, 65_536])
    func keyLength(_ count: Int) async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let key = Key([UInt8](repeating: 1, count: count))
            let failure = await thrown { try await client.delete(key) }
            #expect(failure?.isDefinite == true)
        }
        #expect(cluster.nodes[0].requests.all.isEmpty)
    }

    @Test("a node that answers nothing is given up after a few calls, and asked again later")
    func silence() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        cluster.holdData()
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            var timeouts = 0
            while cluster.nodes[0].closed.all.isEmpty {
                let failure = await thrown {
                    try await client.get("k", timeout: .milliseconds(20))
                }
                #expect(failure?.code == .timedOut)
                timeouts += 1
            }
            #expect(timeouts >= 3)
            cluster.nodes[0].onRequest { _ in .answer(.entry(nil)) }
            let entry = try await client.get("k")
            #expect(entry == nil)
        }
    }
}
