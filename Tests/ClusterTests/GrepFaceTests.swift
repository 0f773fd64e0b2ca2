import Foundation
import GrepvineTransport
import Testing

extension ClusterTests {
    @Suite("Grep through the other faces")
    struct GrepFaces {
        private static func plant(_ cluster: ProcessCluster) throws {
            for key in 0..<40 {
                let face = try cluster.redis(key % 3)
                try #require(
                    try face.call("SET", "doc:\(key + 10)", "first\nneedle \(key)\nlast") == .ok)
            }
        }

        @Test(
            "redis-cli greps in both protocols, through any node, also with one killed",
            .enabled(if: PeerTools.cli != nil))
        func redisCLI() async throws {
            let cli = try #require(PeerTools.cli)
            try await ProcessCluster.run { cluster in
                try Self.plant(cluster)
                func run(_ index: Int, _ words: [String]) async throws -> String {
                    try await ServerProcess.run(
                        cli, ["-p", "\(cluster.plans[index].respPort)"] + words
                    ).output
                }
                for flag in ["-2", "-3"] {
                    for index in 0..<3 {
                        let some = try await run(
                            index, [flag, "GREP", "NEEDLE [12]$", "IGNORECASE"])
                        try #require(some.hasPrefix("doc:11\n2\nneedle 1\ndoc:12\n2\nneedle 2\n"))
                        try #require(some.contains("documents\n2\nlines\n2\n") || flag == "-3")
                    }
                }
                let documentation = try await run(0, ["COMMAND", "DOCS", "GREP"])
                try #require(documentation.contains("IGNORECASE"), "\(documentation)")
                cluster.kill9(1)
                let all = try await eventually("a whole answer of two nodes") {
                    let text = try await run(0, ["GREP", "needle", "FILES"])
                    return text.contains("complete\n1\n") ? text : nil
                }
                try #require(all.hasPrefix("doc:10\ndoc:11\n"), "\(all)")
                try #require(all.contains("documents\n40\n"), "\(all)")
            }
        }

        @Test(
            "redis-py greps in both protocols", .enabled(if: PeerTools.python != nil),
            arguments: [2, 3])
        func redisPy(_ version: Int) async throws {
            try await ProcessCluster.run { cluster in
                try Self.plant(cluster)
                try await Self.python(
                    """
                    import sys, redis
                    is_new = int(redis.__version__.split('.')[0]) >= 5
                    chosen = {'protocol': \(version)} if is_new else {}
                    c = redis.Redis(port=int(sys.argv[1]), **chosen)
                    hits, end = c.execute_command('GREP', 'needle', 'LIMIT', 50)
                    assert len(hits) == 40, len(hits)
                    assert hits[3] == [b'doc:13', 2, b'needle 3'], hits[3]
                    if isinstance(end, list): end = dict(zip(end[::2], end[1::2]))
                    assert end[b'complete'] == 1 and end[b'missing'] == [], end
                    assert end[b'lines'] == 40 and end[b'limit_reached'] == 0, end
                    p = c.pipeline(transaction=False)
                    p.get('absent'); p.execute_command('GREP', 'first', 'COUNT'); p.ping()
                    got = p.execute()
                    assert got[0] is None and got[1][0][0] == [b'doc:10', 1] and got[2], got
                    try:
                        c.execute_command('GREP', '(')
                        assert False
                    except redis.ResponseError as error:
                        assert 'unclosed group' in str(error), error
                    print('all good')
                    """, cluster, port: cluster.plans[0].respPort)
            }
        }

        @Test(
            "Python's http.client reads hits as they come, problems and the summary",
            .enabled(if: PeerTools.python != nil))
        func httpClient() async throws {
            try await ProcessCluster.run { cluster in
                try Self.plant(cluster)
                try await Self.python(
                    """
                    import sys, json, http.client
                    c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=20)
                    def ask(method, target, body=None, headers={}):
                        c.request(method, target, body, headers)
                        r = c.getresponse()
                        return r.status, r.getheader('content-type'), r.read()
                    for method, target, body in [
                        ('GET', '/v1/grep?pattern=needle+%5Cd%24', None),
                        ('POST', '/v1/grep', json.dumps({'pattern': 'needle \\\\d$'})),
                    ]:
                        status, kind, text = ask(method, target, body)
                        assert (status, kind) == (200, 'application/x-ndjson'), (status, kind)
                        records = [json.loads(line) for line in text.splitlines()]
                        assert len(records) == 11, records
                        assert records[1] == {
                            'type': 'match', 'key': 'doc:11', 'line': 2, 'offset': 6,
                            'text': 'needle 1', 'matches': [[0, 8]]}, records[1]
                        end = records[-1]
                        assert end['type'] == 'summary' and end['complete'] is True, end
                        assert end['documents'] == 10 and end['missing'] == [], end
                    for method, target, body, status, code in [
                        ('GET', '/v1/grep?pattern=(', None, 400, 'bad-pattern'),
                        ('GET', '/v1/nothing', None, 404, 'not-found'),
                        ('PUT', '/v1/grep', '{}', 405, 'method-not-allowed'),
                        ('POST', '/v1/grep', '{', 400, 'bad-request'),
                    ]:
                        got, kind, text = ask(method, target, body)
                        problem = json.loads(text)
                        assert got == status == problem['status'], (got, text)
                        assert kind == 'application/problem+json', kind
                        assert problem['code'] == code, problem
                    c.request('HEAD', '/v1/grep?pattern=needle')
                    r = c.getresponse()
                    assert r.status == 200 and r.read() == b''
                    print('all good')
                    """, cluster, port: cluster.plans[1].httpPort)
            }
        }

        @Test("a client that hangs up or does not read ends or holds its search (G3, W6)")
        func disconnect() async throws {
            try await ProcessCluster.run { cluster in
                let value = String(repeating: "a needle in the hay\n", count: 100_000)
                for key in 0..<12 {
                    try #require(try cluster.redis(0).call("SET", "big:\(key)", value) == .ok)
                }
                func streams() throws -> String? {
                    try cluster.http(0, "/metrics").body.split(separator: "\n")
                        .first { $0.hasPrefix("grepvine_grep_streams ") }.map(String.init)
                }
                let socket = try TCPSocket(
                    port: cluster.plans[0].httpPort, timeout: .seconds(20), receiveBuffer: 4096)
                try socket.write(
                    Array("GET /v1/grep?pattern=needle HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                let begun = try #require(try socket.read())
                try #require(String(decoding: begun, as: UTF8.self).hasPrefix("HTTP/1.1 200 OK"))
                // Ten times as much as fits is to come, and the stream stays open.
                try #require(try streams() == "grepvine_grep_streams 1")
                socket.close()
                try await eventually("the stream is closed") {
                    try streams() == "grepvine_grep_streams 0"
                }
                try await eventually("no owner searches on") {
                    try cluster.redis(1).call("GREP", "no such text", "FILES").elements?.first
                        == .array([])
                }
            }
        }

        private static func python(
            _ script: String, _ cluster: ProcessCluster, port: UInt16
        ) async throws {
            let python = try #require(PeerTools.python)
            let file = cluster.directory.path + "/check.py"
            try script.write(toFile: file, atomically: true, encoding: .utf8)
            let result = try await ServerProcess.run(python, [file, "\(port)"])
            try #require(result.output.hasSuffix("all good\n"), "\(result.output)")
        }
    }
}
