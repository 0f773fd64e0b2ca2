/// JSON, written by hand: what is said in it is small and fixed in shape.
package enum JSONText {
    /// A string with its quotes.
    package static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text.utf8, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends a string with its quotes. The bytes must be valid UTF-8.
    package static func append(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text { appendEscaped(byte, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// `{"text":…}`, or `{"bytes":…}` in base64 for what is not UTF-8.
    package static func appendData(_ data: [UInt8], to bytes: inout [UInt8]) {
        if String(validating: data, as: UTF8.self) != nil {
            bytes += "{\"text\":".utf8
            append(data, to: &bytes)
        } else {
            bytes += "{\"bytes\":\"".utf8
            Base64.append(data, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): bytes += "\\\"".utf8
        case UInt8(ascii: "\\"): bytes += "\\\\".utf8
        case 0x08: bytes += "\\b".utf8
        case 0x09: bytes += "\\t".utf8
        case 0x0a: bytes += "\\n".utf8
        case 0x0c: bytes += "\\f".utf8
        case 0x0d: bytes += "\\r".utf8
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes += "\\u00".utf8
            bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: bytes.append(byte)
        }
    }
}
