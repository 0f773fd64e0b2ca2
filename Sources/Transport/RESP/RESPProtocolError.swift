/// Why bytes are no command, in Redis's words where it has some. After the answer, close: there is
/// no telling where the next command starts.
package enum RESPProtocolError: Error, Hashable, Sendable {
    case invalidMultibulkLength
    case invalidBulkLength
    case expectedBulk(got: UInt8)
    case missingTerminator
    case commandTooLong(limit: Int)
    case inlineTooLong
    case unbalancedQuotes
}

extension RESPProtocolError: CustomStringConvertible {
    /// What follows `-ERR ` in the answer.
    package var description: String {
        switch self {
        case .invalidMultibulkLength: "Protocol error: invalid multibulk length"
        case .invalidBulkLength: "Protocol error: invalid bulk length"
        case .expectedBulk(let byte):
            "Protocol error: expected '$', got '\(Character(UnicodeScalar(printable(byte))))'"
        case .missingTerminator: "Protocol error: expected CRLF after bulk"
        case .commandTooLong(let limit): "Protocol error: command longer than \(limit) bytes"
        case .inlineTooLong: "Protocol error: too big inline request"
        case .unbalancedQuotes: "Protocol error: unbalanced quotes in request"
        }
    }

    private func printable(_ byte: UInt8) -> UInt8 {
        (0x20..<0x7f).contains(byte) ? byte : UInt8(ascii: "?")
    }
}
