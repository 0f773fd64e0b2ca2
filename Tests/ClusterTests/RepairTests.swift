import Foundation
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("Owners that missed writes")
    struct Repair {
        @Test("an owner that stood still gets what it missed by itself, and no more (A1, A2)")
        func missed() async throws {
            let words = ["--repair-interval", "300ms", "--repair-bandwidth", "1g"]
            try await ProcessCluster.run(words: words) { cluster in
                let face = try cluster.redis(0)
                for key in 0..<1000 {
                    try #require(try face.call("SET", "same:\(key)", "\(key)") == .ok)
                }
                cluster.stop(2)
                defer { cluster.cont(2) }
                try await eventually("n3 is given up by both", within: .seconds(20)) {
                    [0, 1].allSatisfy { cluster.log($0).contains("member-died") }
                }
                // More than is kept for one node: what is too much for that is found by comparing.
                let value = String(repeating: "long ", count: 200_000)
                for key in 0..<100 {
                    try #require(try face.call("SET", "missed:\(key)", value) == .ok)
                }
                try #require(try face.call("DEL", "same:7").integer == 1)
                let metrics = try cluster.http(0, "/metrics").body.split(separator: "\n")
                let kept = "grepvine_hints "
                #expect(metrics.contains { $0.hasPrefix(kept) && $0 != kept + "0" })
                let dropped = "grepvine_hints_total{owner=\"n3\",event=\"dropped\"} "
                #expect(metrics.contains { $0.hasPrefix(dropped) && $0 != dropped + "0" })
                cluster.cont(2)
                let late = try cluster.redis(2)
                try #require(try late.call("CONSISTENCY", "ONE") == .ok)
                // A read at ONE is answered by the node that is asked, which owns every key.
                try await eventually("n3 has all of it", within: .seconds(90)) {
                    try late.call("GET", "same:7") == .null
                        && (0..<100).allSatisfy { key in
                            try late.call("STRLEN", "missed:\(key)").integer == 1_000_000
                        }
                }
                try await Self.check(cluster)
            }
        }

        /// They agree that they are the same, and little was moved for it.
        private static func check(_ cluster: ProcessCluster) async throws {
            try await eventually("all see one another again", within: .seconds(20)) {
                try cluster.http(2, "/readyz").status == 200
                    && [0, 1].allSatisfy { cluster.log($0).contains("member-recovered") }
            }
            let server = cluster.plans[0].address
            let tool = try await ServerProcess.run(
                ServerProcess.binary, ["repair", "--watch", "--server", "\(server)"])
            #expect(tool.code == 0, "\(tool.output)")
            #expect(tool.output.contains("n1") && tool.output.contains("n3"))
            let applied = try (0..<3).reduce(0) { sum, index in
                let line = try cluster.http(index, "/metrics").body.split(separator: "\n").first {
                    $0.hasPrefix("grepvine_repairs_total{cause=\"anti-entropy\"}")
                }
                return sum + (line?.split(separator: " ").last.flatMap { Int($0) } ?? 0)
            }
            #expect((10...101).contains(applied), "\(applied) records repaired")
        }
    }
}
