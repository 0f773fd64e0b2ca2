import CLinux
import Glibc
package import GrepvineDistCore

/// UDP in batches: up to 32 datagrams a system call, in memory reserved once.
package final class DatagramSocket {
    /// Bytes a datagram may have. Longer ones are dropped and counted when they come in.
    package static let maximumSize = 2048
    private static let batch = Int(grepvine_datagram_batch)

    package let descriptor: Int32
    /// The address really bound.
    package let local: SocketAddress
    /// Datagrams that came in longer than `maximumSize`.
    package private(set) var truncated: UInt64 = 0
    /// Datagrams that the system refused to send or had no room for.
    package private(set) var dropped: UInt64 = 0

    private let inbound = Slab(slots: batch, size: maximumSize)
    private let outbound = Slab(slots: batch, size: maximumSize)
    private var queued = 0

    /// A host name is resolved, which may block; port 0 lets the system choose.
    package init(_ address: Address) throws(SocketError) {
        guard var plain = try Resolver.resolve(address).first?.plain else {
            throw SocketError(.bind, address: address.description, code: EADDRNOTAVAIL)
        }
        descriptor = try checked(
            grepvine_datagram_bind(&plain), .bind, "\(address.description) (UDP)")
        local = try Socket.localAddress(of: descriptor)
    }

    deinit { grepvine_close(descriptor) }

    /// Hands up to 32 datagrams to `body` and returns how many came; 0 when none are waiting. The
    /// bytes are valid within `body` only.
    package func receive(
        _ body: (UnsafeRawBufferPointer, SocketAddress) -> Void
    ) throws(SocketError) -> Int {
        let got = grepvine_datagram_receive(
            descriptor, inbound.bytes, inbound.size, inbound.datagrams, Int32(Self.batch))
        // Refusals of earlier datagrams (ICMP) surface here and say nothing about this socket.
        if got == -EAGAIN || got == -ECONNREFUSED { return 0 }
        let count = Int(try checked(got, .receive, local.description))
        for index in 0..<count {
            let datagram = inbound.datagrams[index]
            if datagram.truncated != 0 {
                truncated += 1
            } else {
                body(inbound.slot(index), SocketAddress(datagram.peer))
            }
        }
        return count
    }

    /// Queues a datagram; a full batch goes out by itself.
    package func send(_ bytes: UnsafeRawBufferPointer, to peer: SocketAddress) {
        precondition(bytes.count <= Self.maximumSize, "datagram of \(bytes.count) bytes")
        outbound.fill(queued, with: bytes, peer: peer)
        queued += 1
        if queued == Self.batch { flush() }
    }

    package func send(_ bytes: [UInt8], to peer: SocketAddress) {
        bytes.withUnsafeBytes { send($0, to: peer) }
    }

    /// Sends what is queued. A datagram that cannot go is dropped and counted: UDP promises
    /// nothing, and gossip sends again.
    package func flush() {
        var first = 0
        while first < queued {
            let sent = grepvine_datagram_send(
                descriptor, local.isIPv6 ? 6 : 4, outbound.bytes + first * outbound.size,
                outbound.size, outbound.datagrams + first, Int32(queued - first))
            if sent <= 0 { dropped += 1 }
            first += max(1, Int(sent))
        }
        queued = 0
    }
}

/// Slots of equal size in one block, with the description of each.
private final class Slab {
    let size: Int
    let bytes: UnsafeMutablePointer<UInt8>
    let datagrams: UnsafeMutablePointer<grepvine_datagram>

    init(slots: Int, size: Int) {
        self.size = size
        bytes = .allocate(capacity: slots * size)
        datagrams = .allocate(capacity: slots)
        datagrams.initialize(repeating: grepvine_datagram(), count: slots)
    }

    deinit {
        bytes.deallocate()
        datagrams.deallocate()
    }

    func slot(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: bytes + index * size, count: Int(datagrams[index].length))
    }

    func fill(_ index: Int, with source: UnsafeRawBufferPointer, peer: SocketAddress) {
        UnsafeMutableRawBufferPointer(start: bytes + index * size, count: source.count)
            .copyMemory(from: source)
        datagrams[index].peer = peer.plain
        datagrams[index].length = UInt32(source.count)
    }
}
