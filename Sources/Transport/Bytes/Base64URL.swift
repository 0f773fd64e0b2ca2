/// RFC 4648 with the letters that URLs and file names may hold, without padding.
package enum Base64URL {
    package static func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        Base64.append(bytes, in: .url, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for what `encoded` never gives: each text has its own bytes.
    package static func decoded(_ text: String) -> [UInt8]? {
        Base64.decoded(text.utf8, in: .url)
    }
}
