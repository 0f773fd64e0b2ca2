import Foundation
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("Deleted keys")
    struct Tombstones {
        private static let count = 300

        @Test(
            "tombstones wait for an owner that is away, and nothing deleted comes back (T1, T4)")
        func staysDeleted() async throws {
            let words = ["--repair-interval", "300ms", "--repair-purge", "300ms"]
            try await ProcessCluster.run(words: words) { cluster in
                let face = try cluster.redis(0)
                for key in 0..<Self.count {
                    try #require(try face.call("SET", "key:\(key)", "v\(key)") == .ok)
                }
                try Self.delete(0..<100, face)
                try await Self.purged(cluster, within: .seconds(60))

                // One of them stands still, and comes back with all that it had.
                cluster.stop(2)
                defer { cluster.cont(2) }
                try await Self.givenUp(cluster, times: 1)
                try Self.delete(100..<200, face)
                try await Self.wait(.seconds(14))
                for index in 0..<2 { #expect(try Self.metric("tombstones", cluster, index) == 100) }
                #expect(try Self.metric("fence_age_seconds", cluster, 0) >= 10)
                cluster.cont(2)
                try await Self.purged(cluster, within: .seconds(60))
                try Self.check(deleted: 0..<200, cluster)

                // One of them dies, and comes back with nothing.
                cluster.kill9(2)
                try await Self.givenUp(cluster, times: 2)
                try Self.delete(200..<250, face)
                try await Self.wait(.seconds(14))
                for index in 0..<2 { #expect(try Self.metric("tombstones", cluster, index) == 50) }
                try await cluster.restart(2)
                try await Self.purged(cluster, within: .seconds(60))
                try Self.check(deleted: 0..<250, cluster)
            }
        }

        private static func delete(_ keys: Range<Int>, _ face: RedisConnection) throws {
            for key in keys { try #require(try face.call("DEL", "key:\(key)").integer == 1) }
        }

        private static func purged(_ cluster: ProcessCluster, within limit: Duration) async throws {
            try await eventually("nobody holds a tombstone", within: limit) {
                try (0..<3).allSatisfy { try metric("tombstones", cluster, $0) == 0 }
            }
        }

        private static func givenUp(_ cluster: ProcessCluster, times: Int) async throws {
            try await eventually("n3 is given up by both", within: .seconds(20)) {
                [0, 1].allSatisfy {
                    cluster.log($0).components(separatedBy: "member-died").count > times
                }
            }
        }

        /// Long enough for a purge that knows of nothing but age.
        private static func wait(_ time: Duration) async throws {
            let end = ContinuousClock.now + time
            try await eventually("time passes", within: time * 2) { ContinuousClock.now >= end }
        }

        /// Each node owns every key, and answers by itself.
        private static func check(deleted: Range<Int>, _ cluster: ProcessCluster) throws {
            for index in 0..<3 {
                let face = try cluster.redis(index)
                try #require(try face.call("CONSISTENCY", "ONE") == .ok)
                for key in 0..<count {
                    let value = try face.call("GET", "key:\(key)")
                    #expect(
                        value.text == (deleted.contains(key) ? nil : "v\(key)"),
                        "key:\(key) on n\(index + 1)")
                }
                #expect(try face.call("DBSIZE").integer == Int64(count - deleted.count))
            }
        }

        private static func metric(
            _ name: String, _ cluster: ProcessCluster, _ index: Int
        ) throws -> Int {
            let lines = try cluster.http(index, "/metrics").body.split(separator: "\n")
            let line = lines.first { $0.hasPrefix("grepvine_\(name) ") }
            return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
        }
    }
}
