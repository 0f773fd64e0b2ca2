import Foundation
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("A cluster that is filled to three times its memory")
    struct Eviction {
        private static let limit = 16 << 20
        private static let words = ["--max-memory", "16m", "--eviction", "s3fifo"]
        private static let hot = 0..<50

        private static func metric(_ cluster: ProcessCluster, _ index: Int, _ name: String) throws
            -> Int
        {
            let text = try cluster.http(index, "/metrics").body
            let line = text.split(separator: "\n").first { $0.hasPrefix("grepvine_\(name) ") }
            return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
        }

        /// Writes keys in batches to one node after the other, and reads the hot ones through.
        private static func fill(_ cluster: ProcessCluster, _ keys: Range<Int>) throws {
            let faces = try (0..<3).map { try cluster.redis($0) }
            let value = String(repeating: "x", count: 1000)
            for first in stride(from: keys.lowerBound, to: keys.upperBound, by: 100) {
                let face = faces[first / 100 % 3]
                let batch = first..<min(first + 100, keys.upperBound)
                try face.socket.write(
                    batch.flatMap { RedisConnection.command(["SET", "k\($0)", value]) })
                for key in batch { try #require(try face.reply() == .ok, "SET k\(key)") }
                guard first / 100 % 5 == 0 else { continue }
                for index in 0..<3 {
                    let used = try metric(cluster, index, "memory_allocated_bytes")
                    // A segment of the cleaner may come on top.
                    try #require(used <= limit + limit / 64 + 4096, "node \(index): \(used)")
                }
                for key in hot { try #require(try face.call("GET", "hot\(key)").text == "v") }
            }
        }

        private static func sync(_ cluster: ProcessCluster) async throws {
            let server = cluster.plans[0].address
            let tool = try await ServerProcess.run(
                ServerProcess.binary, ["await-sync", "--server", "\(server)"])
            try #require(tool.code == 0, "\(tool.output)")
        }

        /// Which of the keys each node holds, asked of it alone.
        private static func held(_ cluster: ProcessCluster, _ keys: Range<Int>) throws -> [Set<Int>]
        {
            try (0..<3).map { index in
                let face = try cluster.redis(index)
                try #require(try face.call("CONSISTENCY", "ONE") == .ok)
                return try Set(keys.filter { try face.call("GET", "k\($0)") != .null })
            }
        }

        @Test("writes go on, hot keys stay, owners agree, and nothing comes back (E1)")
        func filling() async throws {
            try await ProcessCluster.run(words: Self.words) { cluster in
                let face = try cluster.redis(0)
                for key in Self.hot { try #require(try face.call("SET", "hot\(key)", "v") == .ok) }
                try Self.fill(cluster, 0..<40_000)
                try await Self.sync(cluster)
                let sample = 0..<2000
                let before = try Self.held(cluster, sample)
                #expect(before[0] == before[1] && before[1] == before[2])
                #expect(before[0].count < 200)
                let keys = try (0..<3).map { try Self.metric(cluster, $0, "keys") }
                #expect(keys[0] == keys[1] && keys[1] == keys[2], "\(keys)")
                #expect((5000...20_000).contains(keys[0]), "\(keys)")
                // One owner is away for some of it, and comes back without its memory.
                cluster.kill9(2)
                try await cluster.restart(2)
                try Self.fill(cluster, 40_000..<50_000)
                try await Self.sync(cluster)
                let after = try Self.held(cluster, sample)
                #expect(after[0] == after[1] && after[1] == after[2])
                #expect(after[2].isSubset(of: before[0]), "\(after[2].subtracting(before[0]))")
                for key in Self.hot {
                    for index in 0..<3 {
                        let face = try cluster.redis(index)
                        try #require(try face.call("GET", "hot\(key)").text == "v")
                    }
                }
            }
        }
    }
}
