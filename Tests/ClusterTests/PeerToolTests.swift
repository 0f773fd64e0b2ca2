import Foundation
import GrepvineTransport
import Testing

extension ClusterTests {
    /// The tools that people already have, as they come.
    @Suite("Redis's own tools")
    struct PeerTools {
        static let cli = ServerProcess.find("redis-cli")
        static let benchmark = ServerProcess.find("redis-benchmark")
        static let python: String? = {
            let paths = ["/usr/lib/python3/dist-packages/redis"]
            let isThere = paths.contains { FileManager.default.fileExists(atPath: $0) }
            return isThere ? "/usr/bin/python3" : nil
        }()

        @Test("redis-cli reads, writes and walks the keys", .enabled(if: cli != nil))
        func redisCLI() async throws {
            let cli = try #require(Self.cli)
            try await ProcessCluster.run { cluster in
                for key in 0..<40 {
                    let face = try cluster.redis(key % 3)
                    let value = String(repeating: "v", count: key + 1)
                    try #require(try face.call("SET", "user:\(key)", value) == .ok)
                }
                for protocolFlag in ["-2", "-3"] {
                    let set = try await run(cli, cluster, 1, [protocolFlag, "SET", "k", "v w"])
                    try #require(set == "OK\n")
                    try #require(
                        try await run(cli, cluster, 2, [protocolFlag, "GET", "k"]) == "v w\n")
                }
                let scanned = try await run(cli, cluster, 0, ["--scan", "--pattern", "user:*"])
                let keys = scanned.split(separator: "\n").map(String.init)
                try #require(keys.sorted() == (0..<40).map { "user:\($0)" }.sorted())
                let sizes = try await run(cli, cluster, 0, ["--bigkeys"])
                try #require(sizes.contains("Sampled 41 keys"), "\(sizes)")
                try #require(sizes.contains("'\"user:39\"' has 40 bytes"), "\(sizes)")
                let info = try await run(cli, cluster, 0, ["INFO", "server"])
                try #require(info.contains("redis_version:"))
            }
        }

        @Test("redis-cli -c follows redirections", .enabled(if: cli != nil))
        func redirected() async throws {
            let cli = try #require(Self.cli)
            let words = ["--resp-mode", "cluster", "--replicas", "1"]
            try await ProcessCluster.run(words: words) { cluster in
                for key in 0..<12 {
                    let set = try await run(cli, cluster, 0, ["-c", "SET", "k\(key)", "v\(key)"])
                    try #require(set == "OK\n")
                    let got = try await run(cli, cluster, 1, ["-c", "GET", "k\(key)"])
                    try #require(got == "v\(key)\n")
                }
            }
        }

        @Test("redis-benchmark runs, plain and pipelined", .enabled(if: benchmark != nil))
        func plainBenchmark() async throws {
            let benchmark = try #require(Self.benchmark)
            try await ProcessCluster.run { cluster in
                for pipeline in ["1", "16"] {
                    let output = try await run(
                        benchmark, cluster, 0,
                        [
                            "-n", "2000", "-c", "10", "-P", pipeline, "-t", "set,get,mset,ping",
                            "-r", "500", "-q",
                        ])
                    for name in ["SET", "GET", "MSET", "PING_INLINE"] {
                        try #require(output.contains("\(name)"), "\(output)")
                    }
                    try #require(!output.lowercased().contains("error"), "\(output)")
                }
                let count = try #require(try cluster.redis(0).call("DBSIZE").integer)
                try #require((100...2000).contains(count), "\(count) keys")
            }
        }

        @Test("redis-benchmark --cluster finds every node", .enabled(if: benchmark != nil))
        func clusterBenchmark() async throws {
            let benchmark = try #require(Self.benchmark)
            try await ProcessCluster.run(words: ["--resp-mode", "cluster"]) { cluster in
                let output = try await run(
                    benchmark, cluster, 0,
                    ["--cluster", "-n", "2000", "-c", "9", "-t", "set,get", "-r", "500"])
                try #require(output.contains("Cluster has 3 master nodes"), "\(output)")
                for plan in cluster.plans {
                    try #require(output.contains("127.0.0.1:\(plan.respPort)"), "\(output)")
                }
                try #require(output.contains("====== GET ======"), "\(output)")
                try #require(!output.lowercased().contains("error"), "\(output)")
            }
        }

        @Test(
            "redis-py sets, gets, expires and scans in both protocols", .enabled(if: python != nil),
            arguments: [2, 3])
        func redisPy(_ version: Int) async throws {
            let python = try #require(Self.python)
            try await ProcessCluster.run { cluster in
                let script = """
                    import sys, redis
                    # Before 5.0 it knew no other protocol than the second.
                    is_new = int(redis.__version__.split('.')[0]) >= 5
                    chosen = {'protocol': \(version)} if is_new else {}
                    c = redis.Redis(port=int(sys.argv[1]), **chosen)
                    \(Self.checks)
                    p = c.pipeline(transaction=False)
                    for i in range(50): p.get('key:%d' % i)
                    assert p.execute() == [b'%d' % i for i in range(50)]
                    print('all good')
                    """
                try await run(python: python, script, cluster)
            }
        }

        @Test("redis-py's cluster client routes by itself", .enabled(if: python != nil))
        func redisPyCluster() async throws {
            let python = try #require(Self.python)
            let words = ["--resp-mode", "cluster", "--replicas", "2"]
            try await ProcessCluster.run(words: words) { cluster in
                let script = """
                    import sys, redis
                    c = redis.RedisCluster(host='127.0.0.1', port=int(sys.argv[1]))
                    assert len(c.get_nodes()) == 3, c.get_nodes()
                    \(Self.checks)
                    print('all good')
                    """
                try await run(python: python, script, cluster)
            }
        }

        /// What every client library must be able to do; `c` is the client.
        private static let checks = """
            for i in range(50): assert c.set('key:%d' % i, i)
            for i in range(50): assert c.get('key:%d' % i) == b'%d' % i
            assert c.get('absent') is None
            assert c.mget('{a}1', '{a}2') == [None, None]
            assert c.mset({'{a}1': 'x', '{a}2': 'y'})
            assert c.mget('{a}1', '{a}2', '{a}3') == [b'x', b'y', None]
            assert c.set('brief', 'v', ex=100) and 90 < c.ttl('brief') <= 100
            assert c.expire('brief', 50) and 40 < c.ttl('brief') <= 50
            assert c.persist('brief') and c.ttl('brief') == -1
            assert c.ttl('absent') == -2 and not c.expire('absent', 5)
            assert c.exists('brief') == 1 and c.type('brief') == b'string'
            assert c.strlen('brief') == 1
            assert sorted(set(c.scan_iter(match='key:*'))) == sorted(
                b'key:%d' % i for i in range(50))
            assert c.delete('brief') == 1 and c.delete('brief') == 0
            """

        private func run(python: String, _ script: String, _ cluster: ProcessCluster) async throws {
            let file = cluster.directory.path + "/check.py"
            try script.write(toFile: file, atomically: true, encoding: .utf8)
            let result = try await ServerProcess.run(
                python, [file, "\(cluster.plans[0].respPort)"])
            try #require(result.output.hasSuffix("all good\n"), "\(result.output)")
        }

        private func run(
            _ program: String, _ cluster: ProcessCluster, _ index: Int, _ words: [String]
        ) async throws -> String {
            let result = try await ServerProcess.run(
                program, ["-p", "\(cluster.plans[index].respPort)"] + words)
            try #require(result.code == 0, "\(result.output)")
            return result.output
        }
    }
}
