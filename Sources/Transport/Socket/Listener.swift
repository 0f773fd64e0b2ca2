import CLinux
import Glibc
package import GrepvineDistCore

/// A descriptor for a new connection and who is at the other end.
package struct Accepted: Sendable {
    package let descriptor: Int32
    package let peer: SocketAddress
}

/// Takes TCP connections, without blocking.
package final class Listener: Sendable {
    package let descriptor: Int32
    /// The address really bound: the port is known even if 0 was asked for.
    package let local: SocketAddress

    /// Binds and listens. A host name is resolved, which may block; port 0 lets the system choose.
    package init(_ address: Address, backlog: Int = 1024) throws(SocketError) {
        guard var plain = try Resolver.resolve(address).first?.plain else {
            throw SocketError(.listen, address: address.description, code: EADDRNOTAVAIL)
        }
        descriptor = try checked(
            grepvine_listen(&plain, Int32(clamping: backlog)), .listen, address.description)
        local = try Socket.localAddress(of: descriptor)
    }

    deinit { grepvine_close(descriptor) }

    /// The next connection; nil when none is waiting.
    package func accept() throws(SocketError) -> Accepted? {
        var peer = grepvine_address()
        let result = grepvine_accept(descriptor, &peer)
        if result == -EAGAIN { return nil }
        let accepted = try checked(result, .accept, local.description)
        return Accepted(descriptor: accepted, peer: SocketAddress(peer))
    }
}

/// What a descriptor alone can tell or do.
package enum Socket {
    package static func localAddress(of descriptor: Int32) throws(SocketError) -> SocketAddress {
        var plain = grepvine_address()
        _ = try checked(grepvine_local_address(descriptor, &plain), .bind)
        return SocketAddress(plain)
    }

    /// For a descriptor that never became a `Connection`.
    package static func close(_ descriptor: Int32) { grepvine_close(descriptor) }
}
