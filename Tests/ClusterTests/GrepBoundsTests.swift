import Foundation
import Glibc
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("What a grep may cost")
    struct GrepBounds {
        /// Documents of three nodes, each of so many lines.
        private static func plant(
            _ cluster: ProcessCluster, _ count: Int, lines: Int
        ) throws {
            for key in 0..<count {
                let text = (0..<lines).map { "a needle \($0) in the hay of \(key)\n" }.joined()
                let set = try cluster.redis(key % 3).call("SET", "doc:\(key + 100)", text)
                try #require(set == .ok)
            }
        }

        /// So that gossip has nothing to say for a long time.
        private static let slowGossip = [
            "--gossip-suspicion-multiplier", "40", "--gossip-probe-interval", "10s",
        ]

        private static func metric(
            _ cluster: ProcessCluster, _ index: Int, _ name: String
        ) throws -> Int {
            let lines = try cluster.http(index, "/metrics").body.split(separator: "\n")
            let line = lines.first { $0.hasPrefix("grepvine_\(name) ") }
            return Int(line?.split(separator: " ").last ?? "") ?? -1
        }

        @Test("an owner that stands still in the middle is done without, before it is dead (G2)")
        func stopped() async throws {
            try await ProcessCluster.run(words: Self.slowGossip) { cluster in
                try Self.plant(cluster, 45, lines: 2000)
                let socket = try TCPSocket(
                    port: cluster.plans[0].httpPort, timeout: .seconds(30), receiveBuffer: 4096)
                try socket.write(
                    Array("GET /v1/grep?pattern=needle HTTP/1.0\r\n\r\n".utf8))
                let begun = try #require(try socket.read())
                cluster.stop(1)
                defer { cluster.cont(1) }
                let text = String(decoding: begun + (try socket.readToEnd()), as: UTF8.self)
                let lines = text.split(separator: "\n")
                let last = try #require(lines.last)
                try #require(last.contains("\"complete\":true,\"missing\":[],"), "\(last)")
                try #require(last.contains("\"documents\":45,\"lines\":90000,"), "\(last)")
                try #require(lines.count { $0.contains("\"type\":\"match\"") } == 90_000)
                // It was no timeout and no funeral that moved its part.
                try #require(try Self.metric(cluster, 0, "grep_hedges_won_total") >= 1)
                try #require(try Self.metric(cluster, 0, "grep_replans_total") == 0)
                // The next grep does not even ask it.
                let hedges = try Self.metric(cluster, 0, "grep_hedges_total")
                let again = try await Grep.tool([
                    "grep", "-c", "needle", "--server", "\(cluster.plans[0].address)",
                ])
                try #require(again.code == 0)
                try #require(again.output.split(separator: "\n").count == 45)
                try #require(try Self.metric(cluster, 0, "grep_hedges_total") == hedges)
            }
        }

        /// Slow on purpose: every line is looked at, by an automaton, to its end.
        private static let slow = "^[a-z]+ [a-z]+ [0-9]+ in (the|hay|of| )+[0-9]*x$"

        @Test("a client that goes away ends the scan on every owner, on every face (G3)")
        func gone() async throws {
            try await ProcessCluster.run(words: ["--grep-index", "off"]) { cluster in
                try Self.plant(cluster, 45, lines: 20_000)
                let plan = cluster.plans[0]
                try await Self.expectCancelled(cluster, "our own") {
                    let client = try ServerProcess(
                        ["grep", Self.slow, "-c", "--server", "\(plan.address)"],
                        log: cluster.directory.path + "/client.log")
                    return { client.kill9() }
                }
                try await Self.expectCancelled(cluster, "Redis") {
                    let socket = try TCPSocket(port: plan.respPort)
                    try socket.write(Array("GREP \"\(Self.slow)\" COUNT\r\n".utf8))
                    return { socket.close() }
                }
                try await Self.expectCancelled(cluster, "HTTP") {
                    let socket = try TCPSocket(port: plan.httpPort)
                    let body = "{\"pattern\":\"\(Self.slow)\",\"count\":true}"
                    try socket.write(
                        Array(
                            ("POST /v1/grep HTTP/1.1\r\nHost: x\r\n"
                                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body).utf8))
                    return { socket.close() }
                }
            }
        }

        /// Begins a grep and ends its client as soon as owners search.
        private static func expectCancelled(
            _ cluster: ProcessCluster, _ face: String,
            _ begin: () async throws -> () -> Void
        ) async throws {
            // It may be over before the client is gone; then once more.
            try await eventually("a scan for \(face) is cut off", within: .seconds(60)) {
                let before = try (1...2).map { try metric(cluster, $0, "searches_cancelled_total") }
                let leave = try await begin()
                try await eventually("owners search") {
                    try (1...2).allSatisfy { try metric(cluster, $0, "searches") == 1 }
                }
                leave()
                try await eventually("nobody searches") {
                    try (0...2).allSatisfy { try metric(cluster, $0, "searches") == 0 }
                }
                // The search thread itself says so.
                try await eventually("owners say so", within: .seconds(5)) {
                    try (1...2).allSatisfy {
                        try metric(cluster, $0, "searches_cancelled_total") > before[$0 - 1]
                    }
                }
                return true
            }
        }

        @Test("equal greps at once share runs, and each has everything (G3)")
        func together() async throws {
            try await ProcessCluster.run(words: ["--grep-index", "off"]) { cluster in
                try Self.plant(cluster, 24, lines: 10_000)
                let servers = cluster.plans.map { "\($0.address)" }
                let whole = try await Grep.tool([
                    "grep", "-c", "needle 7+ ", "--server", servers[0],
                ])
                try #require(whole.output.split(separator: "\n").count == 24)
                try await eventually("some were shared", within: .seconds(120)) {
                    try await withThrowingTaskGroup(of: String.self) { group in
                        for number in 0..<9 {
                            group.addTask {
                                try await Grep.tool([
                                    "grep", "-c", "needle 7+ ", "--server", servers[number % 3],
                                ]).output
                            }
                        }
                        for try await output in group { try #require(output == whole.output) }
                    }
                    return try (0...2).contains {
                        try Self.metric(cluster, $0, "searches_shared_total") >= 1
                    }
                }
            }
        }

        @Test("budgets of bytes end with exit code 3 and the reason, or with a cursor (G3)")
        func budgets() async throws {
            try await ProcessCluster.run { cluster in
                try Self.plant(cluster, 30, lines: 4000)
                let server = ["--server", "\(cluster.plans[0].address)"]
                let cut = try await Grep.tool(
                    ["grep", "-l", "needle", "--max-bytes", "2m"] + server)
                try #require(cut.code == 3)
                try #require(
                    cut.output.contains(
                        "grepvine: incomplete: 1024 partitions not searched to the end: a node"
                            + " looked at as many bytes as it may (--max-bytes): 0-1023"),
                    "\(cut.output)")
                let less = try await Grep.tool(
                    ["grep", "-l", "needle", "--max-bytes", "200k"] + server)
                try #require(less.code == 3)
                try #require(less.output.count < cut.output.count)
                var keys: [String] = []
                var cursor: [String] = []
                repeat {
                    let page = try await Grep.tool(
                        ["grep", "-l", "needle", "--prefix", "doc:10", "--max-answer", "300"]
                            + server + cursor)
                    keys += page.output.split(separator: "\n").filter { $0.hasPrefix("doc:") }
                        .map(String.init)
                    let next = page.output.split(separator: "go on with --cursor ").dropFirst().last
                    cursor = next.map { ["--cursor", $0.trimmingCharacters(in: .newlines)] } ?? []
                } while !cursor.isEmpty && keys.count < 20
                try #require(keys == (100..<110).map { "doc:\($0)" })
            }
            try await ProcessCluster.run(1, words: ["--grep-max-bytes", "100k"]) { cluster in
                let face = try cluster.redis(0)
                for key in 0..<9 {
                    let text = String(repeating: "a needle in the hay\n", count: 2000)
                    try #require(try face.call("SET", "doc:\(key)", text) == .ok)
                }
                let words = ["grep", "-l", "needle", "--server", "\(cluster.plans[0].address)"]
                let run = try await Grep.tool(words + ["--max-bytes", "1g"])
                try #require(run.code == 3 && run.output.contains("(--max-bytes)"))
                let text = try cluster.http(0, "/metrics").body
                try #require(
                    text.contains("\ngrepvine_grep_incomplete_total{reason=\"bytes\"} 1\n"))
            }
        }

        @Test("more greps than a node takes are refused, and it says so (W6)")
        func crowd() async throws {
            try await ProcessCluster.run(1, words: ["--grep-max-concurrent", "1"]) { cluster in
                let text = String(repeating: "a needle in the hay\n", count: 100_000)
                for key in 0..<4 {
                    try #require(try cluster.redis(0).call("SET", "big:\(key)", text) == .ok)
                }
                let socket = try TCPSocket(
                    port: cluster.plans[0].httpPort, timeout: .seconds(20), receiveBuffer: 4096)
                try socket.write(Array("GET /v1/grep?pattern=needle HTTP/1.0\r\n\r\n".utf8))
                _ = try #require(try socket.read())
                let words = ["grep", "-c", "needle", "--server", "\(cluster.plans[0].address)"]
                let refused = try await Grep.tool(words)
                try #require(refused.code == 2)
                try #require(refused.output.contains("overloaded: 1 greps are open on this node"))
                socket.close()
                try await eventually("there is room again") {
                    try await Grep.tool(words).code == 0
                }
            }
        }
    }
}
