import GrepvineTransport

/// A Redis client of the simplest kind: one command, one reply.
final class RedisConnection {
    let socket: TCPSocket
    private var pending: [UInt8] = []

    init(port: UInt16, timeout: Duration = .seconds(8), host: UInt32 = 1) throws {
        socket = try TCPSocket(port: port, timeout: timeout, host: host)
    }

    func call(_ words: String...) throws -> RESPValue { try call(words) }

    func call(_ words: [String]) throws -> RESPValue {
        try socket.write(Self.command(words))
        return try reply()
    }

    func reply() throws -> RESPValue {
        var decoder = RESPReplyDecoder()
        while true {
            let outcome = pending.withUnsafeBytes { decoder.next($0) }
            switch outcome {
            case .reply(let value, let length):
                pending.removeFirst(length)
                return value
            case .invalid(let error): throw HarnessError("not a reply: \(error)")
            case .needMore:
                guard let more = try socket.read() else {
                    throw HarnessError("the node closed the connection")
                }
                pending += more
            }
        }
    }

    static func command(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words {
            bytes += Array("$\(word.utf8.count)\r\n".utf8) + Array(word.utf8) + [0x0d, 0x0a]
        }
        return bytes
    }
}

extension RESPValue {
    var isError: Bool { if case .error = self { true } else { false } }

    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

    static let ok = RESPValue.simple("OK")
}
