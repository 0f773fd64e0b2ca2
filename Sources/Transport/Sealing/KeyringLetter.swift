import COpenSSL
package import GrepvineDistCore

/// What travels about keyrings over connections that are in clear: sealed under a key that both
/// ends hold already, so that no key ever crosses the wire as it is.
///
/// Four bytes of the sealing key's name, twelve of nonce, the sealed content, sixteen of tag. The
/// purpose and the cluster's name are authenticated with it, so no letter can be taken for another
/// one or played to another cluster.
package enum KeyringLetter {
    package enum Purpose: UInt8, Sendable {
        /// From an operator's tool: one change.
        case change = 1
        /// From node to node: a whole ring with its keys.
        case ring = 2
    }

    private static let head = 4 + AuthenticatedCipher.nonceSize
    /// More than any letter needs.
    package static let longest = 512

    package static func seal(
        _ content: [UInt8], _ purpose: Purpose, cluster: String, key: SecretKey,
        cipher: AuthenticatedCipher, nonce: [UInt8]
    ) -> [UInt8] {
        precondition(nonce.count == AuthenticatedCipher.nonceSize, "\(nonce.count) bytes of nonce")
        var message = clear(purpose, cluster, key.id, nonce)
        let count = message.count
        message += content
        message += [UInt8](repeating: 0, count: AuthenticatedCipher.tagSize)
        cipher.seal(&message, clear: count)
        return Array(message[(count - head)...])
    }

    /// The key that a letter is sealed with; nil for what is no letter.
    package static func key(of letter: [UInt8]) -> KeyID? {
        guard letter.count >= head + AuthenticatedCipher.tagSize, letter.count <= longest else {
            return nil
        }
        var reader = ByteReader(letter)
        return reader.readUInt32().map(KeyID.init(rawValue:))
    }

    /// Nil unless it was sealed with this cipher's key, for this purpose and this cluster.
    package static func open(
        _ letter: [UInt8], _ purpose: Purpose, cluster: String, cipher: AuthenticatedCipher
    ) -> ArraySlice<UInt8>? {
        guard let key = key(of: letter) else { return nil }
        var message = clear(purpose, cluster, key, Array(letter[4..<head]))
        let count = message.count
        message += letter[head...]
        guard cipher.open(&message, clear: count) else { return nil }
        return message[count..<message.count - AuthenticatedCipher.tagSize]
    }

    /// Twelve bytes of the system's randomness, for whoever seals a letter now and then.
    package static func randomNonce() -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: AuthenticatedCipher.nonceSize)
        precondition(RAND_bytes(&nonce, Int32(nonce.count)) == 1, "no randomness from the system")
        return nonce
    }

    private static func clear(
        _ purpose: Purpose, _ cluster: String, _ key: KeyID, _ nonce: [UInt8]
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: 128)
        writer.write(raw: Array("grepvine keyring".utf8))
        writer.write(purpose.rawValue)
        writer.write(medium: Array(cluster.utf8))
        writer.write(key.rawValue)
        writer.write(raw: nonce)
        return writer.bytes
    }
}
