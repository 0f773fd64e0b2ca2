import Foundation
import Testing

extension ClusterTests {
    @Suite("Packets that are lost in one direction")
    struct OneWayLoss {
        private static let port: UInt16 = 7946

        @Test(
            "indirect probes keep a member alive that one node cannot reach (S4)",
            .enabled(if: NamespaceNetwork.isPossible(), "needs root and iproute2"))
        func indirectProbes() async throws {
            let network = try NamespaceNetwork(3)
            let directory = try TemporaryDirectory()
            let nodes = try (0..<3).map { try Self.start($0, network, directory) }
            defer { for node in nodes { node.kill9() } }
            for index in 0..<3 {
                try await eventually("n\(index + 1) sees three alive") {
                    try await Self.states(network, index) == ["alive", "alive", "alive"]
                }
            }
            try network.loseAll(from: 0, to: 2)
            // Nothing comes through, not even a question of the tool.
            let entry = network.entry(0)
            let asked = try await ServerProcess.run(
                entry.executable,
                entry.words + [
                    ServerProcess.binary, "members", "--timeout", "1s", "--server",
                    "\(NamespaceNetwork.host(2)):\(Self.port)",
                ])
            try #require(asked.code != 0)
            // Twenty-five rounds of probes, six times the shortest suspicion.
            let end = ContinuousClock.now + .seconds(5)
            while ContinuousClock.now < end {
                for index in 0..<3 {
                    try #require(!(try await Self.states(network, index)).contains("dead"))
                }
            }
            for node in nodes { try #require(!node.logText.contains("member-died")) }
            // Without the third node's help the same member is lost.
            try network.loseAll(from: 1, to: 2)
            for index in 0..<2 {
                try await eventually("n\(index + 1) gives n3 up") {
                    nodes[index].logText.contains("member-died")
                }
                try #require(!nodes[index].logText.contains(Self.died("n\(2 - index)")))
            }
        }

        private static func died(_ name: String) -> String {
            "\"event\":\"member-died\",\"member\":\"\(name)\""
        }

        private static func start(
            _ index: Int, _ network: NamespaceNetwork, _ directory: TemporaryDirectory
        ) throws -> ServerProcess {
            let seeds = (0..<3).map { "\(NamespaceNetwork.host($0)):\(port)" }
            let entry = network.entry(index)
            return try ServerProcess(
                entry.words + [
                    ServerProcess.binary, "serve", "--name", "n\(index + 1)", "--listen",
                    NamespaceNetwork.host(index), "--port", "\(port)", "--resp-port", "0",
                    "--http-port", "0", "--seeds", seeds.joined(separator: ","), "--expect", "3",
                    "--gossip-preset", "local", "--log-format", "json",
                ], log: directory.path + "/n\(index + 1).log", executable: entry.executable)
        }

        /// Of all members as one node sees them, in no order.
        private static func states(
            _ network: NamespaceNetwork, _ index: Int
        ) async throws -> [String] {
            let entry = network.entry(index)
            let shown = try await ServerProcess.run(
                entry.executable,
                entry.words + [
                    ServerProcess.binary, "members", "--server",
                    "\(NamespaceNetwork.host(index)):\(port)",
                ])
            guard shown.code == 0 else { throw HarnessError(shown.output) }
            return shown.output.split(separator: "\n").dropFirst().map { line in
                String(line.split(separator: " ").dropFirst().first ?? "")
            }
        }
    }
}
