/// Why bytes are not the msgpack that the reader asked for.
package enum MsgpackError: Error, Hashable, Sendable {
    /// A value is cut off, or declares more than the rest of the input can hold.
    case truncated
    /// Arrays and maps are nested deeper than `MsgpackScan.maximumDepth`.
    case tooDeep
    /// There are more values in all than the limit given.
    case tooManyValues(limit: Int)
    /// An extension type, or the byte that msgpack never uses.
    case unsupported(UInt8)
    /// The next value is of another kind, or a number that does not fit.
    case mismatch(expected: MsgpackKind)
    /// Nothing is left where a value was asked for.
    case end
    /// Something is left where nothing was expected.
    case trailing
    /// A value of the right kind that means nothing here; says what it should have been.
    case invalid(String)
}

package enum MsgpackKind: String, Hashable, Sendable {
    case null = "nil"
    case bool
    case integer
    case unsignedInteger = "unsigned integer"
    case double
    case string
    case binary
    case array
    case map
}

extension MsgpackError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated: "msgpack is cut off"
        case .tooDeep: "msgpack is nested deeper than \(MsgpackScan.maximumDepth)"
        case .tooManyValues(let limit): "msgpack has more than \(limit) values"
        case .unsupported(let byte): "msgpack type 0x\(String(byte, radix: 16)) is not supported"
        case .mismatch(let kind): "msgpack: expected \(kind.rawValue)"
        case .end: "msgpack ends where a value was expected"
        case .trailing: "msgpack goes on where it should end"
        case .invalid(let what): "msgpack: expected \(what)"
        }
    }
}
