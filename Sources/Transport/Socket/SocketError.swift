import CLinux
import Glibc

/// A socket call that the world refused.
package struct SocketError: Error, Hashable, Sendable {
    package enum Operation: String, Hashable, Sendable {
        case poll, wake, listen, accept, connect, bind, resolve, send, receive
    }

    package let operation: Operation
    /// The address it was about, as people write it; empty when there is none.
    package let address: String
    /// The system's error number; for `resolve` the resolver's negative code.
    package let code: Int32

    package init(_ operation: Operation, address: String = "", code: Int32) {
        self.operation = operation
        self.address = address
        self.code = code
    }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    /// Out of file descriptors: accepting again makes sense only after something was closed.
    package var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }
}

extension SocketError: CustomStringConvertible {
    package var description: String {
        let what = address.isEmpty ? operation.rawValue : "\(operation.rawValue) \(address)"
        return "\(what): \(reason)"
    }

    private var reason: String {
        switch (operation, code) {
        case (.resolve, _): String(cString: grepvine_resolve_error(code)).lowercased()
        case (_, EADDRINUSE): "address already in use; another process listens there"
        default: String(cString: strerror(code)).lowercased()
        }
    }
}

/// The value, or a typed error for the `-errno` that the C layer returns.
func checked(
    _ result: Int32, _ operation: SocketError.Operation, _ address: @autoclosure () -> String = ""
) throws(SocketError) -> Int32 {
    guard result >= 0 else {
        throw SocketError(operation, address: address(), code: -result)
    }
    return result
}
