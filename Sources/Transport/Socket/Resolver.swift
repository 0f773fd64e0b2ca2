import CLinux
package import GrepvineDistCore

/// Names into numbers.
package enum Resolver {
    /// All addresses of a host, in the system's order of preference. Blocks for as long as the
    /// name service takes, so never call it on a loop's thread unless the host is numeric.
    package static func resolve(_ address: Address) throws(SocketError) -> [SocketAddress] {
        if let numeric = SocketAddress(address) { return [numeric] }
        let capacity = 256
        let (count, found) = withUnsafeTemporaryAllocation(
            of: grepvine_address.self, capacity: capacity
        ) { list in
            let count = grepvine_resolve(
                address.host, address.port, list.baseAddress, Int32(capacity))
            return (count, (0..<max(0, Int(count))).map { SocketAddress(list[$0]) })
        }
        guard count >= 0 else {
            throw SocketError(.resolve, address: address.host, code: count)
        }
        return found
    }
}
