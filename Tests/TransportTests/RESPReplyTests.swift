import Testing

@testable import GrepvineTransport

struct ReplyCase: Sendable, CustomTestStringConvertible {
    let wire: String
    let value: RESPValue

    var testDescription: String { wire.debugDescription }
    var bytes: [UInt8] { Array(wire.utf8) }

    static let all = [
        ReplyCase(wire: "+OK\r\n", value: .simple("OK")),
        ReplyCase(wire: "-ERR no\r\n", value: .error("ERR no")),
        ReplyCase(wire: ":-42\r\n", value: .integer(-42)),
        ReplyCase(wire: "$5\r\nhe\r\no\r\n", value: .bulk(Array("he\r\no".utf8))),
        ReplyCase(wire: "$0\r\n\r\n", value: .bulk([])),
        ReplyCase(wire: "$-1\r\n", value: .null),
        ReplyCase(wire: "*-1\r\n", value: .null),
        ReplyCase(wire: "_\r\n", value: .null),
        ReplyCase(wire: "*0\r\n", value: .array([])),
        ReplyCase(
            wire: "*2\r\n*1\r\n:1\r\n$1\r\nx\r\n",
            value: .array([.array([.integer(1)]), .bulk([0x78])])),
        ReplyCase(
            wire: "%1\r\n+k\r\n*2\r\n#t\r\n,1.5\r\n",
            value: .map([.init(.simple("k"), .array([.boolean(true), .double(1.5)]))])),
        ReplyCase(wire: "~2\r\n:1\r\n:2\r\n", value: .set([.integer(1), .integer(2)])),
        ReplyCase(wire: ">1\r\n+m\r\n", value: .push([.simple("m")])),
        ReplyCase(
            wire: "=7\r\ntxt:abc\r\n", value: .verbatim(format: "txt", text: Array("abc".utf8))),
        ReplyCase(wire: "!5\r\nERR x\r\n", value: .error("ERR x")),
        ReplyCase(
            wire: "(12345678901234567890123\r\n", value: .bigNumber("12345678901234567890123")),
        ReplyCase(wire: ",-inf\r\n", value: .double(-.infinity)),
        ReplyCase(wire: "|1\r\n+ttl\r\n:1\r\n+OK\r\n", value: .simple("OK")),
        ReplyCase(wire: "*2\r\n|0\r\n:1\r\n:2\r\n", value: .array([.integer(1), .integer(2)])),
    ]
}

@Suite struct RESPReplyTests {
    private func decode(_ wire: String, limit: Int = 1 << 20) -> RESPReplyOutcome {
        var decoder = RESPReplyDecoder(limit: limit)
        return Array(wire.utf8).withUnsafeBytes { decoder.next($0) }
    }

    @Test(
        "replies come out whole and after a cut at every byte, and what follows stays",
        arguments: ReplyCase.all)
    func splits(_ sample: ReplyCase) {
        let bytes = sample.bytes + Array("+next\r\n".utf8)
        let expected = RESPReplyOutcome.reply(sample.value, length: sample.bytes.count)
        bytes.withUnsafeBytes { all in
            #expect(RESPReplyScanner.skipReply(all) == sample.bytes.count)
            for cut in sample.bytes.indices {
                var decoder = RESPReplyDecoder()
                let prefix = UnsafeRawBufferPointer(rebasing: all[..<cut])
                #expect(decoder.next(prefix) == .needMore)
                #expect(RESPReplyScanner.skipReply(prefix) == nil)
                #expect(decoder.next(all) == expected)
            }
        }
    }

    @Test("byte by byte gives the same, and the decoder is ready for the next reply")
    func byteByByte() {
        var decoder = RESPReplyDecoder()
        for sample in ReplyCase.all {
            sample.bytes.withUnsafeBytes { all in
                for end in 0..<all.count {
                    #expect(
                        decoder.next(UnsafeRawBufferPointer(rebasing: all[..<end])) == .needMore)
                }
                #expect(decoder.next(all) == .reply(sample.value, length: all.count))
            }
        }
    }

    @Test("deep nesting is skipped without recursion and not built")
    func nesting() {
        let deep = String(repeating: "*1\r\n", count: 10_000) + ":1\r\n"
        Array(deep.utf8).withUnsafeBytes {
            #expect(RESPReplyScanner.skipReply($0) == deep.utf8.count)
        }
        #expect(decode(deep) == .invalid(.tooDeep(limit: 128)))
        let attributes = String(repeating: "|0\r\n", count: 10_000) + ":1\r\n"
        #expect(decode(attributes) == .invalid(.tooDeep(limit: 128)))
    }

    @Test(
        "what a header claims is checked against the limit, not waited for",
        arguments: ["$4294967296\r\n", "*4294967295\r\n", "%2000000000\r\n", "*2\r\n$1048570\r\n"])
    func limits(_ wire: String) {
        #expect(decode(wire) == .invalid(.tooLong(limit: 1 << 20)))
    }

    @Test(
        "what is no reply is refused",
        arguments: [
            ("?\r\n", .unknownType(0x3f)), ("$x\r\n", .invalidLength), ("$?\r\n", .invalidLength),
            ("$1\r\nabc", .invalidLength), (":x\r\n", .invalidValue), ("#x\r\n", .invalidValue),
            ("+a\nb\r\n", .invalidValue), ("=2\r\nab\r\n", .invalidValue),
            ("~-1\r\n", .invalidLength), (",one\r\n", .invalidValue),
        ] as [(String, RESPReplyError)])
    func refused(_ wire: String, _ error: RESPReplyError) {
        #expect(decode(wire) == .invalid(error))
    }

    @Test("a line without an end is refused at a bound")
    func endlessLine() {
        #expect(decode("+" + String(repeating: "x", count: 70_000)) == .invalid(.lineTooLong))
    }

    @Test("prefixes, damaged bytes and noise are answered within the input")
    func hostile() {
        let corpus = ReplyCase.all.map(\.bytes)
        func check(_ bytes: UnsafeMutableRawBufferPointer) {
            var decoder = RESPReplyDecoder(limit: 4096)
            if case .reply(_, let length) = decoder.next(.init(bytes)), length > bytes.count {
                Issue.record("\(length) bytes of \(bytes.count)")
            }
        }
        for bytes in corpus {
            Hostile.prefixes(of: bytes, check)
            Hostile.corruptions(of: bytes, check)
        }
        Hostile.random(seed: 5, corpus: corpus, check)
    }
}

@Suite struct RESPWriterTests {
    private func written(_ body: (inout IOBuffer) -> Void) -> String {
        var buffer = IOBuffer()
        body(&buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test("each kind is written as the protocol says")
    func kinds() {
        #expect(written { $0.appendOK() } == "+OK\r\n")
        #expect(written { $0.appendPong() } == "+PONG\r\n")
        #expect(written { $0.appendSimpleString("hi") } == "+hi\r\n")
        #expect(written { $0.appendError("ERR a\r\nb") } == "-ERR a  b\r\n")
        #expect(written { $0.appendInteger(Int64.min) } == ":-9223372036854775808\r\n")
        #expect(written { $0.appendBulk("grüße") } == "$7\r\ngrüße\r\n")
        #expect(written { $0.appendBulk([UInt8]()) } == "$0\r\n\r\n")
        #expect(written { $0.appendArrayHeader(12) } == "*12\r\n")
        #expect(written { $0.appendCommand("GET", "k") } == "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
    }

    @Test("RESP3's kinds fall back to what RESP2 has")
    func versions() {
        func both(_ body: (inout IOBuffer, RESPVersion) -> Void) -> [String] {
            [RESPVersion.two, .three].map { version in written { body(&$0, version) } }
        }
        #expect(both { $0.appendNull($1) } == ["$-1\r\n", "_\r\n"])
        #expect(both { $0.appendMapHeader(3, $1) } == ["*6\r\n", "%3\r\n"])
        #expect(both { $0.appendSetHeader(3, $1) } == ["*3\r\n", "~3\r\n"])
        #expect(both { $0.appendPushHeader(3, $1) } == ["*3\r\n", ">3\r\n"])
        #expect(both { $0.appendBoolean(true, $1) } == [":1\r\n", "#t\r\n"])
        #expect(both { $0.appendBoolean(false, $1) } == [":0\r\n", "#f\r\n"])
        #expect(both { $0.appendDouble(2, $1) } == ["$1\r\n2\r\n", ",2\r\n"])
        #expect(both { $0.appendDouble(-.infinity, $1) } == ["$4\r\n-inf\r\n", ",-inf\r\n"])
        #expect(both { $0.appendVerbatim("x", $1) } == ["$1\r\nx\r\n", "=5\r\ntxt:x\r\n"])
    }
}
