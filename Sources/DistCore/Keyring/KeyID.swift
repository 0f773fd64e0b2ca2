/// Names a gossip key without telling it: the first four bytes of a hash of the key.
public struct KeyID: Hashable, Comparable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Parses the eight hexadecimal digits that `description` prints; nil for anything else.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 8, hex.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let number = UInt32(hex, radix: 16)
        else { return nil }
        rawValue = number
    }

    public static func < (left: KeyID, right: KeyID) -> Bool { left.rawValue < right.rawValue }
}

extension KeyID: CustomStringConvertible {
    public var description: String {
        String(UInt64(rawValue).hexadecimal.suffix(8))
    }
}
