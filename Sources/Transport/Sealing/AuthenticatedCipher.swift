import COpenSSL

/// AES-256-GCM under one key. The key schedule is made once; a message costs no allocation.
package final class AuthenticatedCipher {
    package static let nonceSize = 12
    package static let tagSize = 16

    private let sealing: OpaquePointer
    private let opening: OpaquePointer

    package init(_ key: SecretKey) {
        guard let sealing = grepvine_gcm_create(key.bytes, 1),
            let opening = grepvine_gcm_create(key.bytes, 0)
        else { preconditionFailure("AES-256-GCM is not available") }
        self.sealing = sealing
        self.opening = opening
    }

    deinit {
        grepvine_gcm_free(sealing)
        grepvine_gcm_free(opening)
    }

    /// A message lies in one block: `clear` bytes that are authenticated only and end with the
    /// nonce, then the body, then room for the tag. Encrypts in place. A nonce must never come
    /// twice under one key.
    package func seal(_ message: inout [UInt8], clear: Int) {
        let code = message.withUnsafeMutableBufferPointer { bytes in
            guard let base = bytes.baseAddress, Self.isWhole(bytes.count, clear) else {
                return Int32(0)
            }
            let end = bytes.count - Self.tagSize
            return grepvine_gcm_seal(
                sealing, base + clear - Self.nonceSize, base, Int32(clear), base + clear,
                Int32(end - clear), base + end)
        }
        precondition(code == 1, "cannot seal \(message.count) bytes, \(clear) of them in clear")
    }

    /// Decrypts in place. False, with the body in ruins, unless every byte is as it was sealed.
    package func open(_ message: inout [UInt8], clear: Int) -> Bool {
        message.withUnsafeMutableBufferPointer { bytes in
            guard let base = bytes.baseAddress, Self.isWhole(bytes.count, clear) else {
                return false
            }
            let end = bytes.count - Self.tagSize
            return grepvine_gcm_open(
                opening, base + clear - Self.nonceSize, base, Int32(clear), base + clear,
                Int32(end - clear), base + end) == 1
        }
    }

    private static func isWhole(_ count: Int, _ clear: Int) -> Bool {
        clear >= nonceSize && count - clear >= tagSize && count <= 1 << 20
    }
}
