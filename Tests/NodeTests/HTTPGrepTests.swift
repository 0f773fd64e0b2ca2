import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("Grep over HTTP")
struct HTTPGrepTests {
    static func node() -> TestNode {
        let test = TestNode()
        let face = TestFace(test)
        _ = face.call("SET", "a/1", "one needle\ntwo\nthree \"needle\"\\\t\n")
        _ = face.call("SET", "a/2", "nothing\n")
        _ = face.call("SET", "b/é", "two\nfour\nneedle")
        return test
    }

    static let summary =
        "{\"type\":\"summary\",\"complete\":true,\"missing\":[],\"reasons\":[],"
        + "\"deadline_passed\":false,"

    @Test("each hit is a line of JSON, and the last line is the summary")
    func records() {
        let answer = TestHTTP(Self.node()).get("/v1/grep?pattern=needle")
        #expect(answer.status == 200)
        #expect(answer.head.contains("\r\ncontent-type: application/x-ndjson"))
        let expected = [
            #"{"type":"match","key":"a/1","line":1,"offset":0,"#
                + #""text":"one needle","matches":[[4,10]]}"#,
            #"{"type":"match","key":"a/1","line":3,"offset":15,"#
                + #""text":"three \"needle\"\\\t","matches":[[7,13]]}"#,
            #"{"type":"match","key":"b/é","line":3,"offset":9,"text":"needle","matches":[[0,6]]}"#,
        ]
        #expect(Array(answer.lines.dropLast()) == expected)
        let last = answer.lines.last ?? ""
        #expect(
            last.hasPrefix(
                Self.summary
                    + "\"limit_reached\":false,\"cursor\":null,\"documents\":2,\"lines\":3,"))
        #expect(last.hasSuffix(",\"elapsed_ms\":0}"))
    }

    @Test(
        "a GET's query and a POST's body say the same",
        arguments: [
            ("pattern=needle&count", "{\"pattern\":\"needle\",\"count\":true}"),
            (
                "pattern=NEEDLE&ignorecase=1&files=true",
                "{\"pattern\":\"NEEDLE\",\"ignorecase\":true,\"files\":true,\"word\":false}"
            ),
            (
                "pattern=four&context=1&prefix=b/%C3%A9&word=0",
                "{\"pattern\":\"four\",\"context\":1,\"prefix\":\"b/\\u00e9\"}"
            ),
            (
                "pattern=e&glob=*1&glob=!b/*&limit=2&timeout=5000",
                "{\"limit\":2,\"glob\":[\"*1\",\"!b/*\"],\"timeout\":5e3,\"pattern\":\"e\"}"
            ),
            ("pattern=two+%7Cneedle&fixed", "{\"pattern\":\"two |needle\",\"fixed\":true}"),
        ])
    func sameEitherWay(_ query: String, _ body: String) {
        let http = TestHTTP(Self.node())
        let get = http.get("/v1/grep?\(query)")
        let post = http.post("/v1/grep", body)
        #expect(get.status == 200 && post.status == 200)
        #expect(get.body == post.body && get.lines.last?.hasPrefix(Self.summary) == true)
    }

    @Test("counts, keys and context have records of their own")
    func forms() {
        let http = TestHTTP(Self.node())
        let counts = [
            #"{"type":"count","key":"a/1","lines":2}"#, #"{"type":"count","key":"b/é","lines":1}"#,
        ]
        let counted = http.get("/v1/grep?pattern=needle&count").lines
        #expect(Array(counted.dropLast()) == counts)
        let keys = [#"{"type":"document","key":"a/1"}"#, #"{"type":"document","key":"b/é"}"#]
        let listed = http.get("/v1/grep?pattern=needle&files").lines
        #expect(Array(listed.dropLast()) == keys)
        let context = http.get("/v1/grep?pattern=four&before=1").lines
        #expect(
            context.first?.hasPrefix("{\"type\":\"context\",\"key\":\"b/é\",\"line\":1") == true)
        let limited = http.get("/v1/grep?pattern=needle&limit=1").lines
        #expect(limited.count == 2 && limited[1].contains("\"limit_reached\":true"))
        let cursor = limited[1].split(separator: "\"cursor\":\"").last?.prefix { $0 != "\"" } ?? ""
        let rest = http.get("/v1/grep?pattern=needle&cursor=\(cursor)").lines
        #expect(rest.count == 3 && rest[0].contains("\"line\":3,"))
        let post = http.post("/v1/grep", "{\"cursor\":\"\(cursor)\",\"pattern\":\"needle\"}")
        #expect(post.lines == rest)
    }

    @Test("what is not UTF-8 comes in base64, so that nothing is lost")
    func binary() {
        let test = TestNode()
        let bytes: [UInt8] = [0x6e, 0xff, 0xfe, 0x00]
        let set = Array("*3\r\n$3\r\nSET\r\n$2\r\n".utf8) + [0xc3, 0x28] + Array("\r\n$4\r\n".utf8)
        #expect(TestFace(test).send(set + bytes + Array("\r\n".utf8)) == "+OK\r\n")
        let lines = TestHTTP(test).get("/v1/grep?pattern=n").lines
        let expected =
            #"{"type":"match","key_bytes":"wyg=","line":1,"offset":0,"bytes":"bv/+AA==","#
            + #""matches":[[0,1]]}"#
        #expect(lines.first == expected)
    }

    @Test("HEAD answers as GET would, without a search that goes on")
    func head() {
        let test = Self.node()
        let http = TestHTTP(test)
        let good = http.send("HEAD /v1/grep?pattern=a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(good.hasPrefix("HTTP/1.1 200 OK\r\n") && good.hasSuffix("chunked\r\n\r\n"))
        let bad = http.send("HEAD /v1/grep?pattern=( HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bad.hasPrefix("HTTP/1.1 400 ") && bad.hasSuffix("\r\n\r\n"))
        #expect(!test.hasOpenGreps)
        #expect(http.get("/livez").body == "ok\n")
    }

    @Test("HTTP/1.0 gets no chunks, and the connection ends the body")
    func old() {
        let http = TestHTTP(Self.node())
        let text = http.send(
            "GET /v1/grep?pattern=needle&files HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let answer = HTTPAnswer(text)
        #expect(!answer.head.contains("chunked") && answer.head.contains("connection: close"))
        #expect(answer.lines.count == 3 && http.isOver)
    }

    /// Ten documents of ten thousand hits, in JSON about 9 MB.
    private static func large(
        _ configure: (inout NodeConfiguration) -> Void = { _ in }
    ) -> TestNode {
        let test = TestNode(configure)
        let face = TestFace(test)
        let value = String(repeating: "needle in hay\n", count: 10_000)
        for key in 10..<20 { #expect(face.call("SET", "k\(key)", value) == "+OK\r\n") }
        return test
    }

    private static let search = Array(
        "GET /v1/grep?pattern=needle HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

    @Test("for a client that does not read little is held, and in the end it has every hit (W6)")
    func slowReader() throws {
        let http = TestHTTP(Self.large())
        http.feed(Self.search + Array("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(http.isStreaming)
        #expect(http.waiting < RESPSession.pauseOutput + (128 << 10))
        let text = http.takeAll(300_000)
        let end = try #require(text.firstRange(of: "0\r\n\r\nHTTP/1.1 200 OK"))
        let answer = HTTPAnswer(String(text[..<end.lowerBound]) + "0\r\n\r\n")
        #expect(answer.lines.count == 10 * 10_000 + 1)
        #expect(answer.lines.last?.contains("\"documents\":10,\"lines\":100000,") == true)
        #expect(text.hasSuffix("ok\n"))
    }

    @Test("a client that goes away ends the search (G3)")
    func disconnect() {
        let test = Self.large()
        let http = TestHTTP(test)
        http.feed(Self.search)
        #expect(http.isStreaming && test.hasOpenGreps)
        http.close()
        #expect(!test.hasOpenGreps && test.cancelledSearches == 1)
    }

    @Test("an answer that breaks off ends with an error and without a summary")
    func brokenOff() {
        let test = Self.large()
        let http = TestHTTP(test)
        http.feed(Self.search)
        test.advance(.seconds(200))
        let answer = HTTPAnswer(http.takeAll())
        #expect(answer.status == 200)
        #expect(
            answer.lines.last?.hasPrefix("{\"type\":\"error\",\"code\":\"unknown-stream\",") == true
        )
        #expect(answer.lines.contains { $0.hasPrefix("{\"type\":\"summary\"") } == false)
        #expect(http.get("/livez").body == "ok\n")
    }

    @Test("more greps than a node takes are refused with 503 and nothing else")
    func overloaded() {
        let test = Self.large { $0.limits.grepStreams = 1 }
        let first = TestHTTP(test)
        first.feed(Self.search)
        let face = TestFace(test)
        #expect(face.call("GREP", "needle").hasPrefix("-OOM 1 greps are open"))
        let second = TestHTTP(test).get("/v1/grep?pattern=needle")
        #expect(second.status == 503 && second.head.contains("\r\nretry-after: 1"))
        first.close()
        #expect(face.call("GREP", "needle", "COUNT").hasPrefix("*2\r\n*10\r\n"))
    }
}
