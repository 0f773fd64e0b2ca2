import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("GREP of the Redis face")
struct RESPGrepTests {
    static func face() -> TestFace {
        let face = TestFace(TestNode())
        _ = face.call("SET", "a/1", "one needle\ntwo\nthree Needle\n")
        _ = face.call("SET", "a/2", "nothing\n")
        _ = face.call("SET", "b/1", "two\nfour\nneedle")
        return face
    }

    private static func line(_ key: String, _ number: Int, _ text: String) -> String {
        "*3\r\n$\(key.utf8.count)\r\n\(key)\r\n:\(number)\r\n$\(text.utf8.count)\r\n\(text)\r\n"
    }

    private static func fields(_ documents: Int, _ lines: Int, null: String = "$-1") -> String {
        "$8\r\ncomplete\r\n:1\r\n$7\r\nmissing\r\n*0\r\n$15\r\ndeadline_passed\r\n:0\r\n"
            + "$13\r\nlimit_reached\r\n:0\r\n$6\r\ncursor\r\n\(null)\r\n"
            + "$9\r\ndocuments\r\n:\(documents)\r\n"
            + "$5\r\nlines\r\n:\(lines)\r\n$10\r\nelapsed_ms\r\n:0\r\n"
            + "$7\r\nreasons\r\n*0\r\n"
    }

    @Test("hits are key, number and text, and the summary comes last, in both protocols")
    func shapes() {
        let face = Self.face()
        let hits =
            "*2\r\n" + Self.line("a/1", 1, "one needle") + Self.line("b/1", 3, "needle")
        #expect(face.call("GREP", "needle") == "*2\r\n\(hits)*18\r\n" + Self.fields(2, 2))
        _ = face.call("HELLO", "3")
        let three = Self.fields(2, 2, null: "_").replacing(":1", with: "#t", maxReplacements: 1)
            .replacing("_passed\r\n:0", with: "_passed\r\n#f")
            .replacing("_reached\r\n:0", with: "_reached\r\n#f")
        #expect(face.call("grep", "needle") == "*2\r\n\(hits)%9\r\n" + three)
    }

    @Test(
        "options choose what is searched and what is shown",
        arguments: [
            ("GREP needle IGNORECASE COUNT", "*2\r\n$3\r\na/1\r\n:2\r\n*2\r\n$3\r\nb/1\r\n:1\r\n"),
            ("GREP needle files", "$3\r\na/1\r\n$3\r\nb/1\r\n"),
            ("GREP needle FILES PREFIX b/", "$3\r\nb/1\r\n"),
            ("GREP needle FILES GLOB */2 GLOB a/*", "$3\r\na/1\r\n"),
            ("GREP needle FILES TYPE json", ""), ("GREP n.*e FIXED FILES", ""),
            ("GREP need WORD FILES", ""),
            (
                "GREP e INVERT",
                line("a/1", 2, "two") + line("a/2", 1, "nothing") + line("b/1", 1, "two")
                    + line("b/1", 2, "four")
            ),
            ("GREP e IGNORECASE MAX 1 COUNT PREFIX a/1", "*2\r\n$3\r\na/1\r\n:1\r\n"),
        ])
    func options(_ command: String, _ hits: String) throws {
        let words = command.split(separator: " ").map(String.init)
        let reply = Self.face().send(TestFace.command(words))
        let body = try #require(reply.firstRange(of: "$8\r\ncomplete"))
        let head = reply[..<body.lowerBound]
        #expect(head.hasPrefix("*2\r\n*"), "\(reply)")
        // Behind the lengths of the reply and of the hits.
        let items = head.dropFirst(3).drop { $0 != "\r\n" }.dropFirst()
        #expect(items == hits + "*18\r\n", "\(reply)")
    }

    @Test("lines of context say that they are")
    func context() throws {
        let reply = try Self.face().value("GREP four CONTEXT 1")
        let lines = try #require(reply.elements?.first?.elements)
        let texts = lines.map { $0.elements?.compactMap(\.text).joined(separator: " ") }
        #expect(texts == ["b/1 two context", "b/1 four match", "b/1 needle context"])
    }

    @Test("a limit ends the hits, says so and gives a cursor to go on with (G1)")
    func limit() throws {
        let face = Self.face()
        var cursor = ""
        for key in ["a/1", "b/1"] {
            let next = cursor.isEmpty ? "" : " CURSOR \(cursor)"
            let reply = try face.value("GREP needle LIMIT 1\(next)")
            let lines = try #require(reply.elements?.first?.elements)
            #expect(lines.compactMap { $0.elements?.first?.text } == [key])
            let fields = try #require(reply.elements?.last?.elements)
            #expect(fields[6].text == "limit_reached" && fields[8].text == "cursor")
            #expect(fields[7] == .integer(key == "a/1" ? 1 : 0))
            cursor = fields[9].text ?? ""
            #expect(cursor.isEmpty == (key == "b/1"))
        }
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("GREP a(", "unclosed group"), ("GREP a LIMIT", "limit takes a value"),
            ("GREP a LIMIT x", "limit takes a whole number"),
            ("GREP a LIMIT 0", "limit is 0, it must be 1 to 2147483647"),
            ("GREP a CONTEXT -1", "context is -1, it must be 0 to 10000"),
            ("GREP a TIMEOUT 600001", "timeout is 600001, it must be 1 to 600000"),
            ("GREP a COUNT FILES", "count and files exclude each other"),
            ("GREP a CONTEXT 1 AFTER 1", "context and after exclude each other"),
            ("GREP a WORD WORD", "word is given twice"), ("GREP a NEAR b", "unknown option 'near'"),
            ("GREP a TYPE xml", "type is 'xml', it must be bytes, text or json"),
            ("GREP a GLOB [", "glob"), ("GREP a CURSOR b", "the cursor is damaged"),
            ("GREP a CURSOR", "cursor takes a value"),
            ("GREP a JSONPATH x", "a JSON path begins with $"),
        ])
    func mistakes(_ command: String, _ reason: String) throws {
        guard case .error(let text) = try Self.face().value(command) else {
            Issue.record("\(command) is no mistake")
            return
        }
        #expect(text.hasPrefix("ERR ") && text.contains(reason), "\(text)")
    }

    @Test("a pattern that is not UTF-8 is refused")
    func binaryPattern() {
        let command = Array("*2\r\n$4\r\nGREP\r\n$1\r\n".utf8) + [0xff] + Array("\r\n".utf8)
        #expect(Self.face().send(command) == "-ERR the pattern is not UTF-8\r\n")
    }

    @Test("replies keep the order of a pipeline, however it is cut")
    func pipeline() {
        let commands = ["PING", "GREP needle", "GET a/2", "GREP [", "GREP e COUNT", "PING"]
        let bytes = commands.flatMap {
            TestFace.command($0.split(separator: " ").map(String.init))
        }
        let whole = Self.face().send(bytes)
        #expect(whole.hasPrefix("+PONG\r\n*2\r\n*2\r\n"))
        #expect(whole.contains("*18\r\n"))
        #expect(whole.hasSuffix("+PONG\r\n"))
        for split in bytes.indices {
            let face = Self.face()
            #expect(face.send(bytes[..<split]) + face.send(bytes[split...]) == whole)
        }
    }

    @Test("a reply that would be too large is cut at a document, says so and ends its search (W6)")
    func tooLarge() throws {
        let test = TestNode()
        let face = TestFace(test)
        let line = "needle" + String(repeating: "x", count: 1000) + "\n"
        let value = String(repeating: line, count: 1000)
        for key in 0..<24 { #expect(face.call("SET", "k\(key + 10)", value) == "+OK\r\n") }
        let reply = try face.value("GREP needle")
        let lines = try #require(reply.elements?.first?.elements)
        let fields = try #require(reply.elements?.last?.elements)
        #expect(lines.count.isMultiple(of: 1000) && (10_000..<20_000).contains(lines.count))
        #expect(fields[7] == .integer(1))
        #expect(fields[11] == .integer(Int64(lines.count / 1000)))
        // The next page has the rest, and both together have all.
        let cursor = try #require(fields[9].text)
        let rest = try face.value("GREP needle CURSOR \(cursor)").elements?.first?.elements
        #expect(lines.count + (rest?.count ?? 0) == 24_000)
        let keys = (lines + (rest ?? [])).compactMap { $0.elements?.first?.text }
        #expect(keys == keys.sorted())
        #expect(test.metrics.grepRepliesCut == 1)
        #expect(test.cancelledSearches == 1)
        // The room is there again for the next one.
        #expect(try face.value("GREP needle").elements?.first?.elements?.count == lines.count)
        #expect(try face.value("GREP needle COUNT").elements?.first?.elements?.count == 24)
    }
}
