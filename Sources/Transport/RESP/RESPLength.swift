/// A decimal length and the line end behind it.
enum RESPLength {
    case incomplete
    case invalid
    /// `next` is the offset behind CRLF; negative lengths are all -1.
    case length(Int, next: Int)

    /// At most this many digits: enough for every limit that a command can have.
    private static let maximumDigits = 10

    /// Reads from `start`, before `end`. Judges each byte as it comes, so that a line without an
    /// end is refused after eleven bytes.
    @inline(__always)
    static func parse(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> RESPLength {
        var index = start
        var value = 0
        while index < end {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit > 9 { break }
            value = value &* 10 &+ Int(digit)
            index &+= 1
            if index &- start > maximumDigits { return .invalid }
        }
        if end &- index >= 2, index > start, bytes[index] == UInt8(ascii: "\r"),
            bytes[index &+ 1] == UInt8(ascii: "\n"),
            bytes[start] != UInt8(ascii: "0") || index &- start == 1
        {
            return .length(value, next: index &+ 2)
        }
        return unusual(bytes, from: start, digitsEnd: index, to: end)
    }

    /// Cut off, negative, or wrong.
    @inline(never)
    private static func unusual(
        _ bytes: UnsafePointer<UInt8>, from start: Int, digitsEnd: Int, to end: Int
    ) -> RESPLength {
        guard start < end else { return .incomplete }
        if bytes[start] == UInt8(ascii: "-"), digitsEnd == start {
            guard start + 1 < end else { return .incomplete }
            guard bytes[start + 1] != UInt8(ascii: "-") else { return .invalid }
            let rest = parse(bytes, from: start + 1, to: end)
            guard case .length(let value, let next) = rest else { return rest }
            return value == 0 ? .invalid : .length(-1, next: next)
        }
        if digitsEnd - start > 1, bytes[start] == UInt8(ascii: "0") { return .invalid }
        if digitsEnd == end { return .incomplete }
        let isCut =
            digitsEnd > start && digitsEnd + 1 == end && bytes[digitsEnd] == UInt8(ascii: "\r")
        return isCut ? .incomplete : .invalid
    }
}
