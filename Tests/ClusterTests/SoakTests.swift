import Foundation
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    /// Short forms of what `bench/replication/kpi.py` does for half an hour.
    @Suite("Clusters that run for a while")
    struct Soak {
        /// Every sample by its name and labels.
        private static func metrics(
            _ cluster: ProcessCluster, _ index: Int
        ) throws -> [String: String] {
            var samples: [String: String] = [:]
            for line in try cluster.http(index, "/metrics").body.split(separator: "\n") {
                guard let gap = line.lastIndex(of: " "), !line.hasPrefix("#") else { continue }
                let name = line[..<gap].dropFirst("grepvine_".count)
                samples[String(name)] = String(line[line.index(after: gap)...])
            }
            return samples
        }

        /// What has no reason to move while nothing happens. Comparing goes on and finds nothing.
        private static let quiet = [
            "topology_epoch", "repairs_total", "repair_exchanges", "repair_differences",
            "read_repairs", "hints", "hint_bytes", "write_restamps", "recovering", "sync_sent",
            "write_failures", "read_failures", "outbox_dropped", "fenced_", "purged_",
            "versions_reused", "invalid_frames", "clock_refused", "members{", "chaos_",
        ]

        private static func quietCounters(_ cluster: ProcessCluster) throws -> [String] {
            try (0..<3).flatMap { index in
                try metrics(cluster, index).filter { sample in
                    quiet.contains { sample.key.hasPrefix($0) }
                }.map { "n\(index + 1) \($0.key) \($0.value)" }
            }.sorted()
        }

        private static func identities(_ cluster: ProcessCluster) async throws -> [String] {
            try await withClient(cluster.proxy(0)) { try await $0.members() }
                .map { "\($0.name) \($0.incarnation) \($0.bootEpoch)" }.sorted()
        }

        private static func memory(_ cluster: ProcessCluster) throws -> [Int] {
            try (0..<3).map { try cluster.process($0).residentBytes }
        }

        /// A twentieth, and two megabytes for what so small a process has besides.
        private static func expectFlat(_ before: [Int], _ after: [Int]) {
            for (before, after) in zip(before, after) {
                #expect(after < before + before / 20 + 2 << 20, "\(before) → \(after) bytes")
            }
        }

        private static func write(_ face: RedisConnection, _ round: Int) throws {
            let keys = 0..<200
            try face.socket.write(
                keys.flatMap {
                    RedisConnection.command(["SET", "k:\(round % 10 * 200 + $0)", "v\(round)"])
                })
            for _ in keys { _ = try face.reply() }
        }

        /// Nothing is under way any more: no copy, no comparison that found something, no index.
        private static func settle(_ cluster: ProcessCluster) async throws {
            for index in 0..<3 {
                try await eventually("n\(index + 1) comes to rest") {
                    let metrics = try Self.metrics(cluster, index)
                    return [
                        "repair_running", "repair_differing_partitions", "sync_pulls",
                        "indexing_queue", "hints",
                    ].allSatisfy { metrics[$0] == "0" }
                }
            }
        }

        private static func sync(_ cluster: ProcessCluster) async throws {
            let server = "\(cluster.plans[0].address)"
            let tool = try await ServerProcess.run(
                ServerProcess.binary, ["await-sync", "--server", server])
            try #require(tool.code == 0, "\(tool.output)")
        }

        @Test("while nothing happens no counter of repair moves and memory stays")
        func idle() async throws {
            // A pace of probes that forgives a machine with other things to do.
            let words = ["--enable-chaos", "--repair-interval", "1s", "--gossip-preset", "lan"]
            try await ProcessCluster.run(words: words) { cluster in
                let face = try cluster.redis(0)
                for round in 0..<10 { try Self.write(face, round) }
                try await Self.sync(cluster)
                try await Self.settle(cluster)
                let counters = try Self.quietCounters(cluster)
                let identities = try await Self.identities(cluster)
                let memory = try Self.memory(cluster)
                try #require(counters.count > 60)
                // The time is what is tested.
                try await Task.sleep(for: .seconds(10))
                #expect(try Self.quietCounters(cluster) == counters)
                #expect(try await Self.identities(cluster) == identities)
                Self.expectFlat(memory, try Self.memory(cluster))
                #expect(!(0..<3).contains { cluster.log($0).contains("member-died") })
            }
        }

        @Test("under writes, losses, cuts and pauses memory stays, and afterwards nothing is left")
        func loaded() async throws {
            let words = ["--enable-chaos", "--repair-interval", "1s"]
            try await ProcessCluster.run(words: words) { cluster in
                let face = try cluster.redis(0)
                var round = 0
                func writing(_ time: Duration) throws {
                    let end = ContinuousClock.now + time
                    while ContinuousClock.now < end {
                        try Self.write(face, round)
                        round += 1
                        // A pace, nothing is waited for.
                        usleep(20_000)
                    }
                }
                func cycles(_ count: Int) async throws -> [Int] {
                    for _ in 0..<count {
                        try await Self.disturb(cluster, writing)
                    }
                    try await Self.sync(cluster)
                    return try Self.memory(cluster)
                }
                let before = try await cycles(2)
                let after = try await cycles(3)
                Self.expectFlat(before, after)
                try await Self.checkRest(cluster)
            }
        }

        /// Loss on every way, then a node that hears nothing, then one that stands still.
        private static func disturb(
            _ cluster: ProcessCluster, _ writing: (Duration) throws -> Void
        ) async throws {
            var losses = Faults()
            losses.drop = Chance(millionths: 100_000) ?? .never
            losses.delay = .milliseconds(2)
            for index in 0..<3 {
                _ = try await withClient(cluster.proxy(index)) {
                    try await $0.chaos(
                        .set(losses, peer: nil, .outgoing, lasting: .milliseconds(1000)))
                }
            }
            try writing(.milliseconds(1100))
            var cut = Faults()
            cut.isCut = true
            _ = try await withClient(cluster.proxy(2)) {
                try await $0.chaos(.set(cut, peer: nil, .incoming, lasting: .milliseconds(700)))
            }
            try writing(.milliseconds(800))
            cluster.stop(2)
            defer { cluster.cont(2) }
            try writing(.milliseconds(500))
        }

        /// Nothing waits, and all owners hold the same.
        private static func checkRest(_ cluster: ProcessCluster) async throws {
            for index in 0..<3 {
                try await eventually("nothing waits on n\(index + 1)") {
                    let metrics = try Self.metrics(cluster, index)
                    return ["hints", "pending_writes", "pending_reads", "chaos_held_bytes"]
                        .allSatisfy { metrics[$0] == "0" }
                }
            }
            let copies = try (0..<3).map { index in
                let face = try cluster.redis(index)
                try #require(try face.call("CONSISTENCY", "ONE") == .ok)
                return try face.call(["MGET"] + (0..<2000).map { "k:\($0)" })
            }
            #expect(copies[0] == copies[1] && copies[1] == copies[2])
            #expect(copies[0].elements?.contains(.null) == false)
        }
    }
}
