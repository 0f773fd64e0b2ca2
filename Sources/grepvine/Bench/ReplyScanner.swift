import Glibc

/// Tells the replies of one kind of command apart, as cheaply as can be: the expected reply is
/// known to the byte but for the value.
struct ReplyScanner {
    enum Reply: Hashable {
        /// The expected reply, of this many bytes.
        case good(Int)
        /// No such key.
        case miss(Int)
        /// An error reply, or a value of another length.
        case bad(Int)
        /// More bytes must come first.
        case incomplete
        /// Not a reply at all.
        case broken
    }

    /// What a good reply begins with.
    private let head: [UInt8]
    /// Its length in all.
    private let length: Int
    /// Where the value lies in a good reply; nil when there is none to check.
    let valueOffset: Int?

    /// Longest line of an error.
    private static let longestLine = 64 << 10

    init(_ operation: BenchOperation, valueSize: Int) {
        head = Array((operation == .get ? "$\(valueSize)\r\n" : "+OK\r\n").utf8)
        length = operation == .get ? head.count + valueSize + 2 : head.count
        valueOffset = operation == .get && valueSize >= BenchKey.length ? head.count : nil
    }

    /// The reply that the bytes begin with.
    func reply(in bytes: UnsafeRawBufferPointer) -> Reply {
        if bytes.count >= length, memcmp(bytes.baseAddress!, head, head.count) == 0 {
            let hasEnd = bytes[length - 2] == 0x0d && bytes[length - 1] == 0x0a
            return hasEnd ? .good(length) : .broken
        }
        return otherReply(in: bytes)
    }

    private func otherReply(in bytes: UnsafeRawBufferPointer) -> Reply {
        guard let end = bytes.firstIndex(of: 0x0a) else {
            return bytes.count > Self.longestLine ? .broken : .incomplete
        }
        guard end > 0, bytes[end - 1] == 0x0d else { return .broken }
        let line = bytes[1..<max(1, end - 1)]
        switch bytes[0] {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"): return .bad(end + 1)
        case UInt8(ascii: "_"): return .miss(end + 1)
        case UInt8(ascii: "$"): return bulk(String(decoding: line, as: UTF8.self), end, bytes)
        default: return .broken
        }
    }

    private func bulk(_ size: String, _ end: Int, _ bytes: UnsafeRawBufferPointer) -> Reply {
        guard let size = Int(size), size >= -1, size <= 512 << 20 else { return .broken }
        if size == -1 { return .miss(end + 1) }
        let total = end + 1 + size + 2
        guard bytes.count >= total else { return .incomplete }
        return total == length ? .broken : .bad(total)
    }
}
