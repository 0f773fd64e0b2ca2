import Foundation
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("Pages of a grep")
    struct GrepPages {
        private static func plant(_ cluster: ProcessCluster) throws {
            for key in 0..<50 {
                let lines = (0..<(key % 9)).map { "needle \(key) \($0)\nhay\n" }.joined()
                try #require(
                    try cluster.redis(key % 3).call("SET", "doc:\(key + 10)", lines) == .ok)
            }
        }

        @Test("through another node each, while one is killed and comes back (G1, G2)")
        func whileNodesFail() async throws {
            try await ProcessCluster.run { cluster in
                try Self.plant(cluster)
                let whole = try Self.page(cluster, 0, limit: 1000)
                try #require(whole.cursor == nil && whole.lines.count > 150)
                var lines: [String] = []
                var cursor: String?
                var pages = 0
                repeat {
                    if pages == 3 { cluster.kill9(1) }
                    if pages == 9 { try cluster.start(1) }
                    let page = try await eventually("page \(pages) is whole") {
                        try Self.page(cluster, pages % 3, limit: 7, cursor: cursor)
                            ?? Self.page(cluster, (pages + 1) % 3, limit: 7, cursor: cursor)
                    }
                    lines += page.lines
                    cursor = page.cursor
                    pages += 1
                } while cursor != nil && pages < 200
                try #require(lines == whole.lines)
                try #require(pages > 20)
            }
        }

        private static func page(
            _ cluster: ProcessCluster, _ index: Int, limit: Int, cursor: String? = nil
        ) throws -> (lines: [String], cursor: String?)? {
            let more = cursor.map { ["CURSOR", $0] } ?? []
            guard let redis = try? cluster.redis(index),
                let reply = try? redis.call(["GREP", "needle", "LIMIT", "\(limit)"] + more),
                let hits = reply.elements?.first?.elements,
                let fields = reply.elements?.last?.elements, fields[1] == .integer(1)
            else { return nil }
            let lines = hits.compactMap { hit in
                hit.elements.map { "\($0[0].text ?? "") \($0[2].text ?? "")" }
            }
            return (lines, fields[9].text)
        }

        private static func page(
            _ cluster: ProcessCluster, _ index: Int, limit: Int
        ) throws -> (lines: [String], cursor: String?) {
            let page: (lines: [String], cursor: String?)? = try page(
                cluster, index, limit: limit, cursor: nil)
            return try #require(page)
        }

        @Test("of the command line, with the cursor that it told, and a forged one is refused")
        func commandLine() async throws {
            try await ProcessCluster.run { cluster in
                try Self.plant(cluster)
                func run(_ words: [String], at node: Int) async throws -> (Int32, [String]) {
                    let server = "\(cluster.plans[node].address)"
                    let result = try await Grep.tool(
                        ["grep", "-n", "-A1", "--no-context-separator", "needle"] + words
                            + ["--server", server])
                    return (result.code, result.output.split(separator: "\n").map(String.init))
                }
                let (_, whole) = try await run([], at: 0)
                var lines: [String] = []
                var words: [String] = []
                var pages = 0
                repeat {
                    let (code, page) = try await run(["--limit", "25"] + words, at: pages % 3)
                    try #require(code == 0, "\(page)")
                    let told = page.first { $0.hasPrefix("grepvine: stopped at --limit 25") }
                    lines += page.filter { $0 != told }
                    let cursor = told?.split(separator: " --cursor ").last.map(String.init)
                    words = cursor.map { ["--cursor", $0] } ?? []
                    pages += 1
                } while !words.isEmpty && pages < 50
                try #require(lines == whole && pages > 5)
                let (code, refused) = try await run(["--cursor", "bm8"], at: 0)
                try #require(code == 2 && refused.joined().contains("the cursor is damaged"))
            }
        }
    }
}
