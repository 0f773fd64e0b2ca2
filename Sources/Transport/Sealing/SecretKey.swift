import COpenSSL
public import GrepvineDistCore

/// 32 bytes that gossip is sealed with. Nothing prints them: its description is the key's name.
public struct SecretKey: Hashable, Sendable, CustomStringConvertible {
    public static let size = 32

    package let bytes: [UInt8]
    public let id: KeyID

    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
        id = Self.id(of: self.bytes)
    }

    /// Base64 of 44 characters, or 64 hexadecimal digits; nil for anything else.
    public init?(text: some StringProtocol) {
        let characters = Array(text.utf8)
        switch characters.count {
        case 44: self.init(Self.base64(characters))
        case 64: self.init(Self.hexadecimal(characters))
        default: return nil
        }
    }

    /// A new one, from the system's randomness.
    public static func random() -> SecretKey {
        var bytes = [UInt8](repeating: 0, count: size)
        guard RAND_bytes(&bytes, Int32(size)) == 1, let key = SecretKey(bytes) else {
            preconditionFailure("no randomness from the system")
        }
        return key
    }

    public var description: String { "key \(id)" }

    /// A hash of more than the key, so that its name is of no use for anything else.
    private static func id(of bytes: [UInt8]) -> KeyID {
        let named = Array("grepvine gossip key".utf8) + bytes
        var digest = [UInt8](repeating: 0, count: 32)
        let code = named.withUnsafeBytes { grepvine_sha256($0.baseAddress, $0.count, &digest) }
        precondition(code == 1, "SHA-256 is not available")
        return KeyID(rawValue: digest[..<4].reduce(0) { $0 << 8 | UInt32($1) })
    }

    private static func hexadecimal(_ digits: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexDigit(digits[index]),
                let low = hexDigit(digits[index + 1])
            else { return [] }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// 43 characters and one sign of padding, as 32 bytes have.
    private static func base64(_ characters: [UInt8]) -> [UInt8] {
        guard characters.last == UInt8(ascii: "=") else { return [] }
        return Base64.decoded(characters.dropLast()) ?? []
    }
}
