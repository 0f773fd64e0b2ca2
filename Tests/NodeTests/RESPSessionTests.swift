import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("The Redis face")
struct RESPSessionTests {
    @Test("every command refuses too few and too many arguments and says so")
    func arity() {
        for spec in RESPVerb.table {
            let least = abs(spec.arity)
            var counts = least > 1 ? [least - 1] : []
            if spec.arity > 0 { counts.append(spec.arity + 1) }
            for count in counts {
                let words = [spec.name.uppercased()] + Array(repeating: "x", count: count - 1)
                let reply = TestFace(TestNode()).send(TestFace.command(words))
                #expect(
                    reply == "-ERR wrong number of arguments for '\(spec.name)' command\r\n")
            }
        }
        #expect(RESPVerb.table.map(\.verb).count == RESPVerb.allCases.count)
    }

    @Test(
        "replies are Redis's, command by command",
        arguments: [
            ("PING", "+PONG\r\n"), ("ping hello", "$5\r\nhello\r\n"),
            ("ECHO a", "$1\r\na\r\n"), ("GET absent", "$-1\r\n"), ("SET k v", "+OK\r\n"),
            ("SET k v EX 10", "+OK\r\n"), ("SETEX k 10 v", "+OK\r\n"),
            ("PSETEX k 10 v", "+OK\r\n"), ("MSET a 1 b 2", "+OK\r\n"),
            ("MGET a b", "*2\r\n$-1\r\n$-1\r\n"), ("DEL a b c", ":0\r\n"),
            ("EXISTS a a", ":0\r\n"), ("STRLEN a", ":0\r\n"), ("TYPE a", "+none\r\n"),
            ("TTL a", ":-2\r\n"), ("PTTL a", ":-2\r\n"), ("EXPIRETIME a", ":-2\r\n"),
            ("EXPIRE a 10", ":0\r\n"), ("PERSIST a", ":0\r\n"), ("DBSIZE", ":0\r\n"),
            ("SELECT 0", "+OK\r\n"), ("SELECT 1", "-ERR DB index is out of range\r\n"),
            ("READONLY", "+OK\r\n"), ("CLIENT ID", ":9\r\n"), ("CLIENT GETNAME", "$-1\r\n"),
            ("ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"), ("RESET", "+RESET\r\n"),
            ("CLUSTER KEYSLOT foo", ":12182\r\n"), ("CLUSTER KEYSLOT {foo}x", ":12182\r\n"),
            ("CONSISTENCY ONE", "+OK\r\n"), ("CONSISTENCY READ ALL", "+OK\r\n"),
            ("SCAN 0", "*2\r\n$1\r\n0\r\n*0\r\n"), ("QUIT", "+OK\r\n"),
        ])
    func replies(_ line: String, _ reply: String) {
        let words = line.split(separator: " ").map(String.init)
        #expect(TestFace(TestNode()).send(TestFace.command(words)) == reply)
    }

    @Test(
        "mistakes are named and write nothing",
        arguments: [
            ("SET k v XX", "needs compare-and-set registers"),
            ("SET k v NX", "needs compare-and-set registers"),
            ("SET k v EX", "ERR syntax error"), ("SET k v EX ten", "ERR value is not an integer"),
            ("SET k v EX 0", "ERR invalid expire time in 'set' command"),
            ("SET k v EX 1 PX 1", "ERR syntax error"), ("SET k v KEEPTTL EX 1", "ERR syntax error"),
            ("SET k v EX 9223372036854775807", "ERR invalid expire time"),
            ("SETEX k 0 v", "ERR invalid expire time in 'setex' command"),
            ("SETEX k x v", "ERR value is not an integer"),
            ("MSET k v other", "ERR wrong number of arguments for 'mset' command"),
            ("EXPIRE k ten", "ERR value is not an integer"),
            ("EXPIRE k 10 GT", "ERR Unsupported option GT"), ("SCAN x", "ERR invalid cursor"),
            ("SCAN 0 COUNT 0", "ERR value is not an integer"), ("SCAN 0 LIKE", "ERR syntax error"),
            ("CONSISTENCY MOST", "ERR CONSISTENCY takes"), ("HELLO 4", "NOPROTO"),
            ("HELLO 3 AUTH a b", "WRONGPASS"), ("AUTH secret", "ERR AUTH"),
            ("CONFIG SET a b", "ERR CONFIG GET is what there is"),
            ("CLUSTER MEET", "ERR unknown subcommand"), ("CLIENT KILL", "ERR unknown subcommand"),
            ("NONSENSE a b", "ERR unknown command 'NONSENSE', with args beginning with: 'a' 'b'"),
        ])
    func mistakes(_ line: String, _ reason: String) throws {
        let face = TestFace(TestNode())
        let reply = try face.value(line)
        guard case .error(let text) = reply else {
            Issue.record("\(line) gave \(reply)")
            return
        }
        #expect(text.contains(reason), "\(text)")
        #expect(try face.value("GET k") == .null)
        #expect(try face.value("DBSIZE") == .integer(0))
    }

    @Test("HELLO chooses the protocol of everything that follows")
    func hello() throws {
        let face = TestFace(TestNode())
        #expect(face.call("GET", "k") == "$-1\r\n")
        guard case .map(let fields) = try face.value("HELLO 3 SETNAME me") else {
            Issue.record("no map")
            return
        }
        #expect(fields.contains(RESPValue.Pair(.bulk(Array("proto".utf8)), .integer(3))))
        #expect(face.call("GET", "k") == "_\r\n")
        #expect(try face.value("CLIENT GETNAME").text == "me")
        #expect(face.call("CONSISTENCY").hasPrefix("%2\r\n"))
        #expect(try face.value("HELLO 2").elements?.count == 14)
        #expect(face.call("GET", "k") == "$-1\r\n")
        // A refused HELLO changes nothing.
        #expect(face.call("HELLO", "3", "NOSUCH").hasPrefix("-ERR"))
        #expect(face.call("GET", "k") == "$-1\r\n")
    }

    /// Some of everything, with binary values, inline commands and empty lines between.
    private static let pipeline: [UInt8] = {
        var bytes: [UInt8] = []
        for number in 0..<34 {
            bytes += TestFace.command(["SET", "key:\(number)", "a\r\nb\0c \(number)"])
        }
        bytes += Array("PING \"two words\"\r\n\r\nGET key:3\r\n".utf8)
        bytes += TestFace.command(["MGET", "key:1", "absent", "key:2"])
        bytes += TestFace.command(["nonsense"]) + TestFace.command(["GET"])
        bytes += TestFace.command(["HELLO", "3"]) + TestFace.command(["GET", "absent"])
        for number in 0..<4 { bytes += TestFace.command(["GET", "key:\(number)"]) }
        return bytes + Array("QUIT\r\n".utf8) + TestFace.command(["PING"])
    }()

    @Test("a pipeline split at any byte gives the same bytes as in one piece")
    func splits() {
        let whole = TestFace(TestNode()).send(Self.pipeline)
        #expect(whole.hasPrefix("+OK\r\n") && whole.hasSuffix("+OK\r\n"))
        // The pipeline leaves the node as it finds it, so one serves for all.
        let test = TestNode()
        for split in Self.pipeline.indices {
            let face = TestFace(test)
            let both = face.send(Self.pipeline[..<split]) + face.send(Self.pipeline[split...])
            guard both == whole else {
                Issue.record("split at \(split): \(both.count) of \(whole.count) bytes")
                return
            }
        }
        let face = TestFace(test)
        #expect(Self.pipeline.map { face.send([$0]) }.joined() == whole)
        #expect(face.session.isOver)
    }

    @Test("short commands with long answers wait until answers have left (W6)")
    func longAnswers() {
        let face = TestFace(TestNode())
        let value = String(repeating: "v", count: 300_000)
        #expect(face.call("SET", "k", value) == "+OK\r\n")
        var flood: [UInt8] = []
        for _ in 0..<50 {
            flood += TestFace.command(["GET", "k"]) + Array("PING \"a b\"\r\n".utf8)
        }
        flood += Array("*2\r\n$4\r\nEC".utf8)
        var answers = [face.send(flood)]
        #expect(answers[0].utf8.count < RESPSession.pauseOutput + 310_000)
        while answers.count < 100, let last = answers.last, !last.isEmpty {
            answers.append(face.proceed())
        }
        answers.append(face.send(Array("HO\r\n$1\r\nx\r\n".utf8)))
        let expected =
            String(repeating: "$300000\r\n\(value)\r\n$3\r\na b\r\n", count: 50) + "$1\r\nx\r\n"
        #expect(answers.joined() == expected)
        #expect(answers.count > 10)
    }

    @Test("one command cannot ask for more than a node may hold in answers (W6)")
    func oneGreedyCommand() {
        let face = TestFace(TestNode { $0.limits.pendingBytes = 1 << 20 })
        #expect(face.call("SET", "k", String(repeating: "v", count: 100_000)) == "+OK\r\n")
        let few = face.send(TestFace.command(["MGET"] + Array(repeating: "k", count: 10)))
        #expect(few.hasPrefix("*10\r\n$100000\r\n"))
        let many = face.send(TestFace.command(["MGET"] + Array(repeating: "k", count: 11)))
        #expect(many.hasPrefix("-OOM "))
        #expect(many.hasSuffix("ask for fewer\r\n"))
        #expect(face.call("EXISTS", "k") == ":1\r\n")
    }

    @Test(
        "what is no command ends the connection with Redis's words",
        arguments: [
            ("*x\r\n", "invalid multibulk length"), ("*1\r\n$x\r\n", "invalid bulk length"),
            ("*1\r\n+PING\r\n", "expected '$', got '+'"), ("PING \"a\r\n", "unbalanced quotes"),
            ("*1\r\n$4294967296\r\n", "invalid bulk length"),
        ])
    func protocolErrors(_ bytes: String, _ reason: String) {
        let face = TestFace(TestNode())
        let reply = face.send(Array("PING\r\n".utf8) + Array(bytes.utf8))
        #expect(reply.hasPrefix("+PONG\r\n-ERR Protocol error: "))
        #expect(reply.contains(reason), "\(reply)")
        #expect(face.session.isOver)
        #expect(face.call("PING") == "")
    }

    @Test("SCAN walks every key once, whatever COUNT, and filters by MATCH and TYPE")
    func scan() throws {
        let face = TestFace(TestNode())
        let names = (0..<300).map { "user:\($0)" } + (0..<50).map { "item:\($0)" }
        for name in names { #expect(face.call("SET", name, "v") == "+OK\r\n") }
        for options in ["", " COUNT 1", " COUNT 1000"] {
            #expect(try walk(face, options).sorted() == names.sorted())
        }
        #expect(try walk(face, " MATCH item:*").count == 50)
        #expect(try walk(face, " MATCH user:1? COUNT 7").count == 10)
        #expect(try walk(face, " TYPE string").count == 350)
        #expect(try walk(face, " TYPE list") == [])
        #expect(try face.value("DBSIZE") == .integer(350))
    }

    private func walk(_ face: TestFace, _ options: String) throws -> [String] {
        var keys: [String] = []
        var cursor = "0"
        for _ in 0..<5000 {
            let page = try #require(try face.value("SCAN \(cursor)\(options)").elements)
            keys += (page[1].elements ?? []).compactMap(\.text)
            cursor = page[0].text ?? ""
            if cursor == "0" { return keys }
        }
        Issue.record("the walk has no end")
        return keys
    }
}
