import Foundation
import Testing

extension ClusterTests {
    @Suite("Grep of a cluster")
    struct Grep {
        static let ripgrep = ServerProcess.find("rg")

        static let patterns = [
            ["error"], ["-i", "ERROR"], ["-F", "a.b(c)"], ["^warning"], ["done$"], ["\\bfox\\b"],
            ["-w", "fox"], ["colou?r"], ["[0-9]{3,5}"], ["(foo|bar)baz"], ["x.*y"],
            ["-i", "straße"], ["\\d+ms"], ["\\S+@\\S+"], ["^$"], ["-v", "e"], ["-c", "the"],
            ["-l", "timeout"], ["-o", "[a-z]+ing"], ["-n", "z"], ["-x", "done"],
        ]

        @Test(
            "gives ripgrep's lines for every pattern, also with one of three nodes killed (G1, G2)",
            .enabled(if: ripgrep != nil))
        func sameAsRipgrep() async throws {
            let ripgrep = try #require(Self.ripgrep)
            try await ProcessCluster.run { cluster in
                let tree = cluster.directory.path + "/tree"
                try Self.plant(tree)
                let servers = cluster.plans.map { "\($0.address)" }
                let load = try await Self.tool(["load", tree, "--server", servers[0]])
                try #require(load.code == 0, "\(load.output)")
                try await Self.compare(ripgrep, tree, servers: servers)
                cluster.kill9(1)
                try await eventually("the survivors know", within: .seconds(10)) {
                    try cluster.redis(0).call("SET", "tree-is-loaded", "") == .ok
                }
                // The dead node is among the seeds still.
                try await Self.compare(
                    ripgrep, tree, servers: [servers[2], servers[1], servers[0]])
            }
        }

        @Test("with two of three gone the answer is partial and says what is missing (G2)")
        func partial() async throws {
            let words = ["--replicas", "1"]
            try await ProcessCluster.run(words: words) { cluster in
                for key in 0..<90 {
                    let set = try cluster.redis(0).call("SET", "doc\(key)", "needle \(key)\n")
                    try #require(set == .ok)
                }
                let server = "\(cluster.plans[0].address)"
                let whole = try await Self.tool(["grep", "-c", "needle", "--server", server])
                try #require(whole.code == 0)
                try #require(whole.output.split(separator: "\n").count == 90)
                cluster.kill9(1)
                cluster.kill9(2)
                let some = try await eventually("a partial answer", within: .seconds(20)) {
                    let run = try await Self.tool(["grep", "-c", "needle", "--server", server])
                    return run.code == 3 ? run : nil
                }
                let lines = some.output.split(separator: "\n")
                let hits = lines.filter { $0.hasPrefix("doc") }
                try #require((10...60).contains(hits.count), "\(hits.count) hits")
                try #require(lines.contains { $0.contains("partitions") }, "\(some.output)")
            }
        }

        @Test("with two of three gone and three replicas one node still has it all")
        func oneLeft() async throws {
            try await ProcessCluster.run { cluster in
                for key in 0..<30 {
                    let set = try cluster.redis(0).call("SET", "doc\(key)", "needle \(key)\n")
                    try #require(set == .ok)
                }
                let all = try cluster.redis(0)
                try #require(try all.call("CONSISTENCY", "ALL") == .ok)
                try #require(try all.call("MSET", "doc30", "needle", "doc31", "needle") == .ok)
                cluster.kill9(1)
                cluster.kill9(2)
                try await eventually("a whole answer of one node", within: .seconds(20)) {
                    let run = try await Self.tool([
                        "grep", "-l", "needle", "--server", "\(cluster.plans[0].address)",
                    ])
                    return run.code == 0 && run.output.split(separator: "\n").count == 32
                }
            }
        }

        static func compare(
            _ ripgrep: String, _ tree: String, patterns: [[String]] = patterns, servers: [String]
        ) async throws {
            for pattern in patterns {
                let ours = try await tool(
                    ["grep", "--server", servers.joined(separator: ",")] + pattern)
                let theirs = try await ServerProcess.run(
                    ripgrep,
                    ["--no-config", "--no-ignore", "--hidden", "-a", "--no-heading", "--sort=path"]
                        + pattern + [tree])
                let mine = ours.output.split(separator: "\n", omittingEmptySubsequences: false)
                let oracle = theirs.output.split(separator: "\n", omittingEmptySubsequences: false)
                try #require(mine.sorted() == oracle.sorted(), "\(pattern)")
                try #require(ours.code == theirs.code, "\(pattern)")
            }
        }

        static func tool(_ words: [String]) async throws -> (code: Int32, output: String) {
            try await ServerProcess.run(ServerProcess.binary, words)
        }

        /// Some files of text in a few directories, the same in every run.
        private static func plant(_ root: String) throws {
            let words = [
                "error", "Error:", "a.b(c)", "warning", "done", "fox", "foxes", "color", "colour",
                "404", "77777", "foobaz", "barbaz", "x1y", "STRASSE", "straße", "250ms",
                "someone@example.org", "the", "timeout", "running", "zebra", "e",
            ]
            var state: UInt64 = 42
            func next(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % bound
            }
            for file in 0..<60 {
                let directory = "\(root)/d\(file % 7)/e\(file % 3)"
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true)
                let lines = (0..<next(40)).map { _ in
                    (0..<next(8)).map { _ in words[next(words.count)] }.joined(separator: " ")
                }
                // Some files end without a newline.
                let text = lines.joined(separator: "\n") + (file % 4 == 0 ? "" : "\n")
                try text.write(
                    toFile: "\(directory)/file\(file).txt", atomically: true, encoding: .utf8)
            }
        }
    }
}
