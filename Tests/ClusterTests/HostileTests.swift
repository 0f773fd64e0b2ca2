import Glibc
import GrepvineClient
import GrepvineTransport
import Testing

extension ClusterTests {
    /// A node among people who mean it harm: it stays up, serves the others and stays small.
    @Suite("Hostile clients")
    struct Hostile {
        /// Whatever is done to it, a node with little data stays below this.
        private static let mostBytes = 400 << 20

        @Test("whoever sends a byte a second is cut off, on every port, and others are served")
        func oneByteASecond() async throws {
            try await ProcessCluster.run(1, words: ["--client-patience", "2s"]) { cluster in
                let plan = cluster.plans[0]
                let slow = [
                    (plan.respPort, Array("*2\r\n$4\r\nECHO\r\n$20\r\nabcdefghijkl".utf8)),
                    (plan.respPort, Array("PING this is an inline command".utf8)),
                    (plan.port, Array(repeating: UInt8(0), count: 20)),
                    (plan.httpPort, Array("GET /metrics HTTP/1.1\r\nHost: x\r\n".utf8)),
                ]
                let face = try cluster.redis(0)
                var sockets = try slow.map { (try TCPSocket(port: $0.0), $0.1[...]) }
                let clock = ContinuousClock()
                let end = clock.now + .seconds(8)
                while !sockets.isEmpty, clock.now < end {
                    sockets = sockets.compactMap { socket, rest in
                        var rest = rest
                        guard let byte = rest.popFirst(), (try? socket.write([byte])) != nil,
                            !Self.isClosed(socket)
                        else { return nil }
                        return (socket, rest)
                    }
                    let pace = clock.now + .seconds(1)
                    while clock.now < pace, !sockets.isEmpty {
                        try #require(try face.call("PING") == .simple("PONG"))
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                try #require(sockets.isEmpty, "\(sockets.count) of 4 were not cut off")
                let metrics = try cluster.http(0, "/metrics").body
                try #require(Self.metric("connections_cut_off_total", metrics) >= 3)
            }
        }

        @Test("whoever asks for gigabytes and never reads is cut off before they are made (W6)")
        func neverReads() async throws {
            try await ProcessCluster.run(1, words: ["--client-patience", "2s"]) { cluster in
                let face = try cluster.redis(0, timeout: .seconds(5))
                let value = String(repeating: "v", count: 4 << 20)
                try #require(try face.call("SET", "big", value) == .ok)
                let before = try cluster.process(0).residentBytes
                let get = RedisConnection.command(["GET", "big"])
                let greedy = try TCPSocket(port: cluster.plans[0].respPort, receiveBuffer: 4096)
                try greedy.write(Array(repeating: get, count: 1000).flatMap { $0 })
                try await eventually("the node cut it off", within: .seconds(15)) {
                    try #require(try face.call("PING") == .simple("PONG"))
                    try #require(try cluster.process(0).residentBytes - before < Self.mostBytes)
                    return try Self.isGone(greedy, cluster)
                }
                // In one command, the same is refused.
                let many = try face.call(["MGET"] + Array(repeating: "big", count: 500))
                try #require(many.text?.hasPrefix("OOM") == true)
                try #require(try cluster.process(0).residentBytes - before < Self.mostBytes)
                try #require(try face.call("GET", "big").text == value)
            }
        }

        @Test("many small commands with large answers all come through to a client that reads")
        func readsSlowly() async throws {
            try await ProcessCluster.run(1) { cluster in
                let face = try cluster.redis(0)
                let value = String(repeating: "v", count: 1 << 20)
                try #require(try face.call("SET", "big", value) == .ok)
                let get = RedisConnection.command(["GET", "big"])
                let inline = Array("PING \"a  b\"\r\n".utf8)
                let flood = (0..<100).flatMap { _ in get + inline }
                try face.socket.write(flood)
                for _ in 0..<100 {
                    try #require(try face.reply().text?.utf8.count == 1 << 20)
                    try #require(try face.reply().text == "a  b")
                }
            }
        }

        @Test("a client that sends all and closes its side still gets every answer")
        func halfClosed() async throws {
            try await ProcessCluster.run { cluster in
                let face = try cluster.redis(0)
                try #require(try face.call("SET", "k", "value") == .ok)
                for ending in ["", "QUIT\r\n"] {
                    let socket = try TCPSocket(port: cluster.plans[1].respPort)
                    let commands = String(repeating: "GET k\r\n", count: 50) + ending
                    try socket.write(Array(commands.utf8))
                    if ending.isEmpty { shutdown(socket.descriptor, Int32(SHUT_WR)) }
                    let text = String(decoding: try socket.readToEnd(), as: UTF8.self)
                    let expected =
                        String(repeating: "$5\r\nvalue\r\n", count: 50)
                        + (ending.isEmpty ? "" : "+OK\r\n")
                    try #require(text == expected)
                }
            }
        }

        @Test("lengths of four gigabytes reserve nothing and end the connection")
        func hugeLengths() async throws {
            try await ProcessCluster.run(1) { cluster in
                let plan = cluster.plans[0]
                let before = try cluster.process(0).residentBytes
                let frames: [(UInt16, [UInt8])] = [
                    (plan.respPort, Array("*4294967295\r\n$4294967295\r\n".utf8)),
                    (plan.respPort, Array("*2\r\n$4\r\nECHO\r\n$4294967295\r\n".utf8)),
                    (plan.respPort, Array("*-7\r\n*2\r\n$3\r\nGET\r\n$-5\r\n".utf8)),
                    (plan.port, Array(repeating: 0xff, count: 64)),
                    (
                        plan.httpPort,
                        Array("POST / HTTP/1.1\r\nContent-Length: 4294967295\r\n\r\n".utf8)
                    ),
                ]
                for (port, bytes) in frames {
                    for _ in 0..<20 {
                        let socket = try TCPSocket(port: port)
                        try socket.write(bytes)
                        _ = try socket.readToEnd()
                    }
                }
                try #require(try cluster.process(0).residentBytes - before < 32 << 20)
                try #require(try cluster.redis(0).call("PING") == .simple("PONG"))
            }
        }

        @Test("garbage on every port of every node harms nobody")
        func garbage() async throws {
            try await ProcessCluster.run { cluster in
                let face = try cluster.redis(0)
                var generator = SystemRandomNumberGenerator()
                for round in 0..<60 {
                    let plan = cluster.plans[round % 3]
                    let count = Int.random(in: 1..<3000, using: &generator)
                    let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator)
                    }
                    Datagram.send(Array(bytes.prefix(1400)), to: plan.port)
                    for port in [plan.port, plan.respPort, plan.httpPort] {
                        let socket = try TCPSocket(port: port)
                        // The node may have closed before all was written.
                        try? socket.write(bytes)
                    }
                    try #require(try face.call("SET", "k", "\(round)") == .ok)
                    try #require(try face.call("GET", "k").text == "\(round)")
                }
                for index in 0..<3 {
                    try #require(try cluster.process(index).exitCode == nil)
                    try #require(try cluster.http(index, "/readyz").status == 200)
                    try #require(try cluster.process(index).residentBytes < Self.mostBytes)
                }
            }
        }

        @Test("clients that take every connection cannot part a cluster (W6)")
        func connectionFlood() async throws {
            try await ProcessCluster.run(words: ["--max-connections", "20"]) { cluster in
                let flood = (0..<60).compactMap { number in
                    let plan = cluster.plans[0]
                    return try? TCPSocket(port: number % 2 == 0 ? plan.respPort : plan.httpPort)
                }
                try #require(flood.count == 60)
                try await cluster.restart(1)
                try await eventually("n1 and n2 work together at ALL") {
                    let face = try cluster.redis(1)
                    _ = try face.call("CONSISTENCY", "ALL")
                    return try face.call("SET", "k", "v") == .ok
                }
                for socket in flood { socket.close() }
                try await eventually("n1 takes clients again") {
                    try cluster.redis(0).call("GET", "k").text == "v"
                }
            }
        }

        /// Nothing can be read and the other side is gone; does not wait.
        private static func isClosed(_ socket: TCPSocket) -> Bool {
            var byte: UInt8 = 0
            let count = recv(socket.descriptor, &byte, 1, Int32(MSG_DONTWAIT))
            return count == 0 || (count < 0 && errno != EAGAIN)
        }

        /// The node has as many connections as honest clients have.
        private static func isGone(_ socket: TCPSocket, _ cluster: ProcessCluster) throws -> Bool {
            let metrics = try cluster.http(0, "/metrics").body
            return metric("connections_cut_off_total", metrics) > 0
                && metric("connections", metrics) <= 2
        }

        private static func metric(_ name: String, _ text: String) -> Int {
            let line = text.split(separator: "\n").first { $0.hasPrefix("grepvine_\(name) ") }
            return line.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
        }
    }
}
