/// The name of a record: 1 to 65,535 bytes of anything, ordered byte by byte.
public struct Key: Hashable, Sendable {
    public let bytes: [UInt8]

    public static let longest = 65_535

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public init(_ text: some StringProtocol) { bytes = Array(text.utf8) }
}

extension Key: Comparable {
    public static func < (left: Key, right: Key) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension Key: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral text: String) { self.init(text) }

    /// The bytes as text, with a replacement character for what is not UTF-8.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
