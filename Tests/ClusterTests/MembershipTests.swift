import Foundation
import GrepvineClient
import Testing

extension ClusterTests {
    @Suite("Membership of real processes")
    struct Membership {
        /// Raised for the long run: `GREPVINE_STALL=20 swift test --filter ClusterTests`.
        private static var stall: Duration {
            .seconds(Int(ProcessInfo.processInfo.environment["GREPVINE_STALL"] ?? "") ?? 4)
        }

        @Test("a stopped process is suspected, refutes when it goes on, and stays in the topology")
        func stopped() async throws {
            try await ProcessCluster.run { cluster in
                let before = try await Self.members(cluster, 0)
                cluster.stop(1)
                defer { cluster.cont(1) }
                let clock = ContinuousClock()
                let end = clock.now + Self.stall
                try await eventually("n2 is suspected by both", within: Self.stall) {
                    [0, 2].allSatisfy { cluster.log($0).contains("member-suspected") }
                }
                try await eventually("the stop is over", within: .seconds(60)) { clock.now >= end }
                // Given up or not, it keeps its place and its partitions.
                let during = try await Self.members(cluster, 0)
                try #require(during.map(\.id) == before.map(\.id))
                try #require(during.map(\.partitions) == before.map(\.partitions))
                cluster.cont(1)
                for index in 0..<3 {
                    try await eventually("n\(index + 1) sees everybody alive", within: .seconds(20))
                    {
                        try await Self.members(cluster, index).allSatisfy { $0.liveness == .alive }
                    }
                }
                let after = try await Self.members(cluster, 2)
                let stopped = try #require(after.first { $0.name == "n2" })
                #expect(stopped.incarnation > 0)
                #expect(stopped.bootEpoch == before.first { $0.name == "n2" }?.bootEpoch)
                #expect(after.map(\.partitions) == before.map(\.partitions))
                #expect(!cluster.log(1).contains("member-died"))
            }
        }

        @Test("of two processes with one id the second ends, and both name the other (S1)")
        func duplicate() async throws {
            try await ProcessCluster.run { cluster in
                let ports = try LoopbackPort.free(3)
                let log = cluster.directory.path + "/double.log"
                let double = try ServerProcess(
                    [
                        "serve", "--name", "n1", "--port", "\(ports[0])", "--resp-port",
                        "\(ports[1])", "--http-port", "\(ports[2])", "--gossip-preset", "local",
                        "--seeds", cluster.plans.map { "\($0.address)" }.joined(separator: ","),
                    ], log: log)
                defer { double.kill9() }
                let code = try await eventually("the second process ends", within: .seconds(10)) {
                    double.exitCode
                }
                #expect(code == 2)
                #expect(double.logText.contains("\(cluster.plans[0].address)"))
                try await eventually("the first names the second") {
                    cluster.log(0).contains("127.0.0.1:\(ports[0]) runs under the id")
                }
                try #require(cluster.process(0).exitCode == nil)
                for index in 1..<3 {
                    try await eventually("n\(index + 1) sees the first one") {
                        let first = try await Self.members(cluster, index).first { $0.name == "n1" }
                        return first?.address == cluster.plans[0].address
                            && first?.liveness == .alive
                    }
                }
            }
        }

        @Test("a seed may be a name, and its metrics tell what gossip does")
        func seedByName() async throws {
            try await ProcessCluster.run(starting: false) { cluster in
                for index in 0..<3 {
                    let others = cluster.plans.map { "localhost:\($0.port)" }
                    guard let place = cluster.plans[index].words.firstIndex(of: "--seeds") else {
                        throw HarnessError("a plan without seeds")
                    }
                    cluster.plans[index].words[place + 1] = others.joined(separator: ",")
                    try cluster.start(index)
                }
                try await cluster.waitReady()
                let metrics = try cluster.http(0, "/metrics").body
                for line in [
                    "grepvine_gossip_sent_packets_total{kind=\"ping\"}",
                    "grepvine_gossip_received_bytes_total{kind=\"ack\"}",
                    "grepvine_topology_members 3", "grepvine_gossip_local_health",
                    "grepvine_member_accusers{member=\"n2\"} 0",
                ] {
                    #expect(metrics.contains(line), "\(line)")
                }
            }
        }

        private static func members(
            _ cluster: ProcessCluster, _ index: Int
        ) async throws -> [MemberStatus] {
            try await withClient(cluster.proxy(index)) { try await $0.members() }
        }
    }
}
