import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("The HTTP face")
struct HTTPSessionTests {
    @Test("health and metrics are plain text, and HEAD leaves the body out")
    func health() {
        let http = TestHTTP(TestNode())
        #expect(http.get("/livez").body == "ok\n")
        #expect(http.get("/readyz").body == "ok\n")
        #expect(http.get("/metrics").body?.contains("\ngrepvine_http_requests_total 3\n") == true)
        let head = http.send("HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(
            head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("content-length: 3\r\n\r\n"))
        let waiting = TestHTTP(
            TestNode {
                $0.seeds = [Address(host: "127.0.0.1", port: 1)]
                $0.expected = 3
            })
        #expect(waiting.get("/livez").status == 200)
        let answer = waiting.get("/readyz")
        #expect(answer.status == 503 && answer.head.contains("\r\nretry-after: 1"))
        #expect(answer.body?.contains("\"code\":\"not-ready\"") == true)
        #expect(waiting.get("/v1/grep?pattern=a").status == 503)
    }

    struct Refusal: Sendable {
        var request: String
        var status: Int
        var code: String
        var detail: String
        var closes = false

        static let grep = "/v1/grep?pattern="

        static func get(
            _ target: String, _ status: Int, _ code: String, _ detail: String
        ) -> Refusal {
            Refusal(
                request: "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", status: status, code: code,
                detail: detail)
        }

        static func post(_ body: String, _ detail: String) -> Refusal {
            let length = "Content-Length: \(body.utf8.count)"
            return Refusal(
                request: "POST /v1/grep HTTP/1.1\r\nHost: a\r\n\(length)\r\n\r\n\(body)",
                status: 400, code: "bad-request", detail: detail)
        }
    }

    static let refusals: [Refusal] = [
        .get("/", 404, "not-found", "there is nothing at /; there is /livez"),
        .get("/livez/", 404, "not-found", "nothing at /livez/"),
        .get("/v1/grep", 400, "bad-request", "there is no pattern"),
        .get(Refusal.grep + "(", 400, "bad-pattern", "unclosed group"),
        .get(Refusal.grep + "%4", 400, "bad-request", "an escape in the query is malformed"),
        .get(Refusal.grep + "%ff", 400, "bad-request", "the pattern is not UTF-8"),
        .get(Refusal.grep + "a&pattern=b", 400, "bad-request", "pattern is given twice"),
        .get(Refusal.grep + "a&limit=x", 400, "bad-request", "limit takes a whole number"),
        .get(Refusal.grep + "a&limit=0", 400, "bad-request", "limit is 0, it must be 1 to"),
        .get(Refusal.grep + "a&limt=1", 400, "bad-request", "unknown option 'limt'; there is"),
        .get(Refusal.grep + "a&word=yes", 400, "bad-request", "word takes true or false"),
        .get(Refusal.grep + "a&count&files", 400, "bad-request", "count and files exclude"),
        .get(Refusal.grep + "a&cursor=AbC", 400, "bad-cursor", "the cursor is damaged"),
        .get(Refusal.grep + "a&glob=%5B", 400, "bad-pattern", "glob"),
        .post("", "invalid JSON at byte 0: expected a value"),
        .post("[]", "invalid JSON at byte 0: expected an object"),
        .post("{\"pattern\":1}", "pattern takes a string, it was a number"),
        .post("{\"pattern\":\"a\",\"limit\":1.5}", "limit takes a whole number"),
        .post("{\"pattern\":\"a\",\"limit\":\"1\"}", "limit takes a number, it was a string"),
        .post("{\"pattern\":\"a\",\"word\":1}", "word takes true or false, it was a number"),
        .post("{\"pattern\":\"a\",\"glob\":[1]}", "glob takes a string or an array of strings"),
        .post("{\"pattern\":\"a\",\"pattern\":\"b\"}", "the name \"pattern\" comes twice"),
        .post("{\"pattern\":\"a\",\"near\":\"b\"}", "unknown option 'near'"),
        Refusal(
            request: "DELETE /v1/grep HTTP/1.1\r\nHost: a\r\n\r\n", status: 405,
            code: "method-not-allowed", detail: "/v1/grep takes GET, HEAD, POST"),
        Refusal(
            request: "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
            status: 405, code: "method-not-allowed", detail: "/livez takes GET, HEAD"),
        Refusal(
            request: "POST /v1/grep?pattern=a HTTP/1.1\r\nHost: a\r\n\r\n", status: 400,
            code: "bad-request", detail: "in the body and none in the query"),
        Refusal(
            request: "POST /v1/grep HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                + "Content-Length: 1\r\n\r\na",
            status: 415, code: "unsupported-media-type", detail: "send application/json"),
        Refusal(
            request: "POST /v1/grep HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
            status: 413, code: "too-large", detail: "the body has 1048577 bytes, the limit is",
            closes: true),
        Refusal(
            request: "POST /v1/grep HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            status: 411, code: "length-required", detail: "send a Content-Length", closes: true),
        Refusal(
            request: "GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", status: 505, code: "http-version",
            detail: "only HTTP/1.1", closes: true),
        Refusal(
            request: "GARBAGE\r\n\r\n", status: 400, code: "bad-request",
            detail: "the request line is malformed", closes: true),
    ]

    @Test("what is refused gets a problem document with a stable code", arguments: refusals)
    func refused(_ refusal: Refusal) throws {
        let http = TestHTTP(TestNode())
        let answer = HTTPAnswer(http.send(refusal.request))
        #expect(answer.status == refusal.status)
        #expect(answer.head.contains("\r\ncontent-type: application/problem+json"))
        let body = try #require(answer.body)
        guard
            case .object(let members) = try Array(body.utf8).withUnsafeBytes({
                try JSONValue(decoding: $0)
            })
        else {
            Issue.record("\(body)")
            return
        }
        #expect(members.map(\.name) == ["type", "title", "status", "code", "detail"])
        #expect(members[2].value == .number(Double(refusal.status)))
        #expect(members[3].value == .text(refusal.code))
        #expect(body.contains(refusal.detail.replacing("\"", with: "\\\"")), "\(body)")
        #expect(http.isOver == refusal.closes)
        if refusal.status == 405 { #expect(answer.head.contains("\r\nallow: GET, HEAD")) }
        // A request that was refused for what it asks leaves the connection as it was.
        if !refusal.closes { #expect(http.get("/livez").body == "ok\n") }
    }

    @Test("a client that holds its body back is told once to send it")
    func continues() {
        let http = TestHTTP(TestNode())
        let body = "{\"pattern\":\"a\"}"
        let head =
            "POST /v1/grep HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        #expect(http.send(head) == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(http.send(String(body.prefix(3))) == "")
        #expect(HTTPAnswer(http.send(String(body.dropFirst(3)))).status == 200)
        #expect(http.send(head) == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    private static let body = "{\"pattern\":\"e\", \"count\" : true}"

    static let pipeline = Array(
        ("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
            + "GET /v1/grep?pattern=needle HTTP/1.1\r\nHost: a\r\n\r\n"
            + "POST /v1/grep HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            + body
            + "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
            + "HEAD /v1/grep?pattern=needle HTTP/1.1\r\nHost: a\r\n\r\n"
            + "GET /v1/grep?pattern=e&files HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            + "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").utf8)

    @Test("a pipeline cut at any byte gives the same bytes as in one piece")
    func splits() {
        let test = HTTPGrepTests.node()
        let whole = TestHTTP(test).send(Self.pipeline)
        #expect(
            whole.split(separator: "HTTP/1.1 200 OK", omittingEmptySubsequences: false).count == 6)
        #expect(whole.hasSuffix("\r\n0\r\n\r\n"))
        for split in Self.pipeline.indices {
            let http = TestHTTP(test)
            let both = http.send(Self.pipeline[..<split]) + http.send(Self.pipeline[split...])
            guard both == whole else {
                Issue.record("split at \(split): \(both.count) of \(whole.count) characters")
                return
            }
            #expect(http.isOver)
        }
    }

    @Test("damaged requests and noise are answered with HTTP or not at all")
    func hostile() {
        var generator = SeededGenerator(seed: 31)
        let test = HTTPGrepTests.node()
        for _ in 0..<3000 {
            var bytes = Self.pipeline
            for _ in 0...(generator.next() % 4) {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: generator.next())
            }
            if generator.next() % 4 == 0 {
                bytes = (0..<200).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            }
            let http = TestHTTP(test)
            let text = http.send(bytes)
            if !text.isEmpty, !text.hasPrefix("HTTP/1.1 ") {
                Issue.record("\(text.prefix(100))")
                return
            }
            http.close()
            if test.hasOpenGreps {
                Issue.record("a stream stays open")
                return
            }
        }
    }
}
