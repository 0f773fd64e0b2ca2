import GrepvineClient
import GrepvineTransport
import Testing

@Suite("Nodes that cannot be trusted", .timeLimit(.minutes(1)))
struct HostileNodeTests {
    @Test("a refusal as wrong cluster arrives with both names")
    func refused() async throws {
        let node = try FakeNode(1)
        defer { node.stop() }
        node.onHello(
            .refuse(
                Refused.wrongCluster(ours: "red", oursID: nil, theirs: "blue", theirsID: nil)
                    .failure))
        let configuration = ClientConfiguration(seeds: [node.address], cluster: "blue")
        try await withClient(configuration) { client in
            let failure = await thrown { try await client.get("k") }
            #expect(failure?.code == .wrongCluster)
            #expect(failure?.isDefinite == true)
            for name in ["\"red\"", "\"blue\"", node.address.description] {
                #expect(failure?.message.contains(name) == true)
            }
        }
        #expect(node.hellos.all.map(\.cluster) == ["blue"])
    }

    @Test("the client itself refuses a node of another cluster, with both names")
    func refuses() async throws {
        let node = try FakeNode(1, cluster: "red")
        defer { node.stop() }
        let configuration = ClientConfiguration(seeds: [node.address], cluster: "blue")
        try await withClient(configuration) { client in
            let failure = await thrown { try await client.set("k", "v") }
            #expect(failure?.code == .wrongCluster)
            #expect(failure?.message.contains("\"red\"") == true)
            #expect(failure?.message.contains("\"blue\"") == true)
        }
        #expect(node.requests.all.isEmpty)
    }

    @Test("one seed of a wrong cluster does not keep the client from the right one")
    func mixedSeeds() async throws {
        let stranger = try FakeNode(9, cluster: "red")
        let cluster = try FakeCluster(1)
        defer {
            stranger.stop()
            cluster.stop()
        }
        let seeds = [stranger.address, cluster.seeds[0]]
        try await withClient(ClientConfiguration(seeds: seeds, cluster: "vines")) { client in
            let text = try await client.get("k")?.text
            #expect(text == "n1")
        }
    }

    static let garbage: [(String, [UInt8])] = [
        (
            "protocol",
            Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8) + [UInt8](repeating: 0, count: 99)
        ),
        ("limit", [0xff, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 60)),
        ("header alone", [UInt8](repeating: 0, count: 64)),
        (
            "malformed",
            FrameEncoder.encode(
                FrameHeader(kind: FrameKind.welcome.rawValue, requestID: 0), body: [0xc1])
        ),
        (
            "malformed",
            FrameEncoder.encode(
                FrameHeader(kind: FrameKind.response.rawValue, requestID: 1),
                body: Response.entry(nil).encoded())
        ),
    ]

    @Test("garbage instead of a welcome is a clear failure", arguments: garbage.indices)
    func garbageGreeting(_ index: Int) async throws {
        let (word, bytes) = Self.garbage[index]
        let node = try FakeNode(1)
        defer { node.stop() }
        node.onHello(.raw(bytes))
        try await withClient(ClientConfiguration(seeds: [node.address])) { client in
            let failure = await thrown { try await client.get("k") }
            #expect(failure?.code == .unreachable)
            #expect(failure?.isDefinite == true)
            #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
            #expect(failure?.message.contains(node.address.description) == true)
        }
    }

    @Test("garbage instead of a response ends the connection and the write is indefinite")
    func garbageResponse() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let topology = cluster.topology(epoch: 1)
        cluster.nodes[0].onRequest {
            $0.isTopology
                ? .answer(.topology(topology)) : .raw([UInt8](repeating: 0xee, count: 100))
        }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let failure = await thrown { try await client.set("k", "v") }
            #expect(failure?.code == .disconnected)
            #expect(failure?.isDefinite == false)
            #expect(failure?.message.contains("protocol") == true)
        }
        await cluster.nodes[0].closed.count(1)
    }

    @Test("a node that never greets is given up after the connect timeout")
    func silentGreeting() async throws {
        let mute = try FakeNode(9)
        let cluster = try FakeCluster(1)
        defer {
            mute.stop()
            cluster.stop()
        }
        mute.onHello(.silence)
        var configuration = ClientConfiguration(seeds: [mute.address, cluster.seeds[0]])
        configuration.connectTimeout = .milliseconds(100)
        try await withClient(configuration) { client in
            let text = try await client.get("k")?.text
            #expect(text == "n1")
        }
    }

    @Test("when nobody can be reached, the failure names everybody and why")
    func nobody() async throws {
        let seeds = [try FakeCluster.deadAddress(), try FakeCluster.deadAddress()]
        try await withClient(ClientConfiguration(seeds: seeds)) { client in
            let failure = await thrown { try await client.set("k", "v") }
            #expect(failure?.code == .unreachable)
            #expect(failure?.isDefinite == true)
            for seed in seeds { #expect(failure?.message.contains("\(seed)") == true) }
            #expect(failure?.message.contains("refused") == true)
        }
    }

    @Test(
        "a node that boasts of an epoch which it does not have is asked a bounded number of times")
    func boaster() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let topology = cluster.topology(epoch: 1)
        cluster.nodes[0].onRequest { exchange in
            switch exchange.request {
            case .topology: .answer(.topology(topology))
            default: .answer(.failure(Failure(.notOwner, "not me", epoch: .max)))
            }
        }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let failure = await thrown { try await client.set("k", "v") }
            #expect(failure?.code == .notOwner)
        }
        #expect(cluster.nodes[0].requests.all.count <= 6)
    }
}
