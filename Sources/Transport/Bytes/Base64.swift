/// RFC 4648, in the letters of everyday.
package enum Base64 {
    /// With padding.
    package static func append(_ data: [UInt8], to bytes: inout [UInt8]) {
        append(data, in: .standard, to: &bytes)
        bytes += repeatElement(UInt8(ascii: "="), count: (3 - data.count % 3) % 3)
    }

    /// What padding follows is the caller's to check; nil for what is no encoding of bytes, so that
    /// each text has its own.
    package static func decoded(_ letters: some Sequence<UInt8>) -> [UInt8]? {
        decoded(letters, in: .standard)
    }

    struct Alphabet {
        fileprivate let letters: [UInt8]

        private init(_ last: String) {
            letters = Array(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
        }

        static let standard = Alphabet("+/")
        static let url = Alphabet("-_")
    }

    /// Without padding.
    static func append(_ data: [UInt8], in alphabet: Alphabet, to bytes: inout [UInt8]) {
        var bits = 0
        var count = 0
        for byte in data {
            bits = (bits << 8 | Int(byte)) & 0xffff
            count += 8
            while count >= 6 {
                count -= 6
                bytes.append(alphabet.letters[bits >> count & 63])
            }
        }
        if count > 0 { bytes.append(alphabet.letters[bits << (6 - count) & 63]) }
    }

    static func decoded(_ letters: some Sequence<UInt8>, in alphabet: Alphabet) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for letter in letters {
            guard let value = alphabet.letters.firstIndex(of: letter) else { return nil }
            bits = (bits << 6 | value) & 0xffff
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        guard count < 6, bits & (1 << count - 1) == 0 else { return nil }
        return bytes
    }
}
