import GrepvineDistCore
import GrepvineTransport

@testable import GrepvineNode

/// An HTTP client's connection to a test node. What the node answers waits until it is taken.
final class TestHTTP {
    let test: TestNode
    private var session = HTTPSession(id: 11)
    private var input = IOBuffer()
    private var output = IOBuffer()

    init(_ test: TestNode) { self.test = test }

    var isOver: Bool { session.isOver }
    var isStreaming: Bool { session.isStreaming }
    /// Bytes that the client has not taken.
    var waiting: Int { output.count }

    /// Hands bytes over and takes all that is answered.
    func send(_ bytes: some Collection<UInt8>) -> String {
        feed(bytes)
        return takeAll()
    }

    func send(_ text: String) -> String { send(Array(text.utf8)) }

    func feed(_ bytes: some Collection<UInt8>) {
        input.append(Array(bytes))
        proceed()
    }

    /// What the server does in one turn.
    func proceed() {
        var before = (-1, -1)
        while before != (input.count, output.count) {
            before = (input.count, output.count)
            session.receive(&input, node: &test.node, output: &output, now: test.now)
            carryOut()
        }
    }

    /// Takes so many bytes at a time until nothing more comes.
    func takeAll(_ step: Int = .max) -> String {
        var bytes: [UInt8] = []
        while output.count > 0 {
            let part = Array(output.bytes.prefix(step))
            output.consume(part.count)
            bytes += part
            proceed()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The client goes away.
    func close() {
        test.node.handle(.sessionClosed(11), at: test.now)
        carryOut()
    }

    private func carryOut() {
        while !test.node.effects.isEmpty {
            let effects = test.node.effects
            test.node.effects = []
            for effect in effects {
                if case .reply(let response, let id) = effect, id.session == 11 {
                    session.deliver(
                        response, id.number, node: &test.node, output: &output, now: test.now)
                } else {
                    _ = test.search(effect)
                }
            }
        }
    }

    /// The response to one GET.
    func get(_ target: String) -> HTTPAnswer {
        HTTPAnswer(send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"))
    }

    func post(_ target: String, _ body: String, type: String = "application/json") -> HTTPAnswer {
        HTTPAnswer(
            send(
                "POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"))
    }
}

/// One response, its chunks joined.
struct HTTPAnswer {
    let status: Int
    let head: String
    /// Nil when the chunks do not end.
    let body: String?

    init(_ text: String) {
        let bytes = Array(text.utf8)
        let end = text.firstRange(of: "\r\n\r\n")
        head = end.map { String(text[..<$0.lowerBound]) } ?? text
        status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let rest = bytes.dropFirst(head.utf8.count + 4)
        body =
            head.contains("transfer-encoding: chunked")
            ? Self.joined(rest) : String(decoding: rest, as: UTF8.self)
    }

    var lines: [String] { (body ?? "").split(separator: "\n").map(String.init) }

    private static func joined(_ chunks: ArraySlice<UInt8>) -> String? {
        var rest = chunks
        var bytes: [UInt8] = []
        while let end = rest.firstIndex(of: 0x0d) {
            let size = Int(String(decoding: rest[rest.startIndex..<end], as: UTF8.self), radix: 16)
            guard let size, rest.endIndex - end >= size + 4 else { return nil }
            bytes += rest[(end + 2)..<(end + 2 + size)]
            rest = rest[(end + 4 + size)...]
            if size == 0 { return rest.isEmpty ? String(decoding: bytes, as: UTF8.self) : nil }
        }
        return nil
    }
}
