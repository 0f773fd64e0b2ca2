import Testing

@testable import GrepvineTransport

/// Bytes and the commands that they hold, one after another.
struct CommandCase: Sendable, CustomTestStringConvertible {
    let wire: String
    let commands: [[String]]

    var testDescription: String { wire.debugDescription }
    var bytes: [UInt8] { Array(wire.utf8) }

    static let all = [
        CommandCase(wire: "*1\r\n$4\r\nPING\r\n", commands: [["PING"]]),
        CommandCase(
            wire: "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n",
            commands: [["GET", "key:000000000001"]]),
        CommandCase(
            wire: "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n", commands: [["SET", "k", ""]]),
        CommandCase(
            wire: "*2\r\n$4\r\nECHO\r\n$6\r\na\r\n$1\r\r\n", commands: [["ECHO", "a\r\n$1\r"]]),
        CommandCase(wire: "PING\r\n", commands: [["PING"]]),
        CommandCase(wire: "  get\t key \nPING\r\n", commands: [["get", "key"], ["PING"]]),
        CommandCase(
            wire: "set \"a b\\x41\\n\\\"\" 'it\\'s \\n'\r\n",
            commands: [["set", "a bA\n\"", "it's \\n"]]),
        CommandCase(wire: "set k \"\" ''\r\n", commands: [["set", "k", "", ""]]),
        CommandCase(wire: "\r\n*0\r\n*-1\r\nPING\r\n", commands: [[], [], [], ["PING"]]),
        CommandCase(
            wire: "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nx\r\nQUIT\r\n",
            commands: [["PING"], ["GET", "x"], ["QUIT"]]),
    ]
}

@Suite struct RESPCommandTests {
    private enum Step: Equatable {
        case commands([[String]])
        case invalid(RESPProtocolError)
    }

    /// Feeds `wire` in pieces through a buffer as a connection does.
    private func feed(_ pieces: [ArraySlice<UInt8>], limits: RESPLimits = RESPLimits()) -> Step {
        var decoder = RESPCommandDecoder(limits: limits)
        var buffer = IOBuffer()
        var commands: [[String]] = []
        for piece in pieces {
            buffer.append(Array(piece))
            reading: while !buffer.isEmpty {
                switch decoder.next(buffer.readable) {
                case .needMore(let total):
                    let have = buffer.count
                    #expect(total > have)
                    break reading
                case .invalid(let error): return .invalid(error)
                case .command(let command):
                    commands.append(
                        (0..<command.count).map {
                            String(decoding: decoder[command, $0], as: UTF8.self)
                        })
                    buffer.consume(command.length)
                }
            }
        }
        let left = buffer.count
        #expect(left == 0)
        return .commands(commands)
    }

    @Test(
        "commands come out whole, split at every byte, and byte by byte", arguments: CommandCase.all
    )
    func splits(_ sample: CommandCase) {
        let bytes = sample.bytes
        #expect(feed([bytes[...]]) == .commands(sample.commands))
        for index in bytes.indices {
            #expect(feed([bytes[..<index], bytes[index...]]) == .commands(sample.commands))
        }
        #expect(feed(bytes.indices.map { bytes[$0...$0] }) == .commands(sample.commands))
    }

    @Test("a batch keeps the arguments of its earlier commands, also behind half a command")
    func batch() {
        var decoder = RESPCommandDecoder()
        var wire = Array(
            "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n*2\r\n$3\r\nDEL".utf8)
        wire.withUnsafeMutableBytes { bytes in
            guard case .command(let one) = decoder.next(bytes),
                case .command(let two) = decoder.next(
                    UnsafeMutableRawBufferPointer(rebasing: bytes[one.length...]),
                    keepingEarlier: true),
                case .needMore = decoder.next(
                    UnsafeMutableRawBufferPointer(rebasing: bytes[(one.length + two.length)...]),
                    keepingEarlier: true)
            else {
                Issue.record("two commands and a half")
                return
            }
            let keys = [Array(decoder[one, 1]), Array(decoder[two, 1])]
            #expect(keys == [Array("a".utf8), Array("b".utf8)])
        }
        wire = Array("*2\r\n$3\r\nDEL\r\n$1\r\nc\r\n".utf8)
        wire.withUnsafeMutableBytes { bytes in
            guard case .command(let three) = decoder.next(bytes) else {
                Issue.record("the third command")
                return
            }
            let arguments = [Array(decoder[three, 0]), Array(decoder[three, 1])]
            #expect(three.count == 2 && arguments == [Array("DEL".utf8), Array("c".utf8)])
        }
    }

    @Test(
        "what is no command is refused in Redis's words",
        arguments: [
            ("*x\r\n", "Protocol error: invalid multibulk length"),
            ("*01\r\n", "Protocol error: invalid multibulk length"),
            ("*65537\r\n", "Protocol error: invalid multibulk length"),
            ("*4294967296\r\n", "Protocol error: invalid multibulk length"),
            ("*99999999999", "Protocol error: invalid multibulk length"),
            ("*1\rx", "Protocol error: invalid multibulk length"),
            ("*1\r\nPING\r\n", "Protocol error: expected '$', got 'P'"),
            ("*1\r\n\u{1}", "Protocol error: expected '$', got '?'"),
            ("*1\r\n$-1\r\n", "Protocol error: invalid bulk length"),
            ("*1\r\n$4294967296\r\n", "Protocol error: invalid bulk length"),
            ("*1\r\n$a\r\n", "Protocol error: invalid bulk length"),
            ("*1\r\n$\r\n", "Protocol error: invalid bulk length"),
            ("*1\r\n$1\r\nab\r\n", "Protocol error: expected CRLF after bulk"),
            ("set \"a\r\n", "Protocol error: unbalanced quotes in request"),
            ("set \"a\"b\r\n", "Protocol error: unbalanced quotes in request"),
        ])
    func refused(_ wire: String, _ message: String) {
        guard case .invalid(let error) = feed([Array(wire.utf8)[...]]) else {
            Issue.record("taken: \(wire)")
            return
        }
        #expect(error.description == message)
    }

    @Test("limits are checked on what is declared, and nothing is reserved for it")
    func limits() {
        let limits = RESPLimits(arguments: 3, bulk: 100, command: 150, inline: 20)
        #expect(
            feed([Array("*4\r\n".utf8)[...]], limits: limits) == .invalid(.invalidMultibulkLength))
        #expect(
            feed([Array("*1\r\n$101\r\n".utf8)[...]], limits: limits)
                == .invalid(.invalidBulkLength))
        let long = "*3\r\n$100\r\n\(String(repeating: "x", count: 100))\r\n$100\r\n"
        #expect(
            feed([Array(long.utf8)[...]], limits: limits) == .invalid(.commandTooLong(limit: 150)))
        #expect(
            feed([[UInt8](repeating: 0x61, count: 20)[...]], limits: limits)
                == .invalid(.inlineTooLong))
        var decoder = RESPCommandDecoder()
        let before = decoder.tableCapacity
        var most = Array("*65536\r\n$67108864\r\n".utf8)
        let outcome = most.withUnsafeMutableBytes { decoder.next($0) }
        guard case .needMore(let total) = outcome else {
            Issue.record("both lengths are just within the limits")
            return
        }
        #expect(total == most.count + 67_108_864 + 2)
        let after = decoder.tableCapacity
        #expect(after == before)
    }

    @Test("many arguments grow the table, and it is given back")
    func manyArguments() {
        var decoder = RESPCommandDecoder()
        var buffer = IOBuffer()
        buffer.appendCommand((0..<5000).map { Array("\($0)".utf8) })
        guard case .command(let command) = decoder.next(buffer.readable) else {
            Issue.record("no command")
            return
        }
        let length = buffer.count
        #expect(command.count == 5000 && command.length == length)
        let last = Array(decoder[command, 4999])
        #expect(last == Array("4999".utf8))
        decoder.shrink()
        let capacity = decoder.tableCapacity
        #expect(capacity == 64)
    }

    @Test("prefixes, damaged bytes and noise never read or answer beyond the input")
    func hostile() {
        let corpus = CommandCase.all.map(\.bytes)
        for bytes in corpus {
            Hostile.prefixes(of: bytes) { Self.drain($0) }
            Hostile.corruptions(of: bytes) { Self.drain($0) }
        }
        Hostile.random(seed: 4, corpus: corpus) { Self.drain($0) }
    }

    /// Takes all commands and looks at each argument.
    private static func drain(_ bytes: UnsafeMutableRawBufferPointer) {
        var decoder = RESPCommandDecoder()
        var rest = bytes
        while rest.count > 0 {
            switch decoder.next(rest) {
            case .invalid: return
            case .needMore(let total):
                if total <= rest.count { Issue.record("asks for \(total) and has \(rest.count)") }
                return
            case .command(let command):
                let end = UnsafeRawPointer(rest.baseAddress! + command.length)
                for index in 0..<command.count {
                    let argument = decoder[command, index]
                    if argument.baseAddress! + argument.count > end {
                        Issue.record("beyond the end")
                    }
                }
                rest = UnsafeMutableRawBufferPointer(rebasing: rest[command.length...])
            }
        }
    }
}
