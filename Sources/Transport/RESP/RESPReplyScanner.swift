/// Why bytes are no reply.
package enum RESPReplyError: Error, Hashable, Sendable {
    case unknownType(UInt8)
    case invalidLength
    case lineTooLong
    case tooLong(limit: Int)
    case tooDeep(limit: Int)
    case invalidValue
}

extension RESPReplyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownType(let byte): "reply of unknown type 0x\(String(byte, radix: 16))"
        case .invalidLength: "reply with an invalid length"
        case .lineTooLong: "reply line longer than \(RESPReplyScanner.maximumLine) bytes"
        case .tooLong(let limit): "reply longer than \(limit) bytes"
        case .tooDeep(let limit): "reply nested deeper than \(limit)"
        case .invalidValue: "reply with an invalid value"
        }
    }
}

/// Finds where a reply ends without building it, whatever is nested in it, and goes on where it
/// stopped when more bytes have come. A few nanoseconds for a simple reply.
package struct RESPReplyScanner: Sendable {
    package enum Outcome: Hashable, Sendable {
        case needMore
        /// Bytes of the reply.
        case complete(Int)
        case invalid(RESPReplyError)
    }

    static let maximumLine = 64 << 10

    /// Bytes of one reply.
    package let limit: Int
    /// Offset of the next value, and how many are still to come.
    private var offset = 0
    private var missing = 1

    package init(limit: Int = 512 << 20) { self.limit = limit }

    /// The reply at the start of `bytes`. After `needMore` give the same bytes with more behind.
    package mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard let start = bytes.baseAddress else { return .needMore }
        let base = start.assumingMemoryBound(to: UInt8.self)
        while missing > 0 {
            if let stop = step(base, bytes.count) { return stop }
        }
        let length = offset
        (offset, missing) = (0, 1)
        return .complete(length)
    }

    /// How long the reply at the start of `bytes` is; nil when it is not whole, or is no reply.
    package static func skipReply(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var scanner = RESPReplyScanner()
        guard case .complete(let length) = scanner.scan(bytes) else { return nil }
        return length
    }

    /// Passes one value, or only the header of one that holds others; nil to go on.
    private mutating func step(_ base: UnsafePointer<UInt8>, _ end: Int) -> Outcome? {
        guard offset < end else { return .needMore }
        switch base[offset] {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            return pass(base, end, isBulk: true, each: 0, itself: 1)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
            return pass(base, end, isBulk: false, each: 1, itself: 1)
        case UInt8(ascii: "%"): return pass(base, end, isBulk: false, each: 2, itself: 1)
        // An attribute comes before the reply that it is about.
        case UInt8(ascii: "|"): return pass(base, end, isBulk: false, each: 2, itself: 0)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "_"),
            UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "("):
            return passLine(base, end)
        default: return .invalid(.unknownType(base[offset]))
        }
    }

    private mutating func pass(
        _ base: UnsafePointer<UInt8>, _ end: Int, isBulk: Bool, each: Int, itself: Int
    ) -> Outcome? {
        switch RESPLength.parse(base, from: offset + 1, to: end) {
        case .incomplete: return .needMore
        case .invalid: return .invalid(.invalidLength)
        case .length(let count, let start):
            let bytes = isBulk && count >= 0 ? count + 2 : 0
            let promised = missing - itself + max(count, 0) * each
            // Each value that is still to come takes at least three bytes.
            guard start + bytes + promised * 3 <= limit else {
                return .invalid(.tooLong(limit: limit))
            }
            guard start + bytes <= end else { return .needMore }
            if bytes > 0, base[start + count] != 0x0d || base[start + count + 1] != 0x0a {
                return .invalid(.invalidLength)
            }
            missing = promised
            offset = start + bytes
            return nil
        }
    }

    private mutating func passLine(_ base: UnsafePointer<UInt8>, _ end: Int) -> Outcome? {
        var index = offset + 1
        while index < end, base[index] != 0x0d {
            if base[index] == 0x0a { return .invalid(.invalidValue) }
            index += 1
        }
        guard index - offset <= Self.maximumLine else { return .invalid(.lineTooLong) }
        guard index + 1 < end else { return .needMore }
        guard base[index + 1] == 0x0a else { return .invalid(.invalidValue) }
        offset = index + 2
        missing -= 1
        return nil
    }
}
