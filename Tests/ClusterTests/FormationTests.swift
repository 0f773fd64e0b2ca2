import Foundation
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("How clusters begin")
    struct Formation {
        @Test(
            "started at the same moment with different seed orders, all agree on one cluster (P5)")
        func together() async throws {
            for count in [3, 5] {
                try await ProcessCluster.run(count, starting: false) { cluster in
                    for index in 0..<count { try cluster.start(index) }
                    try await cluster.waitReady()
                    var topologies: Set<Topology> = []
                    for index in 0..<count {
                        topologies.insert(
                            try await withClient(cluster.proxy(index)) { try await $0.topology() })
                    }
                    try #require(topologies.count == 1)
                    try #require(topologies.first?.members.count == count)
                    let formed = (0..<count).filter { cluster.log($0).contains("cluster-formed") }
                    try #require(formed.count == 1)
                }
            }
        }

        @Test("the last of the expected nodes may come late, and nothing is served before (P5)")
        func late() async throws {
            try await ProcessCluster.run(starting: false) { cluster in
                try cluster.start(0)
                try cluster.start(1)
                try await eventually("both answer") {
                    try cluster.http(0, "/livez").status == 200
                        && cluster.http(1, "/livez").status == 200
                }
                let ready = try cluster.http(0, "/readyz")
                try #require(ready.status == 503)
                try #require(ready.body.contains("3 nodes"))
                let reply = try cluster.redis(0).call("SET", "k", "v")
                try #require(reply.text?.hasPrefix("CLUSTERDOWN") == true)
                try cluster.start(2)
                try await cluster.waitReady()
                try #require(try cluster.redis(0).call("SET", "k", "v") == .ok)
            }
        }

        @Test("without seeds a node is a cluster of one at once (P5)")
        func alone() async throws {
            try await ProcessCluster.run(1) { cluster in
                let face = try cluster.redis(0)
                try #require(try face.call("CONSISTENCY", "ALL") == .ok)
                try #require(try face.call("SET", "k", "v") == .ok)
                try #require(try face.call("GET", "k").text == "v")
                let text = try face.call("CLUSTER", "INFO").text ?? ""
                try #require(text.contains("cluster_size:1\r\n"))
            }
        }

        @Test("a member that starts again under its name is itself, with a higher boot epoch (S1)")
        func comesBackAsItself() async throws {
            try await ProcessCluster.run { cluster in
                let before = try await Self.member(cluster, "n2", seenBy: 0)
                try await cluster.restart(1)
                try await eventually("n1 sees the new start of n2") {
                    let after = try await Self.member(cluster, "n2", seenBy: 0)
                    return after.id == before.id && after.bootEpoch > before.bootEpoch
                        && after.liveness == .alive
                }
                let count = try await withClient(cluster.proxy(0)) { try await $0.members().count }
                try #require(count == 3)
            }
        }

        @Test("with a data directory id and topology outlive the process, even alone (P5)")
        func remembers() async throws {
            try await ProcessCluster.run(starting: false) { cluster in
                for index in 0..<3 {
                    cluster.plans[index].words += ["--data", cluster.directory.path + "/d\(index)"]
                    try cluster.start(index)
                }
                try await cluster.waitReady()
                let before = try await withClient(cluster.proxy(0)) { try await $0.topology() }
                let id = try cluster.redis(0).call("CLUSTER", "MYID").text
                for index in 0..<3 { cluster.kill9(index) }
                // Under another name and without seeds: the directory alone says who it is.
                cluster.plans[0].name = "renamed"
                cluster.plans[0].words = ["--data", cluster.directory.path + "/d0"]
                try cluster.start(0)
                try await eventually("the node is up") {
                    try cluster.http(0, "/livez").status == 200
                }
                let after = try await withClient(cluster.proxy(0)) { try await $0.topology() }
                try #require(after == before)
                try #require(try cluster.redis(0).call("CLUSTER", "MYID").text == id)
            }
        }

        @Test("a data directory belongs to one process")
        func lockedDirectory() async throws {
            try await ProcessCluster.run(1, starting: false) { cluster in
                let data = cluster.directory.path + "/data"
                cluster.plans[0].words += ["--data", data]
                try cluster.start(0)
                try await cluster.waitReady()
                let ports = try LoopbackPort.free(3)
                let second = try await ServerProcess.run(
                    ServerProcess.binary,
                    [
                        "serve", "--name", "second", "--port", "\(ports[0])", "--resp-port",
                        "\(ports[1])", "--http-port", "\(ports[2])", "--data", data,
                    ], within: .seconds(10))
                try #require(second.code == 2)
                try #require(second.output.contains("\(data) is in use by another process"))
                try #require(try cluster.redis(0).call("PING") == .simple("PONG"))
            }
        }

        @Test("another cluster's node is refused on both sides, and both say both names (P5)")
        func foreign() async throws {
            try await ProcessCluster.run(1, words: ["--cluster", "apples"]) { cluster in
                let ports = try LoopbackPort.free(3)
                let log = cluster.directory.path + "/foreign.log"
                let foreign = try ServerProcess(
                    [
                        "serve", "--name", "stray", "--port", "\(ports[0])", "--resp-port",
                        "\(ports[1])", "--http-port", "\(ports[2])", "--cluster", "pears",
                        "--seeds", "\(cluster.plans[0].address)",
                    ], log: log)
                defer { foreign.kill9() }
                for name in ["apples", "pears"] {
                    try await eventually("the stray node's log names \(name)") {
                        Self.warnings(foreign.logText).contains { $0.contains(name) }
                    }
                    try await eventually("the member's log names \(name)") {
                        Self.warnings(cluster.log(0)).contains { $0.contains(name) }
                    }
                }
                let both = [foreign.logText, cluster.log(0)].allSatisfy { log in
                    Self.warnings(log).contains { $0.contains("apples") && $0.contains("pears") }
                }
                try #require(both, "\(foreign.logText)")
                // And over RPC, where a client says which cluster it wants.
                var wrong = cluster.proxy(0)
                wrong.cluster = "pears"
                try await withClient(wrong) { client in
                    let failure = await #expect(throws: Failure.self) {
                        try await client.get("k")
                    }
                    #expect(failure?.code == .wrongCluster)
                    #expect(failure?.message.contains("apples") == true)
                    #expect(failure?.message.contains("pears") == true)
                }
            }
        }

        private static func warnings(_ log: String) -> [Substring] {
            log.split(separator: "\n").filter { $0.contains("\"level\":\"warning\"") }
        }

        private static func member(
            _ cluster: ProcessCluster, _ name: String, seenBy index: Int
        ) async throws -> MemberStatus {
            let members = try await withClient(cluster.proxy(index)) { try await $0.members() }
            return try #require(members.first { $0.name == name })
        }
    }
}
