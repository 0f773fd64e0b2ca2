import Testing

@testable import GrepvineTransport

@Suite struct HTTPRequestTests {
    static let get =
        "GET /readyz?verbose=1&name=a%20b+c HTTP/1.1\r\nHost: n1:80\r\nX-A:  b \r\n\r\n"
    static let put =
        "PUT /v1/keys/a%2Fb HTTP/1.1\r\nhost: n1\r\nContent-Length: 5\r\n"
        + "Connection: close\r\n\r\nhello"
    static let corpus = [get, put, "HEAD / HTTP/1.0\r\n\r\n"].map { Array($0.utf8) }

    private func decode(_ text: String, limits: HTTPLimits = HTTPLimits()) -> HTTPRequestOutcome {
        Array(text.utf8).withUnsafeBytes { HTTPRequestDecoder(limits: limits).decode($0) }
    }

    private func request(_ text: String) -> HTTPRequest? {
        guard case .request(let request) = decode(text) else { return nil }
        return request
    }

    private func status(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Int? {
        guard case .invalid(let error) = decode(text, limits: limits) else { return nil }
        return error.status
    }

    @Test("a request is read with its parts, and what follows it stays")
    func parts() throws {
        let get = try #require(request(Self.get + Self.put))
        #expect(get.method == "GET" && get.path == "/readyz" && get.keepsAlive && !get.isHead)
        #expect(get.headers == [HTTPHeader("host", "n1:80"), HTTPHeader("x-a", "b")])
        #expect(
            get.parameters == [
                HTTPParameter(name: Array("verbose".utf8), value: Array("1".utf8)),
                HTTPParameter(name: Array("name".utf8), value: Array("a b c".utf8)),
            ])
        #expect(get.header("x-a") == "b" && get.takesChunks)
        #expect(get.length == Self.get.utf8.count && get.body.isEmpty)
        let put = try #require(request(Self.put))
        #expect(put.body.count == 5 && put.length == Self.put.utf8.count && !put.keepsAlive)
        #expect(put.pathParts == [Array("v1".utf8), Array("keys".utf8), Array("a/b".utf8)])
        let head = try #require(request("HEAD / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"))
        #expect(head.isHead && head.keepsAlive && !head.takesChunks && head.parameters == [])
        let absolute = try #require(request("GET http://n1/livez HTTP/1.1\r\nHost: n1\r\n\r\n"))
        #expect(absolute.path == "/livez" && absolute.query == nil)
    }

    @Test("a request cut anywhere asks for more, also for a body that is held back")
    func prefixes() {
        for bytes in Self.corpus {
            Hostile.prefixes(of: bytes) { prefix in
                guard case .needMore(let total, false) = HTTPRequestDecoder().decode(.init(prefix))
                else {
                    Issue.record("\(prefix.count) bytes of \(bytes.count)")
                    return
                }
                #expect(total > prefix.count && total <= bytes.count)
            }
        }
        let waiting =
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
        #expect(decode(waiting) == .needMore(total: waiting.utf8.count + 9, sendContinue: true))
    }

    @Test(
        "what two servers could read differently is refused",
        arguments: [
            (
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n",
                400
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 411),
            ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4294967296\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: a\n\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\u{0}\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400), ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET / \r\n\r\n", 400),
            ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET\t/ HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417),
        ])
    func refused(_ text: String, _ expected: Int) {
        #expect(status(text) == expected)
    }

    @Test("the head and the number of headers are bounded, also while they arrive")
    func limits() {
        #expect(status(String(repeating: "a", count: 16 << 10)) == 431)
        let many = (0..<100).map { "X-\($0): 1\r\n" }.joined()
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n") == 431)
        let long =
            "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 16 << 10))\r\n\r\n"
        #expect(status(long) == 431)
        #expect(status(Self.put, limits: HTTPLimits(body: 4)) == 413)
        #expect(decode(Self.put, limits: HTTPLimits(body: 5)) == decode(Self.put))
    }

    @Test("damaged bytes and noise are answered within the input")
    func hostile() {
        func check(_ bytes: UnsafeMutableRawBufferPointer) {
            switch HTTPRequestDecoder(limits: HTTPLimits(body: 4096)).decode(.init(bytes)) {
            case .request(let request):
                if request.length > bytes.count { Issue.record("beyond the end") }
                _ = request.pathParts
                _ = request.parameters
            case .needMore(let total, _):
                if total <= bytes.count { Issue.record("asks for what is there") }
            case .invalid(let error):
                if !(400..<600).contains(error.status) { Issue.record("status \(error.status)") }
            }
        }
        for bytes in Self.corpus { Hostile.corruptions(of: bytes, check) }
        Hostile.random(seed: 6, corpus: Self.corpus, check)
    }
}

@Suite struct HTTPResponseTests {
    private func written(_ body: (inout IOBuffer) -> Void) -> String {
        var buffer = IOBuffer()
        body(&buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test("a response has its status, headers, length and body; HEAD leaves the body out")
    func whole() {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n"
        #expect(
            written {
                $0.appendHTTPResponse(
                    status: 200, contentType: "text/plain", text: "ok\n", keepsAlive: true)
            } == head + "\r\nok\n")
        #expect(
            written {
                $0.appendHTTPResponse(
                    status: 200, contentType: "text/plain", text: "ok\n", keepsAlive: false,
                    isHead: true)
            } == head + "connection: close\r\n\r\n")
    }

    @Test("a body without a length goes out in chunks, and 204 has neither")
    func chunks() {
        let text = written { buffer in
            buffer.appendHTTPHead(status: 200, bodyLength: nil, keepsAlive: true)
            Array("0123456789abcdefg".utf8).withUnsafeBytes { buffer.appendHTTPChunk($0) }
            buffer.appendHTTPChunk(UnsafeRawBufferPointer(start: nil, count: 0))
            buffer.appendHTTPLastChunk()
        }
        #expect(
            text == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                + "11\r\n0123456789abcdefg\r\n0\r\n\r\n")
        #expect(
            written { $0.appendHTTPHead(status: 204, bodyLength: 0, keepsAlive: true) }
                == "HTTP/1.1 204 No Content\r\n\r\n")
    }

    @Test("a header cannot end its line")
    func injection() {
        let text = written {
            $0.appendHTTPHead(
                status: 200, headers: [HTTPHeader("x", "a\r\nset-cookie: b")], bodyLength: 0,
                keepsAlive: true)
        }
        #expect(text.contains("x: a  set-cookie: b\r\n"))
    }
}
