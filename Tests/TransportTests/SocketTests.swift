import GrepvineDistCore
import Testing

@testable import GrepvineTransport

/// One end that listens, one that connects, and a poller for both, on loopback.
final class Loopback {
    static let hasIPv6 = (try? Listener(Address(host: "::1", port: 0))) != nil
    static let hosts = hasIPv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]

    let poller: Poller
    let client: Connection
    let server: Connection

    init(host: String = "127.0.0.1", inputLimit: Int = 1 << 20) throws {
        let poller = try Poller()
        let listener = try Listener(Address(host: host, port: 0))
        let client = try Connection(to: listener.local, inputLimit: inputLimit)
        try poller.add(listener.descriptor, token: 0, interest: .read)
        try poller.add(client.descriptor, token: 1, interest: .write)
        var accepted: Accepted?
        while accepted == nil || client.isConnecting {
            let count = try poller.wait(timeout: .seconds(5))
            try #require(count > 0, "nothing happened for five seconds")
            for index in 0..<count {
                if poller[index].token == 0 { accepted = try listener.accept() ?? accepted }
                if poller[index].token == 1, client.isConnecting { try client.finishConnecting() }
            }
        }
        let server = Connection(try #require(accepted), inputLimit: inputLimit)
        try poller.remove(listener.descriptor)
        try poller.modify(client.descriptor, token: 1, interest: .read)
        try poller.add(server.descriptor, token: 2, interest: .read)
        self.poller = poller
        self.client = client
        self.server = server
    }

    /// Waits until `connection` has something to read and reads it.
    func fill(_ connection: Connection) throws -> Connection.Filled {
        while true {
            let outcome = connection.fill()
            guard outcome == .wouldBlock else { return outcome }
            try #require(try poller.wait(timeout: .seconds(5)) > 0, "no data for five seconds")
        }
    }
}

@Suite struct SocketTests {
    @Test("with edges what is left unread is reported when asked for again, and the end beside it")
    func edges() throws {
        let pair = try Loopback()
        let watched: Interest = [.read, .edges]
        let descriptor = pair.server.descriptor
        try pair.poller.remove(pair.client.descriptor)
        try pair.poller.modify(descriptor, token: 2, interest: watched)
        pair.client.output.append([UInt8](repeating: 7, count: 40_000))
        #expect(pair.client.flush() == .done)
        pair.client.finishSending()
        var left = 40_000
        while left > 0 {
            try #require(try pair.poller.wait(timeout: .seconds(5)) == 1)
            try #require(pair.poller[0].isReadable)
            guard case .read(let count) = pair.server.fill() else { break }
            left -= count
            pair.server.input.consume(count)
            #expect(try pair.poller.wait(timeout: .zero) == 0 || left > 0, "no news")
            try pair.poller.modify(descriptor, token: 2, interest: watched)
        }
        #expect(left == 0)
        try #require(try pair.poller.wait(timeout: .seconds(5)) == 1)
        #expect(pair.poller[0].isEnding)
        #expect(pair.server.fill() == .closed)
    }

    @Test("a read that took all there was room for says that there may be more")
    func more() throws {
        let pair = try Loopback(inputLimit: 100)
        pair.client.output.append([UInt8](repeating: 7, count: 150))
        _ = pair.client.flush()
        #expect(try pair.fill(pair.server) == .read(100))
        #expect(pair.server.mayHoldMore)
        pair.server.input.consume(100)
        #expect(try pair.fill(pair.server) == .read(50))
        #expect(!pair.server.mayHoldMore)
    }

    @Test("bytes go both ways", arguments: Loopback.hosts)
    func echo(_ host: String) throws {
        let pair = try Loopback(host: host)
        pair.client.output.append("hello")
        #expect(pair.client.flush() == .done)
        #expect(try pair.fill(pair.server) == .read(5))
        pair.server.output.append(pair.server.input.bytes)
        pair.server.input.consume(5)
        #expect(pair.server.flush() == .done)
        #expect(try pair.fill(pair.client) == .read(5))
        #expect(pair.client.input.bytes == Array("hello".utf8))
        #expect(pair.client.bytesSent == 5 && pair.client.bytesReceived == 5)
        #expect(pair.server.peer.address.host == host)
    }

    @Test("a half-closed peer is seen as closed and can still be answered")
    func halfClose() throws {
        let pair = try Loopback()
        pair.client.finishSending()
        #expect(try pair.fill(pair.server) == .closed)
        pair.server.output.append("bye")
        #expect(pair.server.flush() == .done)
        #expect(try pair.fill(pair.client) == .read(3))
    }

    @Test("a peer that does not read blocks the flush and passes the output limit")
    func backpressure() throws {
        let pair = try Loopback()
        var blocked = false
        for _ in 0..<200 where !blocked {
            pair.server.output.append([UInt8](repeating: 1, count: 1 << 20))
            blocked = pair.server.flush() == .wouldBlock
        }
        #expect(blocked && !pair.server.isOverOutputLimit)
        pair.server.output.append([UInt8](repeating: 1, count: pair.server.outputLimit))
        #expect(pair.server.isOverOutputLimit)
        let sent = pair.server.bytesSent
        while case .read = pair.client.fill() {}
        #expect(pair.client.fill() == .full || pair.client.fill() == .wouldBlock)
        pair.client.input.removeAll()
        while pair.server.flush() == .wouldBlock, pair.server.bytesSent == sent {
            while case .read = pair.client.fill() {}
            pair.client.input.removeAll()
        }
        #expect(pair.server.bytesSent > sent)
    }

    @Test("input beyond the limit is not read until some is consumed")
    func inputLimit() throws {
        let pair = try Loopback(inputLimit: 100)
        pair.client.output.append([UInt8](repeating: 1, count: 250))
        #expect(pair.client.flush() == .done)
        #expect(try pair.fill(pair.server) == .read(100))
        #expect(pair.server.fill() == .full)
        pair.server.input.consume(60)
        #expect(try pair.fill(pair.server) == .read(60))
    }

    @Test("a closed connection fails or ends at the other side")
    func closing() throws {
        let pair = try Loopback()
        try pair.poller.remove(pair.client.descriptor)
        pair.client.close()
        #expect(pair.client.descriptor == -1)
        #expect(try pair.fill(pair.server) == .closed)
    }

    @Test("a port in use is refused with its address and the reason")
    func addressInUse() throws {
        let first = try Listener(Address(host: "127.0.0.1", port: 0))
        let error = #expect(throws: SocketError.self) { try Listener(first.local.address) }
        #expect(error?.isAddressInUse == true)
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("127.0.0.1:\(first.local.port)") && text.contains("in use"))
    }

    @Test("a refused connection is a typed error that names the peer")
    func refused() throws {
        let address = try Listener(Address(host: "127.0.0.1", port: 0)).local
        let error = #expect(throws: SocketError.self) {
            let connection = try Connection(to: address)
            let poller = try Poller()
            try poller.add(connection.descriptor, token: 1, interest: .write)
            _ = try poller.wait(timeout: .seconds(5))
            try connection.finishConnecting()
        }
        #expect(error?.operation == .connect && error?.address == address.description)
    }

    @Test("an idle poller returns nothing after its timeout and remembers no removed descriptor")
    func timeout() throws {
        let poller = try Poller()
        #expect(try poller.wait(timeout: .microseconds(200)) == 0)
        let wakeup = try Wakeup()
        try poller.add(wakeup.descriptor, token: 9, interest: .read)
        wakeup.signal()
        #expect(try poller.wait(timeout: .zero) == 1)
        #expect(poller[0].token == 9 && poller[0].isReadable && !poller[0].isWritable)
        try poller.remove(wakeup.descriptor)
        #expect(try poller.wait(timeout: .zero) == 0)
    }
}

@Suite struct AddressTests {
    @Test(
        "numeric addresses survive the way through the kernel's form",
        arguments: ["127.0.0.1:80", "[::1]:65535", "10.1.2.3:1", "[2001:db8::7]:9"])
    func numeric(_ text: String) throws {
        let address = try #require(Address(text))
        #expect(try #require(SocketAddress(address)).address == address)
    }

    @Test("names are not numeric, resolve to loopback, and unknown ones fail with their name")
    func names() throws {
        let local = Address(host: "localhost", port: 7)
        #expect(SocketAddress(local) == nil)
        let found = try Resolver.resolve(local)
        #expect(found.contains { ["127.0.0.1", "::1"].contains($0.address.host) && $0.port == 7 })
        let error = #expect(throws: SocketError.self) {
            try Resolver.resolve(Address(host: "no such host", port: 1))
        }
        #expect(error?.operation == .resolve && "\(error!)".contains("no such host"))
    }

    @Test("a learned name is used in both directions, others by number")
    func peers() throws {
        var peers = PeerAddresses()
        let socket = try #require(SocketAddress(Address(host: "127.0.0.1", port: 5)))
        #expect(peers.address(of: socket) == Address(host: "127.0.0.1", port: 5))
        #expect(peers.socketAddress(of: Address(host: "node-a", port: 5)) == nil)
        peers.learn(Address(host: "node-a", port: 5), at: socket)
        #expect(peers.socketAddress(of: Address(host: "node-a", port: 5)) == socket)
        #expect(peers.address(of: socket) == Address(host: "node-a", port: 5))
    }
}
