package import GrepvineDistCore

/// Both directions between what the members are called and where they are, so that neither
/// parsing nor formatting happens per datagram.
package struct PeerAddresses: Sendable {
    /// Strangers cannot make it grow beyond this: it starts over.
    private static let limit = 4096

    private var sockets: [Address: SocketAddress] = [:]
    private var names: [SocketAddress: Address] = [:]

    package init() {}

    /// Where to send; nil for a name that was never `learn`ed.
    package mutating func socketAddress(of address: Address) -> SocketAddress? {
        if let known = sockets[address] { return known }
        guard let numeric = SocketAddress(address) else { return nil }
        learn(address, at: numeric)
        return numeric
    }

    /// What a sender is called: its learned name, or else its numeric address.
    package mutating func address(of socket: SocketAddress) -> Address {
        if let known = names[socket] { return known }
        let numeric = socket.address
        if names.count >= Self.limit { names.removeAll() }
        names[socket] = numeric
        return numeric
    }

    /// Records what a resolver found.
    package mutating func learn(_ address: Address, at socket: SocketAddress) {
        if sockets.count >= Self.limit { sockets.removeAll() }
        if names.count >= Self.limit { names.removeAll() }
        sockets[address] = socket
        names[socket] = address
    }
}
