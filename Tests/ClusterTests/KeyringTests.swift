import Foundation
import Glibc
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("Encrypted gossip")
    struct Keyrings {
        private static let keys = (1...3).map { SecretKey.numbered($0) }

        /// Runs nodes that get their key from a file of their own.
        private static func run(
            _ count: Int = 3, words: [String] = [], data: Bool = true,
            _ body: (ProcessCluster) async throws -> Void
        ) async throws {
            try await ProcessCluster.run(count, starting: false) { cluster in
                for index in 0..<count {
                    let file = cluster.directory.path + "/key\(index)"
                    try write(0, to: file)
                    cluster.plans[index].words += words + ["--gossip-key-file", file]
                    if data {
                        cluster.plans[index].words += [
                            "--data", cluster.directory.path + "/d\(index)",
                        ]
                    }
                }
                try await body(cluster)
            }
        }

        private static func write(_ key: Int, to file: String) throws {
            try (keys[key].text + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        }

        private static func start(_ cluster: ProcessCluster) async throws {
            for index in cluster.plans.indices { try cluster.start(index) }
            try await cluster.waitReady()
        }

        /// One step of a rotation through the tool, as an operator does it.
        private static func keyring(
            _ cluster: ProcessCluster, _ node: Int, _ words: [String], with key: Int = 0
        ) async throws -> (code: Int32, output: String) {
            let file = cluster.directory.path + "/operator"
            try write(key, to: file)
            let access = ["--server", "\(cluster.plans[node].address)", "--gossip-key-file", file]
            return try await ServerProcess.run(
                ServerProcess.binary, ["keyring"] + words + access)
        }

        private static func report(_ cluster: ProcessCluster, _ node: Int) async throws
            -> KeyringReport
        {
            try await withClient(cluster.proxy(node)) { try await $0.keyring() }
        }

        /// The sum over all samples of a metric.
        private static func metric(
            _ cluster: ProcessCluster, _ node: Int, _ name: String
        ) throws -> Int {
            let text = try cluster.http(node, "/metrics").body
            return text.split(separator: "\n").filter { $0.hasPrefix("grepvine_" + name) }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        }

        @Test(
            "add, use and remove under load: no datagram is dropped for its key, nobody dies (S6)")
        func rotation() async throws {
            try await Self.run { cluster in
                try await Self.start(cluster)
                let names = Self.keys.map { "\($0.id)" }
                let file = cluster.directory.path + "/next"
                try await Self.underLoad(cluster) {
                    for step in 0..<2 {
                        try Self.write(step + 1, to: file)
                        for (node, words) in [
                            (step, ["add", "@" + file]), (1, ["use", names[step + 1]]),
                            (2, ["remove", names[step]]),
                        ] {
                            let key = words[0] == "remove" ? step + 1 : step
                            let done = try await Self.keyring(cluster, node, words, with: key)
                            try #require(done.code == 0, "\(words): \(done.output)")
                            // Some gossip under each ring.
                            let before = try Self.metric(cluster, 0, "gossip_opened_total")
                            try await eventually("gossip goes on") {
                                try Self.metric(cluster, 0, "gossip_opened_total") > before + 8
                            }
                        }
                    }
                }
                for index in 0..<3 {
                    let report = try await Self.report(cluster, index)
                    try #require(report.ring.keys == [Self.keys[2].id])
                    try #require(report.nodes.map(\.standing) == [.current, .current, .current])
                    try #require(try Self.metric(cluster, index, "gossip_turned_away_total") == 0)
                    try #require(try Self.metric(cluster, index, "gossip_keyring_version") == 6)
                    try #require(!cluster.log(index).contains("member-died"))
                    let path = cluster.directory.path + "/d\(index)/keyring"
                    let facts = try FileManager.default.attributesOfItem(atPath: path)
                    try #require((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
                }
                // The configuration still says the first key: what is on disk is newer.
                try await Self.startAgain(cluster, 1)
                try #require(cluster.log(1).contains("gossip-key-ignored"))
            }
        }

        /// Writes and reads at QUORUM all the time, every one of which must succeed.
        private static func underLoad(
            _ cluster: ProcessCluster, _ body: () async throws -> Void
        ) async throws {
            let ports = cluster.plans.map(\.respPort)
            let load = Task.detached {
                var count = 0
                let faces = try ports.map { try RedisConnection(port: $0) }
                while !Task.isCancelled {
                    let (key, value) = ("k\(count % 50)", "v\(count)")
                    guard try faces[count % 3].call("SET", key, value) == .ok,
                        try faces[(count + 1) % 3].call("GET", key).text == value
                    else { throw HarnessError("operation \(count) failed") }
                    count += 1
                }
                return count
            }
            do {
                try await body()
            } catch {
                load.cancel()
                throw error
            }
            load.cancel()
            let count = try await load.value
            try #require(count > 100)
        }

        /// Kills a node and starts it; the others see its new life. What it recovers is not the
        /// matter here, so nobody waits until it is ready.
        private static func startAgain(_ cluster: ProcessCluster, _ index: Int) async throws {
            let name = "n\(index + 1)"
            let others = (0..<3).filter { $0 != index }
            let before = try await member(cluster, name, seenBy: others[0])?.bootEpoch ?? 0
            cluster.kill9(index)
            try cluster.start(index)
            for other in others {
                try await eventually("n\(other + 1) sees the new life of \(name)") {
                    let seen = try await member(cluster, name, seenBy: other)
                    return seen?.liveness == .alive && seen?.bootEpoch ?? 0 > before
                }
            }
            try await eventually("\(name) answers") {
                try cluster.http(index, "/livez").status == 200
            }
        }

        private static func member(
            _ cluster: ProcessCluster, _ name: String, seenBy index: Int
        ) async throws -> MemberStatus? {
            let members = try await withClient(cluster.proxy(index)) { try await $0.members() }
            return members.first { $0.name == name }
        }

        private static func liveness(
            _ cluster: ProcessCluster, _ name: String, seenBy index: Int
        ) async throws -> MemberStatus.Liveness? {
            try await member(cluster, name, seenBy: index)?.liveness
        }

        @Test("a node with another key is counted, logged and kept out on both sides (S6)")
        func wrongKey() async throws {
            try await Self.run { cluster in
                let file = cluster.directory.path + "/key2"
                try Self.write(1, to: file)
                for index in 0..<3 { try cluster.start(index) }
                try await eventually("both sides count and say so") {
                    try cluster.log(0).contains("which this node does not hold")
                        && cluster.log(2).contains("which this node does not hold")
                        && cluster.log(2).contains(
                            "does not hold the key that this node seals with")
                        && Self.metric(
                            cluster, 0, "gossip_turned_away_total{reason=\"unknown-key\"}") > 0
                        && Self.metric(
                            cluster, 2, "gossip_turned_away_total{reason=\"unknown-key\"}") > 0
                        && Self.metric(cluster, 2, "gossip_notices_total") > 0
                }
                try #require(try cluster.http(0, "/readyz").status == 503)
                for index in [0, 2] {
                    let log = cluster.log(index)
                    try #require(!log.contains(Self.keys[0].text))
                    try #require(!log.contains(Self.keys[1].text))
                }
                // With the right key it belongs to them.
                cluster.kill9(2)
                try Self.write(0, to: file)
                try FileManager.default.removeItem(atPath: cluster.directory.path + "/d2/keyring")
                try cluster.start(2)
                try await cluster.waitReady()
            }
        }

        @Test(
            "who is away is named, is not cut off by mistake, and catches up when it returns (S6)")
        func away() async throws {
            try await Self.run { cluster in
                try await Self.start(cluster)
                cluster.kill9(2)
                let file = cluster.directory.path + "/next"
                try Self.write(1, to: file)
                try await eventually("n3 is known to be gone") {
                    try await Self.liveness(cluster, "n3", seenBy: 0) == .dead
                }
                let added = try await Self.keyring(cluster, 0, ["add", "@" + file])
                try #require(added.code == 3)
                try #require(added.output.contains("unreachable"))
                let used = try await Self.keyring(cluster, 0, ["use", "\(Self.keys[1].id)"])
                try #require(used.code == 2)
                try #require(used.output.contains("n3 did not confirm"))
                let forced = try await Self.keyring(
                    cluster, 0, ["use", "\(Self.keys[1].id)", "--force"])
                try #require(forced.code == 3)
                // It knows the old key only, and that is enough to be told the new one.
                try cluster.start(2)
                try await eventually("n3 holds the ring") {
                    let report = try await Self.report(cluster, 0)
                    return report.nodes.allSatisfy { $0.standing == .current }
                }
                try #require(try await Self.report(cluster, 2).ring.primary == Self.keys[1].id)
                let removed = try await Self.keyring(
                    cluster, 1, ["remove", "\(Self.keys[0].id)"], with: 1)
                try #require(removed.code == 0, "\(removed.output)")
            }
        }

        @Test("whoever holds no key of the cluster changes nothing")
        func unauthorized() async throws {
            try await Self.run(1) { cluster in
                try await Self.start(cluster)
                let file = cluster.directory.path + "/next"
                try Self.write(2, to: file)
                let refused = try await Self.keyring(cluster, 0, ["add", "@" + file], with: 1)
                try #require(refused.code == 2)
                try #require(refused.output.contains("unauthorized"))
                try #require(try await Self.report(cluster, 0).ring.version.number == 0)
            }
        }

        @Test("encryption is turned on in a running cluster, step by step, and nobody is lost (S6)")
        func turningOn() async throws {
            try await Self.run { cluster in
                let plain = cluster.plans
                for index in 0..<3 { cluster.plans[index].words += ["--gossip-encryption", "off"] }
                try await Self.start(cluster)
                for mode in ["accept", "prefer", "require"] {
                    for index in 0..<3 {
                        cluster.plans[index].words = plain[index].words
                        cluster.plans[index].words += ["--gossip-encryption", mode]
                        try await Self.startAgain(cluster, index)
                    }
                    for index in 0..<3 {
                        try #require(
                            try Self.metric(cluster, index, "gossip_turned_away_total") == 0)
                    }
                }
                for index in 0..<3 {
                    try #require(try Self.metric(cluster, index, "gossip_opened_total") > 0)
                }
                // A step too far at once: both sides say why they do not hear one another.
                cluster.plans[2].words = plain[2].words + ["--gossip-encryption", "off"]
                cluster.kill9(2)
                try cluster.start(2)
                try await eventually("both sides say so") {
                    cluster.log(0).contains("gossips in clear and this node requires encryption")
                        && cluster.log(2).contains("takes sealed gossip only")
                }
            }
        }
    }
}

extension SecretKey {
    /// Keys that differ from one another and are the same in each run.
    fileprivate static func numbered(_ number: Int) -> SecretKey {
        let digits = String(repeating: "0\(number)", count: size)
        guard let key = SecretKey(text: digits) else { preconditionFailure("\(digits)") }
        return key
    }

    /// As a key file holds it.
    fileprivate var text: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
