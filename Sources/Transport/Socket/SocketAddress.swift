import CLinux
package import GrepvineDistCore

/// A numeric internet address with a port: what the kernel understands, as a small value.
package struct SocketAddress: Hashable, Sendable {
    let high: UInt64
    let low: UInt64
    let scope: UInt32
    package let port: UInt16
    package let isIPv6: Bool

    /// Nil unless the host is numeric (`127.0.0.1`, `::1`, `fe80::1%eth0`). Asks no one.
    package init?(_ address: Address) {
        var plain = grepvine_address()
        guard grepvine_address_parse(address.host, address.port, &plain) == 0 else { return nil }
        self.init(plain)
    }

    init(_ plain: grepvine_address) {
        high = plain.high
        low = plain.low
        scope = plain.scope
        port = plain.port
        isIPv6 = plain.family == 6
    }

    var plain: grepvine_address {
        grepvine_address(high: high, low: low, scope: scope, port: port, family: isIPv6 ? 6 : 4)
    }

    /// The numeric host and the port. Makes a string: keep it rather than ask again.
    package var address: Address {
        var plain = plain
        let host = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let code = grepvine_address_format(&plain, text.baseAddress, text.count)
            precondition(code == 0, "a numeric address always has a text")
            return String(cString: text.baseAddress.unsafelyUnwrapped)
        }
        return Address(host: host, port: port)
    }
}

extension SocketAddress: CustomStringConvertible {
    package var description: String { address.description }
}
