import GrepvineDistCore
import GrepvineGossip
import GrepvineNode
import GrepvineTransport
import Testing

@testable import grepvine

@Suite("From settings to a node")
struct ServeTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let all: [String] =
        [
            "--name", "x", "--grep-index", "off", "--grep-max-bytes", "5m",
            "--grep-max-concurrent", "7", "--compression", "all", "--listen", "127.0.0.2",
            "--port", "1",
            "--resp-port", "2",
            "--http-port",
            "0", "--advertise", "h", "--resp-mode", "cluster", "--zone", "z", "--host-label",
            "rack",
            "--cluster", "c", "--seeds", "a:1,b:2", "--expect", "4", "--replicas", "5",
            "--read-consistency", "one", "--write-consistency", "all", "--gossip-preset", "wan",
            "--gossip-encryption", "prefer", "--gossip-key", Self.key, "--gossip-key-file", "keys",
            "--data", "/d", "--fsync", "always", "--max-memory", "2g", "--max-value-size", "1k",
            "--eviction", "s3fifo", "--repair-interval", "2s", "--repair-bandwidth", "1m",
            "--repair-scrub", "12h",
            "--hints-memory", "3m", "--hints-memory-per-node", "2m", "--hints-age", "7h",
            "--repair-purge", "1m",
            "--max-connections", "9", "--client-patience", "3s", "--log-format", "json",
            "--log-level",
            "error", "--enable-chaos",
        ]
        + Setting.gossip.flatMap { setting -> [String] in
            guard case .byPreset(_, _, let wan) = setting.fallback else { return [] }
            return ["--\(setting.flag)", wan]
        }

    @Test("every setting of serve reaches the node's configuration")
    func everySetting() throws {
        let values = try ToolRun.values("serve", Self.all).values
        var server = try ServerConfiguration(values)
        let file = String(repeating: "ab", count: 32)
        try server.useGossipKeys(values, ToolRun.console(files: ["keys": "# next\n\(file)\n"]))
        #expect(server.gossipEncryption == .prefer)
        #expect(server.gossipKeys.map(\.id) == [Self.key, file].map { SecretKey(text: $0)?.id })
        #expect(server.listenHost == "127.0.0.2")
        #expect(server.port == 1)
        #expect(server.respPort == 2)
        #expect(server.httpPort == nil)
        #expect(server.advertisedHost == "h")
        #expect(server.dataDirectory == "/d")
        #expect(server.fsync == .always)
        #expect(server.maximumConnections == 9)
        #expect(server.patience == .seconds(3))
        let node = server.node
        #expect(node.name == "x")
        #expect(node.respMode == .cluster)
        #expect(node.compression == .all)
        #expect(!node.indexesForGrep)
        #expect(node.limits.searchBytes == 5 << 20)
        #expect(node.limits.grepStreams == 7 && node.limits.searches == 7)
        #expect(node.repair.interval == .seconds(2))
        #expect(node.repair.bandwidth == 1 << 20)
        #expect(node.repair.purge == .seconds(60))
        #expect(node.repair.scrub == .seconds(43_200))
        #expect(node.hints.memory == 3 << 20)
        #expect(node.hints.memoryPerNode == 2 << 20)
        #expect(node.hints.age == .seconds(25_200))
        #expect(node.zone == "z")
        #expect(node.host == "rack")
        #expect(node.cluster == "c")
        #expect(node.seeds == [Address(host: "a", port: 1), Address(host: "b", port: 2)])
        #expect(node.expected == 4)
        #expect(node.replicas == 5)
        #expect(node.readConsistency == .one)
        #expect(node.writeConsistency == .all)
        #expect(node.limits.memory == 2 << 30)
        #expect(node.limits.eviction == .s3fifo)
        #expect(node.limits.value == 1024)
        #expect(node.allowsChaos)
        #expect(node.gossip == .wan)
        #expect(node.settings.allSatisfy { $0.origin.hasPrefix("flag --") })
        #expect(node.settings.count == Setting.taken(by: "serve").count { $0.key != nil })
    }

    @Test("the log flags choose what is written")
    func logLevel() throws {
        let writer = LogWriter(try ToolRun.values("serve", Self.all).values, name: "x")
        #expect(!writer.writes(.warning))
        #expect(writer.writes(.error))
    }

    @Test(
        "settings that contradict one another are refused",
        arguments: [["--expect", "3"], ["--listen", "0.0.0.0"], ["--max-value-size", "500m"]])
    func contradictions(_ words: [String]) async {
        let run = await ToolRun(["serve"] + words)
        #expect(run.code == .failure)
        #expect(run.errors.hasPrefix("grepvine: \(words[0]) "))
    }
}
