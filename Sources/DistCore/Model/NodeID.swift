/// Who a node is, for as long as the cluster remembers it: 128 bits, ordered, never reused.
public struct NodeID: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses the 32 hexadecimal digits that `description` prints; nil for anything else.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 32, hex.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let high = UInt64(hex.prefix(16), radix: 16),
            let low = UInt64(hex.dropFirst(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    public static func < (left: NodeID, right: NodeID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension NodeID: CustomStringConvertible {
    public var description: String { high.hexadecimal + low.hexadecimal }

    /// The first eight digits: enough for a person to tell nodes apart.
    public var short: String { String(description.prefix(8)) }
}

extension UInt64 {
    /// Sixteen lower-case digits.
    package var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
