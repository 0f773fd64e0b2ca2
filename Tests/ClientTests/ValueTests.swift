import GrepvineClient
import GrepvineTransport
import Testing

@Suite("Keys and values", .timeLimit(.minutes(1)))
struct ValueTests {
    /// What one call sends to its node.
    private func sent(
        read: Consistency? = nil, write: Consistency? = nil,
        by call: (Client) async throws -> Void
    ) async throws -> Request? {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        var configuration = ClientConfiguration(seeds: cluster.seeds)
        configuration.readConsistency = read
        configuration.writeConsistency = write
        try await withClient(configuration, call)
        return cluster.nodes[0].dataRequests.first
    }

    @Test("a call's own consistency comes before the configuration's, that before the node's")
    func consistency() async throws {
        let own = try await sent(read: .all) {
            _ = try await $0.get("k", consistency: .one)
        }
        #expect(own == .get("k", .one))
        let configured = try await sent(read: .all) { _ = try await $0.get("k") }
        #expect(configured == .get("k", .all))
        let write = try await sent(write: .quorum) { try await $0.delete("k") }
        #expect(write == .delete("k", .quorum))
        let plain = try await sent { try await $0.persist("k") }
        #expect(plain == .expire("k", .never, nil))
    }

    @Test("a set carries value, content type and expiration")
    func set() async throws {
        let time = WallTime(milliseconds: 1_900_000_000_000)
        let text = try await sent { try await $0.set("k", "grün", expiration: .keep) }
        #expect(text == .set("k", value: Array("grün".utf8), .text, .keep, nil))
        let bytes = try await sent { try await $0.set("k", [1], expiration: .at(time)) }
        #expect(bytes == .set("k", value: [1], .bytes, .at(time), nil))
        let expire = try await sent { try await $0.expire("k", at: time, consistency: .all) }
        #expect(expire == .expire("k", .at(time), .all))
    }

    @Test("a duration counts from now")
    func after() async throws {
        let before = SystemClock.wall()
        let request = try await sent { try await $0.expire("k", after: .seconds(60)) }
        let after = SystemClock.wall()
        guard case .expire("k", .at(let time), nil) = request else {
            Issue.record("sent \(String(describing: request))")
            return
        }
        #expect(before + .seconds(60) <= time && time <= after + .seconds(60))
    }

    @Test("a time to live is absent, unlimited or what remains")
    func ttl() async throws {
        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let topology = cluster.topology(epoch: 1)
        cluster.nodes[0].onRequest { exchange in
            switch exchange.request {
            case .get("none", _, _): .answer(.entry(nil))
            case .get("stays", _, _): .answer(.entry(FakeCluster.entry("v")))
            case .get:
                {
                    var entry = FakeCluster.entry("v")
                    entry.expiry = SystemClock.wall() + .seconds(100)
                    return .answer(.entry(entry))
                }()
            default: .answer(.topology(topology))
            }
        }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let none = try await client.ttl("none")
            #expect(none == .absent)
            let stays = try await client.ttl("stays")
            #expect(stays == .unlimited)
            guard case .remaining(let time) = try await client.ttl("goes") else {
                Issue.record("a value with an expiry has a time to live")
                return
            }
            #expect(time > .seconds(90) && time <= .seconds(100))
        }
    }

    private struct Plant: Codable, Equatable {
        var name: String
        var height: Int
    }

    @Test("a Codable value goes in as JSON with sorted keys and comes out equal")
    func json() async throws {
        let plant = Plant(name: "hop", height: 7)
        let request = try await sent { try await $0.set("k", json: plant) }
        let bytes = Array(#"{"height":7,"name":"hop"}"#.utf8)
        #expect(request == .set("k", value: bytes, .json, .never, nil))

        let cluster = try FakeCluster(1)
        defer { cluster.stop() }
        let topology = cluster.topology(epoch: 1)
        cluster.nodes[0].onRequest {
            switch $0.request {
            case .get("bad", _, _): .answer(.entry(FakeCluster.entry("{")))
            case .get("none", _, _): .answer(.entry(nil))
            case .get: .answer(.entry(FakeCluster.entry(String(decoding: bytes, as: UTF8.self))))
            default: .answer(.topology(topology))
            }
        }
        try await withClient(ClientConfiguration(seeds: cluster.seeds)) { client in
            let found = try await client.get("k", as: Plant.self)
            #expect(found == plant)
            let none = try await client.get("none", as: Plant.self)
            #expect(none == nil)
            let failure = await thrown { try await client.get("bad", as: Plant.self) }
            #expect(failure?.code == .badValue)
        }
    }
}
