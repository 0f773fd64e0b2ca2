import GrepvineDistCore
import Testing

@testable import GrepvineTransport

@Suite struct DatagramTests {
    @Test(
        "a batch larger than one system call arrives whole, from the sender's address",
        arguments: Loopback.hosts)
    func batches(_ host: String) throws {
        let sender = try DatagramSocket(Address(host: host, port: 0))
        let receiver = try DatagramSocket(Address(host: host, port: 0))
        let poller = try Poller()
        try poller.add(receiver.descriptor, token: 1, interest: .read)
        for number in 0..<70 {
            sender.send([UInt8](repeating: UInt8(number), count: number), to: receiver.local)
        }
        sender.flush()
        var received: [[UInt8]] = []
        while received.count < 70 {
            try #require(try poller.wait(timeout: .seconds(5)) > 0, "\(received.count) arrived")
            _ = try receiver.receive { bytes, peer in
                #expect(peer == sender.local)
                received.append(Array(bytes))
            }
        }
        let expected = (0..<70).map { [UInt8](repeating: UInt8($0), count: $0) }
        #expect(received == expected && sender.dropped == 0)
        #expect(try receiver.receive { _, _ in } == 0)
    }

    @Test(
        "an IPv6 socket for any address reaches an IPv4 peer, which is known by its IPv4 address",
        .enabled(if: Loopback.hasIPv6))
    func dualStack() throws {
        let any = try DatagramSocket(Address(host: "::", port: 0))
        let four = try DatagramSocket(Address(host: "127.0.0.1", port: 0))
        let poller = try Poller()
        try poller.add(four.descriptor, token: 1, interest: .read)
        try poller.add(any.descriptor, token: 2, interest: .read)
        any.send([1], to: four.local)
        any.flush()
        #expect(try poller.wait(timeout: .seconds(5)) == 1)
        var from: SocketAddress?
        #expect(try four.receive { _, peer in from = peer } == 1)
        four.send([2], to: try #require(from))
        four.flush()
        #expect(try poller.wait(timeout: .seconds(5)) == 1)
        #expect(try any.receive { _, peer in from = peer } == 1)
        #expect(from == four.local)
    }

    @Test("UDP may use the port that TCP listens on; a second UDP socket may not")
    func samePort() throws {
        let listener = try Listener(Address(host: "127.0.0.1", port: 0))
        let datagrams = try DatagramSocket(listener.local.address)
        #expect(datagrams.local.port == listener.local.port)
        let error = #expect(throws: SocketError.self) {
            try DatagramSocket(listener.local.address)
        }
        #expect(error?.isAddressInUse == true)
    }
}
