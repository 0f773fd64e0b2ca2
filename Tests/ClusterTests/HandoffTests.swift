import Foundation
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("Writes that wait for their owner")
    struct Handoff {
        /// Comparing comes too late to help.
        private static let words = ["--repair-interval", "10m"]

        private static func metric(_ cluster: ProcessCluster, _ index: Int, _ name: String) throws
            -> Int
        {
            try cluster.http(index, "/metrics").body.split(separator: "\n").reduce(0) { sum, line in
                guard line.hasPrefix("grepvine_\(name)") else { return sum }
                return sum + (line.split(separator: " ").last.flatMap { Int($0) } ?? 0)
            }
        }

        @Test("what a stopped owner missed is handed over when it goes on (H1, H2)")
        func stopped() async throws {
            try await ProcessCluster.run(words: Self.words) { cluster in
                cluster.stop(2)
                defer { cluster.cont(2) }
                try await eventually("n3 is given up by both", within: .seconds(20)) {
                    [0, 1].allSatisfy { cluster.log($0).contains("member-died") }
                }
                let face = try cluster.redis(0)
                for key in 0..<2000 {
                    try #require(try face.call("SET", "k:\(key % 1000)", "\(key)") == .ok)
                }
                // Those that nobody waits for any more, at once and not after their deadline.
                #expect(try Self.metric(cluster, 0, "hints ") == 1000)
                let tool = try await Self.awaitSync(cluster, "--timeout", "1s")
                #expect(tool.code == 1)
                #expect(tool.output.contains("not in sync"), "\(tool.output)")
                cluster.cont(2)
                try await eventually("all hints are taken", within: .seconds(30)) {
                    try Self.metric(cluster, 0, "hints ") == 0
                }
                let replayed = "hints_total{owner=\"n3\",event=\"replayed\"}"
                #expect(try Self.metric(cluster, 0, replayed) >= 1000)
                let late = try cluster.redis(2)
                try #require(try late.call("CONSISTENCY", "ONE") == .ok)
                for key in 0..<1000 {
                    try #require(try late.call("GET", "k:\(key)").text == "\(key + 1000)")
                }
            }
        }

        @Test("what an owner misses of a client that coordinates is handed over as well (H1)")
        func client() async throws {
            try await ProcessCluster.run(words: Self.words) { cluster in
                try await withClient(cluster.direct) { client in
                    for server in cluster.direct.seeds { _ = try await client.settings(of: server) }
                    _ = try await client.set("first", "v", consistency: .all)
                    cluster.stop(2)
                    defer { cluster.cont(2) }
                    for key in 0..<50 {
                        try await client.set(Key("k:\(key)"), "\(key)", consistency: .quorum)
                    }
                    try await eventually("the others keep hints", within: .seconds(20)) {
                        try Self.metric(cluster, 0, "hints ") + Self.metric(cluster, 1, "hints ")
                            == 50
                    }
                }
                try await eventually("all hints are taken", within: .seconds(30)) {
                    try Self.metric(cluster, 0, "hints ") + Self.metric(cluster, 1, "hints ") == 0
                }
                let late = try cluster.redis(2)
                try #require(try late.call("CONSISTENCY", "ONE") == .ok)
                for key in 0..<50 {
                    try #require(try late.call("GET", "k:\(key)").text == "\(key)")
                }
            }
        }

        @Test("await-sync ends when a returning owner has everything (H2)")
        func awaitSync() async throws {
            try await ProcessCluster.run(words: Self.words) { cluster in
                let first = try await Self.awaitSync(cluster)
                #expect(first.code == 0, "\(first.output)")
                #expect(first.output.contains("in sync"))
                cluster.kill9(2)
                let face = try cluster.redis(1)
                for key in 0..<500 {
                    try #require(try face.call("SET", "k:\(key)", "v") == .ok)
                }
                try await cluster.restart(2)
                let tool = try await Self.awaitSync(cluster, "--json")
                #expect(tool.code == 0, "\(tool.output)")
                #expect(tool.output.contains("\"inSync\":true"))
                let late = try cluster.redis(2)
                try #require(try late.call("CONSISTENCY", "ONE") == .ok)
                for key in 0..<500 {
                    try #require(try late.call("GET", "k:\(key)").text == "v")
                }
            }
        }

        private static func awaitSync(_ cluster: ProcessCluster, _ words: String...)
            async throws -> (code: Int32, output: String)
        {
            let server = cluster.plans[0].address
            let tool = try await ServerProcess.run(
                ServerProcess.binary, ["await-sync", "--server", "\(server)"] + words)
            return (tool.code, tool.output)
        }
    }
}
