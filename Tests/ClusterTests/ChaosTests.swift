import Foundation
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("Faults on purpose")
    struct Chaos {
        private static let words = ["--enable-chaos"]

        /// The tool, as people use it.
        private static func chaos(
            _ cluster: ProcessCluster, _ index: Int, _ words: [String]
        ) async throws -> (code: Int32, output: String) {
            let server = ["--server", "\(cluster.plans[index].address)"]
            return try await ServerProcess.run(
                ServerProcess.binary, ["chaos"] + words + server)
        }

        private static func apply(
            _ cluster: ProcessCluster, _ indices: [Int], _ words: [String]
        ) async throws {
            for index in indices {
                let tool = try await chaos(cluster, index, words)
                try #require(tool.code == 0, "\(tool.output)")
            }
        }

        private static func metric(
            _ cluster: ProcessCluster, _ index: Int, _ name: String
        ) throws -> Int {
            let lines = try cluster.http(index, "/metrics").body.split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("grepvine_chaos_\(name) ") })
            return try #require(line.split(separator: " ").last.flatMap { Int($0) })
        }

        /// What one node believes, by name.
        private static func states(
            _ cluster: ProcessCluster, _ index: Int
        ) async throws -> [String: MemberStatus.Liveness] {
            let members = try await withClient(cluster.proxy(index)) { try await $0.members() }
            return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.liveness) })
        }

        /// Writes all at once, and gives how many failed.
        private static func write(_ cluster: ProcessCluster, _ keys: Range<Int>) throws -> Int {
            let face = try cluster.redis(0)
            try face.socket.write(
                keys.flatMap { RedisConnection.command(["SET", "k:\($0)", "v\($0)"]) })
            return try keys.count { _ in try face.reply() != .ok }
        }

        /// Reads all at once, through another node.
        private static func read(
            _ cluster: ProcessCluster, _ index: Int, _ keys: Range<Int>, level: String = "QUORUM"
        ) throws {
            let face = try cluster.redis(index)
            try #require(try face.call("CONSISTENCY", level) == .ok)
            try face.socket.write(keys.flatMap { RedisConnection.command(["GET", "k:\($0)"]) })
            for key in keys {
                let found = try face.reply()
                try #require(found.text == "v\(key)", "\(key): \(found)")
            }
        }

        @Test("a node that was not started for it refuses, and has no metrics of it")
        func off() async throws {
            try await ProcessCluster.run(1) { cluster in
                let tool = try await Self.chaos(cluster, 0, ["show"])
                #expect(tool.code == 2)
                #expect(
                    tool.output.contains("chaos is off: start the node with --enable-chaos"))
                #expect(!(try cluster.http(0, "/metrics").body.contains("chaos")))
                #expect(!cluster.log(0).contains("chaos"))
            }
        }

        @Test(
            "a node that nobody hears is given up, writes go on, and it comes back by itself"
        )
        func oneWay() async throws {
            try await ProcessCluster.run(words: Self.words) { cluster in
                #expect(cluster.log(0).contains("chaos-enabled"))
                // One lost way: the other node asks on behalf of the first.
                try await Self.apply(cluster, [0], ["partition", "--peer", "n3"])
                #expect(try Self.write(cluster, 0..<200) == 0)
                #expect(try await Self.states(cluster, 1)["n3"] == .alive)
                // Nobody hears the third node, which hears everybody and is not told.
                try await Self.apply(
                    cluster, [0, 1], ["partition", "--peer", "n3", "--direction", "in"])
                for index in 0..<2 {
                    try await eventually("n\(index + 1) gives n3 up") {
                        try await Self.states(cluster, index)["n3"] == .dead
                    }
                }
                #expect(try Self.write(cluster, 200..<400) == 0)
                try #require(try Self.metric(cluster, 0, "dropped_total") > 0)
                try await Self.apply(cluster, [0, 1], ["heal"])
                for index in 0..<3 {
                    try await eventually("n\(index + 1) sees three alive") {
                        try await Self.states(cluster, index).values.allSatisfy { $0 == .alive }
                    }
                }
                let server = "\(cluster.plans[0].address)"
                let tool = try await ServerProcess.run(
                    ServerProcess.binary, ["await-sync", "--server", server])
                try #require(tool.code == 0, "\(tool.output)")
                try Self.read(cluster, 2, 0..<400, level: "ONE")
                #expect(cluster.log(0).contains("chaos-set"))
                #expect(cluster.log(0).contains("chaos-healed"))
            }
        }

        @Test("who was cut off is compared with as soon as it is heard again (A1)")
        func returning() async throws {
            let words = ["--hints-memory", "0", "--repair-interval", "10m"]
            try await ProcessCluster.run(words: Self.words + words) { cluster in
                try await Self.apply(cluster, [2], ["partition"])
                for index in 0..<2 {
                    try await eventually("n\(index + 1) gives n3 up") {
                        try await Self.states(cluster, index)["n3"] == .dead
                    }
                }
                #expect(try Self.write(cluster, 0..<500) == 0)
                // Its connections stand, so nothing but gossip tells that it is back.
                try await Self.apply(cluster, [2], ["heal"])
                try await eventually("n3 holds what it missed", within: .seconds(15)) {
                    let keys = try cluster.http(2, "/metrics").body.split(separator: "\n")
                    return keys.contains("grepvine_keys 500")
                }
                try Self.read(cluster, 2, 0..<500, level: "ONE")
            }
        }

        @Test("with a tenth of all packets lost, and some twice, every QUORUM write succeeds")
        func losses() async throws {
            try await ProcessCluster.run(words: Self.words) { cluster in
                try await Self.apply(
                    cluster, [0, 1, 2], ["set", "--drop", "10%", "--duplicate", "5%"])
                #expect(try Self.write(cluster, 0..<500) == 0)
                #expect(try Self.metric(cluster, 0, "dropped_total") > 50)
                #expect(try Self.metric(cluster, 0, "duplicated_total") > 10)
                try Self.read(cluster, 1, 0..<500)
                #expect(!(0..<3).contains { cluster.log($0).contains("member-died") })
            }
        }

        @Test("a delay holds frames back for its time, ends by itself, and nothing is left held")
        func delay() async throws {
            try await ProcessCluster.run(words: Self.words) { cluster in
                try await Self.apply(
                    cluster, [0],
                    ["set", "--direction", "out", "--delay", "50ms", "--for", "4s"])
                let clock = ContinuousClock()
                let started = clock.now
                #expect(try Self.write(cluster, 0..<10) == 0)
                #expect(clock.now - started > .milliseconds(50))
                let shown = try await Self.chaos(cluster, 0, ["show"])
                #expect(shown.output.contains("all   out"), "\(shown.output)")
                try await eventually("the delay ends") {
                    try await Self.chaos(cluster, 0, ["show"]).output.hasPrefix("no faults\n")
                }
                #expect(cluster.log(0).contains("chaos-ended"))
                try await eventually("nothing is held") {
                    try Self.metric(cluster, 0, "held_bytes") == 0
                }
                #expect(try Self.metric(cluster, 0, "delayed_total") >= 20)
                #expect(try Self.metric(cluster, 0, "overflowed_total") == 0)
                #expect(!(0..<3).contains { cluster.log($0).contains("member-died") })
            }
        }

        @Test("whom the node does not know it cannot disturb")
        func unknownPeer() async throws {
            try await ProcessCluster.run(2, words: Self.words) { cluster in
                let tool = try await Self.chaos(cluster, 0, ["partition", "--peer", "n9"])
                #expect(tool.code == 2)
                #expect(
                    tool.output.contains("this node has no peer n9; its peers are: n2"),
                    "\(tool.output)")
            }
        }
    }
}
