import Foundation
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    /// Every setting of `serve`, away from its default, and where each test node gets it from.
    @Suite("What a running node was told")
    struct Settings {
        private static let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

        private enum Source { case flag, environment, file }

        private static func table(data: String, ports: [UInt16]) -> [(String, String, Source)] {
            [
                ("name", "teller", .flag), ("listen", "127.0.0.2", .environment),
                ("port", "\(ports[0])", .file), ("resp.port", "\(ports[1])", .flag),
                ("http.port", "\(ports[2])", .environment), ("advertise", "127.0.0.2", .file),
                ("resp.mode", "cluster", .flag), ("zone", "attic", .environment),
                ("host.label", "rack7", .file), ("compression", "all", .flag),
                ("gossip.probeInterval", "300ms", .flag),
                ("gossip.probeTimeout", "150ms", .environment),
                ("gossip.indirectProbes", "2", .file),
                ("gossip.healthLimit", "7", .flag),
                ("gossip.suspicionMultiplier", "5", .environment),
                ("gossip.suspicionStretch", "5", .file),
                ("gossip.confirmations", "1", .flag),
                ("gossip.interval", "60ms", .environment),
                ("gossip.peers", "2", .file),
                ("gossip.retransmits", "5", .flag),
                ("gossip.packetSize", "1200", .environment),
                ("gossip.seedRetry", "2s", .file),
                ("gossip.seedRecall", "6s", .flag),
                ("gossip.resolveRetry", "3s", .environment),
                ("gossip.resolveInterval", "30s", .file),
                ("gossip.deadProbe", "7s", .flag),
                ("gossip.forgetAfter", "2h", .environment),
                ("gossip.maximumMembers", "99", .file),
                ("repair.interval", "5s", .flag), ("repair.bandwidth", "8m", .environment),
                ("repair.scrub", "2h", .file), ("hints.memory", "3m", .flag),
                ("hints.memoryPerNode", "2m", .environment), ("hints.age", "7h", .file),
                ("repair.purge", "7s", .flag),
                ("grep.index", "off", .flag), ("grep.maxBytes", "3g", .environment),
                ("grep.maxConcurrent", "9", .file), ("cluster", "orchard", .flag),
                ("seeds", "127.0.0.2:\(ports[0]),127.0.0.2:\(ports[3])", .environment),
                ("expect", "1", .file), ("replicas", "2", .flag),
                ("read.consistency", "one", .environment), ("write.consistency", "all", .file),
                ("gossip.preset", "local", .flag), ("gossip.encryption", "prefer", .environment),
                ("gossip.key", "hidden", .environment), ("gossip.keyFile", data + ".keys", .file),
                ("data", data, .environment),
                ("fsync", "always", .file), ("max.memory", "64m", .flag),
                ("eviction", "s3fifo", .environment),
                ("max.valueSize", "2k", .environment), ("max.connections", "6", .file),
                ("client.patience", "2s", .flag), ("log.format", "text", .environment),
                ("log.level", "debug", .file), ("enableChaos", "true", .environment),
            ]
        }

        @Test(
            "every setting of serve is read back with its origin, from flag, environment and file")
        func everySetting() async throws {
            let directory = try TemporaryDirectory()
            let ports = try LoopbackPort.free(4)
            let table = Self.table(data: directory.path + "/data", ports: ports)
            let node = try Self.start(table, in: directory)
            defer { node.kill9() }
            let address = Address(host: "127.0.0.2", port: ports[0])
            let settings = try await eventually("the node tells its settings") {
                try await withClient(ClientConfiguration(proxy: address)) {
                    try await $0.settings()
                }
            }
            let defaults = try await Self.shownByTool()
            try #require(settings.map(\.name).sorted() == table.map(\.0).sorted())
            try #require(settings.map(\.name) == defaults.map(\.name))
            for (setting, fallback) in zip(settings, defaults) {
                let (name, value, source) = try #require(table.first { $0.0 == setting.name })
                try #require(setting.value == value, "\(name)")
                if name != "advertise" { try #require(value != fallback.value, "\(name)") }
                let word = Self.flag(name)
                let origin =
                    switch source {
                    case .flag: "flag --\(word)"
                    case .environment: "environment \(Self.variable(name))"
                    case .file: "file \(directory.path)/node.json"
                    }
                try #require(setting.origin == origin)
            }
            try await Self.checkEffects(ports, directory, node)
        }

        /// What can be seen from outside of the settings above.
        private static func checkEffects(
            _ ports: [UInt16], _ directory: TemporaryDirectory, _ node: ServerProcess
        ) async throws {
            let socket = try RedisConnection(port: ports[1], host: 2)
            try await eventually("the node serves") {
                try socket.call("SET", "k", "v") == .ok
            }
            let info = try socket.call("INFO").text ?? ""
            for line in [
                "cluster_name:orchard", "node_name:teller", "redis_mode:cluster",
                "maxmemory:67108864", "read_consistency:ONE", "write_consistency:ALL",
                "tcp_port:\(ports[1])",
            ] {
                try #require(info.contains(line + "\r\n"), "\(line)")
            }
            let levels = try socket.call("CONSISTENCY").elements?.map { $0.text }
            try #require(levels == ["read", "ONE", "write", "ALL"])
            let large = try socket.call("SET", "k", String(repeating: "x", count: 2049))
            try #require(large.text?.contains("2048 (max-value-size)") == true)
            try #require(
                try socket.call("SET", "k", String(repeating: "x", count: 2048)) == .ok)
            try #require(
                FileManager.default.fileExists(atPath: directory.path + "/data/state"))
            let members = try await withClient(
                ClientConfiguration(proxy: Address(host: "127.0.0.2", port: ports[0]))
            ) { try await $0.members() }
            let me = try #require(members.first)
            try #require(members.count == 1)
            try #require(me.zone == "attic")
            try #require(me.name == "teller")
            try #require(me.address == Address(host: "127.0.0.2", port: ports[0]))
            try #require(me.respPort == ports[1])
            try #require(me.httpPort == ports[2])
            // Text lines, and events below the default level among them.
            let log = node.logText
            try #require(!log.contains("{\"time\""))
            try #require(log.contains("cluster-formed"))
            try checkPatience(ports[1])
            try checkConnections(ports[1])
        }

        /// Half a command is waited for as long as `client.patience` says.
        private static func checkPatience(_ port: UInt16) throws {
            let slow = try TCPSocket(port: port, timeout: .seconds(6), host: 2)
            try slow.write(Array("*2\r\n$4\r\nEC".utf8))
            let clock = ContinuousClock()
            let started = clock.now
            try #require(try slow.read() == nil)
            try #require(clock.now - started > .milliseconds(1500))
        }

        /// Six connections are served; whoever comes on top is turned away until one goes.
        private static func checkConnections(_ port: UInt16) throws {
            var served: [RedisConnection] = []
            var refused = 0
            for _ in 0..<10 {
                let connection = try RedisConnection(port: port, host: 2)
                if (try? connection.call("PING")) == .simple("PONG") {
                    served.append(connection)
                } else {
                    refused += 1
                }
            }
            // One was open before.
            try #require(served.count == 5)
            try #require(refused == 5)
        }

        @Test("a flag beats the environment, the environment the file, the file the default")
        func precedence() async throws {
            try await ProcessCluster.run(1, starting: false) { cluster in
                let file = cluster.directory.path + "/node.json"
                try "{\"zone\": \"file\", \"replicas\": 2, \"host\": {\"label\": \"file\"}}"
                    .write(toFile: file, atomically: true, encoding: .utf8)
                cluster.plans[0].words += ["--config", file, "--zone", "flag"]
                cluster.plans[0].environment = [
                    "GREPVINE_ZONE": "environment", "GREPVINE_REPLICAS": "1",
                ]
                try cluster.start(0)
                try await cluster.waitReady()
                let settings = try await withClient(cluster.proxy(0)) { try await $0.settings() }
                func told(_ name: String) -> [String] {
                    settings.filter { $0.name == name }.flatMap { [$0.value, $0.origin] }
                }
                try #require(told("zone") == ["flag", "flag --zone"])
                try #require(told("replicas") == ["1", "environment GREPVINE_REPLICAS"])
                try #require(told("host.label") == ["file", "file \(file)"])
                try #require(told("fsync") == ["batch", "default"])
            }
        }

        @Test("replicas, zones and redirections show in a cluster, and its log is JSON lines")
        func inCluster() async throws {
            let words = ["--replicas", "2", "--resp-mode", "cluster", "--log-format", "json"]
            try await ProcessCluster.run(words: words, starting: false) { cluster in
                for index in 0..<3 {
                    cluster.plans[index].words += ["--zone", "z\(index % 2)"]
                    try cluster.start(index)
                }
                try await cluster.waitReady()
                let members = try await withClient(cluster.proxy(0)) { try await $0.members() }
                try #require(
                    members.sorted { $0.name < $1.name }.map(\.zone) == ["z0", "z1", "z0"])
                let face = try cluster.redis(0)
                let ranges = try #require(try face.call("CLUSTER", "SLOTS").elements)
                try #require(ranges.allSatisfy { $0.elements?.count == 2 + 2 })
                let slots = ranges.reduce(0) { sum, range in
                    sum + (range.elements?[1].integer ?? 0) - (range.elements?[0].integer ?? 0) + 1
                }
                try #require(slots == 16384)
                try Self.checkRedirections(cluster)
                for line in cluster.log(0).split(separator: "\n") {
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    let fields = try #require(object as? [String: Any])
                    try #require(fields["node"] as? String == "n1")
                    try #require(fields["event"] is String)
                    try #require(fields["level"] is String)
                }
            }
        }

        @Test(
            "nodes of one host label hold no two replicas of a key while another host is free (P1)")
        func hostLabels() async throws {
            try await ProcessCluster.run(words: ["--replicas", "2"], starting: false) { cluster in
                for (index, label) in ["left", "left", "right"].enumerated() {
                    cluster.plans[index].words += ["--host-label", label]
                    try cluster.start(index)
                }
                try await cluster.waitReady()
                let ranges = try #require(
                    try cluster.redis(0).call("CLUSTER", "SLOTS").elements)
                try #require(!ranges.isEmpty)
                let alone = Int64(cluster.plans[2].respPort)
                for range in ranges {
                    let ports = range.elements?.dropFirst(2).map { $0.elements?[1].integer }
                    try #require(ports?.count == 2)
                    try #require(ports?.contains(alone) == true, "\(range)")
                }
            }
        }

        @Test("files are synced unless fsync is off", arguments: ["always", "batch", "off"])
        func fsync(policy: String) async throws {
            try await ProcessCluster.run(1, starting: false) { cluster in
                cluster.plans[0].words += [
                    "--data", cluster.directory.path + "/data", "--fsync", policy,
                ]
                try cluster.start(0)
                try await cluster.waitReady()
                let metrics = try cluster.http(0, "/metrics").body
                func value(_ name: String) -> Int? {
                    metrics.split(separator: "\n").first { $0.hasPrefix("grepvine_\(name) ") }
                        .flatMap { Int($0.split(separator: " ")[1]) }
                }
                // Once before anything is sent, and once when the cluster is formed.
                try #require((value("state_writes_total") ?? 0) >= 2)
                // The file, and the directory that names it.
                let syncs = policy == "off" ? 0 : 2 * (value("state_writes_total") ?? 0)
                try #require(value("state_syncs_total") == syncs)
            }
        }

        @Test("bodies for peers are compressed between zones, or everywhere, or nowhere")
        func compression() async throws {
            for (mode, zones, isSmaller) in [
                ("zones", ["a", "b"], true), ("zones", ["a", "a"], false), ("all", ["", ""], true),
                ("none", ["a", "b"], false),
            ] {
                try await ProcessCluster.run(
                    2, words: ["--compression", mode], starting: false
                ) { cluster in
                    for index in 0..<2 {
                        cluster.plans[index].words += ["--zone", zones[index]]
                        try cluster.start(index)
                    }
                    try await cluster.waitReady()
                    let value = String(repeating: "the same again, ", count: 10_000)
                    let face = try cluster.redis(0)
                    try #require(try face.call("CONSISTENCY", "ALL") == .ok)
                    for key in 0..<10 {
                        try #require(try face.call("SET", "k\(key)", value) == .ok)
                    }
                    for index in 0..<2 {
                        let found = try cluster.redis(index).call("GET", "k7")
                        try #require(found.text == value)
                    }
                    let metrics = try cluster.http(0, "/metrics").body
                    func bytes(_ stage: String) -> Int {
                        let name =
                            "grepvine_compressed_bytes_total{peer=\"n2\",stage=\"\(stage)\"} "
                        return metrics.split(separator: "\n").first { $0.hasPrefix(name) }
                            .flatMap { Int($0.dropFirst(name.count)) } ?? -1
                    }
                    if isSmaller {
                        try #require(bytes("before") >= 10 * value.utf8.count)
                        try #require(bytes("after") < bytes("before") / 20)
                    } else {
                        try #require(bytes("before") == 0)
                    }
                }
            }
        }

        /// About a third of the keys have no replica here; following MOVED finds each of them.
        private static func checkRedirections(_ cluster: ProcessCluster) throws {
            let face = try cluster.redis(0)
            var moved = 0
            for key in 0..<60 {
                let reply = try face.call("SET", "key\(key)", "v\(key)")
                if reply == .ok { continue }
                let words = (reply.text ?? "").split(separator: " ")
                try #require(words.count == 3 && words[0] == "MOVED", "\(reply)")
                let slot = try face.call("CLUSTER", "KEYSLOT", "key\(key)").integer
                try #require(words[1] == "\(slot ?? -1)")
                let port = try #require(UInt16(words[2].split(separator: ":")[1]))
                let owner = try RedisConnection(port: port)
                try #require(try owner.call("SET", "key\(key)", "v\(key)") == .ok)
                moved += 1
            }
            try #require((5...40).contains(moved), "\(moved) of 60")
            let several = try face.call("MGET", "a", "b", "c")
            try #require(several.text?.hasPrefix("CROSSSLOT") == true)
        }

        @Test("past max-memory a write is refused as OOM and reads go on (W6)")
        func memoryLimit() async throws {
            try await ProcessCluster.run(1, words: ["--max-memory", "24m"]) { cluster in
                let face = try cluster.redis(0)
                let value = String(repeating: "x", count: 100_000)
                var written = 0
                var refusal = RESPValue.ok
                while refusal == .ok, written < 1000 {
                    refusal = try face.call("SET", "k\(written)", value)
                    if refusal == .ok { written += 1 }
                }
                try #require(refusal.text?.hasPrefix("OOM") == true, "\(refusal)")
                try #require((100...250).contains(written), "\(written)")
                try #require(try face.call("GET", "k0").text == value)
                try #require(try face.call("DBSIZE").integer == Int64(written))
            }
        }

        private static func start(
            _ table: [(String, String, Source)], in directory: TemporaryDirectory
        ) throws -> ServerProcess {
            let file = directory.path + "/node.json"
            let entries = table.filter { $0.2 == .file }.map { "\"\($0.0)\": \"\($0.1)\"" }
            try "{\(entries.joined(separator: ", "))}".write(
                toFile: file, atomically: true, encoding: .utf8)
            let flags = table.filter { $0.2 == .flag }.flatMap { ["--" + flag($0.0), $0.1] }
            var variables = table.filter { $0.2 == .environment }.map { (variable($0.0), $0.1) }
            variables = variables.map { $0.1 == "hidden" ? ($0.0, secret) : $0 }
            try String(repeating: "12", count: 32).write(
                toFile: directory.path + "/data.keys", atomically: true, encoding: .utf8)
            return try ServerProcess(
                ["serve", "--config", file] + flags,
                environment: Dictionary(uniqueKeysWithValues: variables),
                log: directory.path + "/log")
        }

        /// `max.valueSize` is `max-value-size` on a command line.
        private static func flag(_ key: String) -> String {
            key.map { $0 == "." ? "-" : $0.isUppercase ? "-" + $0.lowercased() : "\($0)" }
                .joined()
        }

        private static func variable(_ key: String) -> String {
            "GREPVINE_" + flag(key).uppercased().replacingOccurrences(of: "-", with: "_")
        }

        /// The settings of a node that was told nothing.
        private static func shownByTool() async throws -> [(name: String, value: String)] {
            let shown = try await ServerProcess.run(
                ServerProcess.binary, ["config", "show", "--json"])
            try #require(shown.code == 0)
            // One setting a line, in the order of the table.
            return try shown.output.split(separator: "\n").compactMap { line in
                guard line.contains(":") else { return nil }
                let text = "{" + line.trimmingCharacters(in: [" ", ","]) + "}"
                let object = try JSONDecoder().decode(
                    [String: [String: String]].self, from: Data(text.utf8))
                return object.first.map { ($0.key, $0.value["value"] ?? "") }
            }
        }
    }
}
