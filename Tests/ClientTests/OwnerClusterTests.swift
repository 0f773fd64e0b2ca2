import GrepvineClient
import GrepvineTransport
import Testing

@testable import GrepvineNode

/// Three real nodes in this process, on ports that the system chose.
@Suite("Fan-out to real nodes", .timeLimit(.minutes(2)))
struct OwnerClusterTests {
    private final class Cluster {
        private(set) var servers: [Server] = []
        private var loops: [WorkerThread?] = []

        init() throws {
            for number in 1...3 {
                var configuration = ServerConfiguration()
                configuration.port = 0
                configuration.respPort = nil
                configuration.httpPort = nil
                configuration.node.name = "n\(number)"
                configuration.node.cluster = "fan-out"
                configuration.node.expected = 3
                // The first waits for the others, at an address where nobody is.
                configuration.node.seeds = [
                    try servers.first?.address ?? FakeCluster.deadAddress()
                ]
                configuration.node.limits.value = 1000
                configuration.node.use(gossipPreset: "local")
                let log = LogWriter(node: "n\(number)", minimum: .error)
                servers.append(try Server(configuration, log: log))
            }
            loops = servers.map { $0.start() }
        }

        /// Returns when the node is gone.
        func stop(_ index: Int) {
            servers[index].stop()
            loops[index]?.join()
            loops[index] = nil
        }
    }

    /// Runs `body` with a client that is connected to all three.
    private func withCluster(_ body: (Client, Cluster) async throws -> Void) async throws {
        let cluster = try Cluster()
        defer { for index in 0..<3 { cluster.stop(index) } }
        let configuration = ClientConfiguration(seeds: cluster.servers.map(\.address))
        try await withClient(configuration) { client in
            while await thrown({ try await client.set("warm", [1], consistency: .all) }) != nil {
                try await Task.sleep(for: .milliseconds(20))
            }
            for server in cluster.servers { _ = try await client.settings(of: server.address) }
            try await body(client, cluster)
        }
    }

    @Test("what one client wrote at QUORUM or ALL, it and others read")
    func roundTrip() async throws {
        try await withCluster { client, cluster in
            var origins: Set<UInt64> = []
            var last = Version.zero
            for number in 0..<60 {
                let level: Consistency = number % 2 == 0 ? .quorum : .all
                let receipt = try await client.set(
                    Key("key-\(number)"), "value \(number)", consistency: level)
                #expect(receipt.owners == 3 && receipt.acks >= (level == .all ? 3 : 2))
                #expect(receipt.version > last)
                last = receipt.version
                origins.insert(receipt.version.origin)
            }
            // One stamp for keys of every owner: no node coordinated.
            #expect(origins.count == 1)
            let other = ClientConfiguration(proxy: cluster.servers[2].address)
            try await withClient(other) { proxied in
                for number in 0..<60 {
                    let key = Key("key-\(number)")
                    let mine = try await client.get(key, consistency: .quorum)
                    let theirs = try await proxied.get(key, consistency: .quorum)
                    #expect(mine?.text == "value \(number)")
                    #expect(mine == theirs)
                }
                // A node stamps above what a client stamped, and the other way round.
                let above = try await proxied.set("key-1", "again", consistency: .quorum)
                #expect(above.version > last)
                let once = try await client.set("key-1", "and again", consistency: .quorum)
                #expect(once.version > above.version)
                let text = try await proxied.get("key-1", consistency: .quorum)?.text
                #expect(text == "and again")
            }
            let none = try await client.get("none", consistency: .all)
            #expect(none == nil)
        }
    }

    @Test("a value over the limit is refused with the limit, and nothing was written")
    func tooLarge() async throws {
        try await withCluster { client, _ in
            let value = [UInt8](repeating: 1, count: 1001)
            let failure = await thrown {
                try await client.set("large", value, consistency: .quorum)
            }
            #expect(failure?.code == .tooLarge)
            #expect(failure?.isDefinite == true)
            #expect(failure?.message.contains("1000") == true)
            let entry = try await client.get("large", consistency: .quorum)
            #expect(entry == nil)
        }
    }

    @Test("with one node stopped QUORUM goes on: old values are there, new ones are taken")
    func oneStopped() async throws {
        try await withCluster { client, cluster in
            for number in 0..<30 {
                try await client.set(Key("key-\(number)"), "old \(number)", consistency: .all)
            }
            cluster.stop(1)
            for number in 0..<30 {
                let key = Key("key-\(number)")
                let old = try await client.get(key, consistency: .quorum)?.text
                #expect(old == "old \(number)")
                let receipt = try await client.set(key, "new \(number)", consistency: .quorum)
                #expect(receipt.acks == 2 && receipt.owners == 3)
                let new = try await client.get(key, consistency: .quorum)?.text
                #expect(new == "new \(number)")
            }
        }
    }
}
