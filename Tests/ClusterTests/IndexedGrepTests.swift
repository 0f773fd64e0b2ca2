import Foundation
import Testing

extension ClusterTests {
    @Suite("Grep of a cluster with indexes")
    struct IndexedGrep {
        private static let patterns = [
            ["needle"], ["-i", "NEEDLE"], ["^needle 7"], ["-c", "line 1"], ["-l", "needle 77"],
            ["needle|thread"], ["-w", "needle"], ["-v", "line"], ["no such text"], ["[0-9]{4}"],
            ["-F", "7.(x)"], ["-o", "needle [0-9]+"], ["d.le"], ["-i", "straße"], ["77$"],
        ]

        @Test(
            "gives ripgrep's lines, and reads little for what is rare",
            .enabled(if: Grep.ripgrep != nil))
        func sameAsRipgrep() async throws {
            let ripgrep = try #require(Grep.ripgrep)
            // Sixteen megabytes make segments of half a megabyte.
            try await ProcessCluster.run(words: ["--max-memory", "16m"]) { cluster in
                let tree = cluster.directory.path + "/tree"
                try Self.plant(tree)
                let servers = cluster.plans.map { "\($0.address)" }
                let load = try await Grep.tool(["load", tree, "--server", servers[0]])
                try #require(load.code == 0, "\(load.output)")
                try await eventually("every node has indexes", within: .seconds(60)) {
                    try (0..<3).allSatisfy {
                        try Self.metric("grep_indexed_bytes", of: $0, cluster) > 2_000_000
                    }
                }
                try await Grep.compare(ripgrep, tree, patterns: Self.patterns, servers: servers)
                let before = try Self.metric("searched_bytes_total", of: 0, cluster)
                let rare = try await Grep.tool(["grep", "needle 777", "--server", servers[0]])
                try #require(rare.code == 0, "\(rare.output)")
                let read = try Self.metric("searched_bytes_total", of: 0, cluster) - before
                // The open segment's end may have no index yet.
                try #require(read < 1_000_000, "\(read) bytes")
                try #require(try Self.metric("search_skipped_bytes_total", of: 0, cluster) > 0)
            }
        }

        private static func metric(
            _ name: String, of node: Int, _ cluster: ProcessCluster
        ) throws -> Int {
            let lines = try cluster.http(node, "/metrics").body.split(separator: "\n")
            let line = lines.first { $0.hasPrefix("grepvine_\(name) ") }
            return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
        }

        /// Three megabytes of text, the same in every run.
        private static func plant(_ root: String) throws {
            for file in 0..<300 {
                let directory = "\(root)/d\(file % 7)"
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true)
                var lines = (0..<Int(120 + file % 50)).map { line in
                    "line \(line) of \(file): word\((line * 31 + file * 17) % 997) in a haystack,"
                        + " \(line % 7 == 0 ? "thread" : "straw") \(line * file % 1000)"
                }
                lines.insert("needle \(file * 3 % 1000)", at: file % 100)
                if file % 50 == 0 { lines.append("Straße 7.(x) needles") }
                let text = lines.joined(separator: "\n") + (file % 4 == 0 ? "" : "\n")
                try text.write(
                    toFile: "\(directory)/file\(file).txt", atomically: true, encoding: .utf8)
            }
        }
    }
}
