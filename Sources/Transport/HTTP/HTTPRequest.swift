/// One header field; the name is in lower case.
package struct HTTPHeader: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One whole request. The body is left where it lies in the input.
package struct HTTPRequest: Hashable, Sendable {
    /// As sent: methods are case-sensitive.
    package let method: String
    /// Starts with a slash (or is `*`), still percent-encoded.
    package let path: String
    /// What follows the question mark, still encoded; nil without one.
    package let query: String?
    package let headers: [HTTPHeader]
    /// Whether the connection stays open after the response.
    package let keepsAlive: Bool
    /// Offsets in the bytes that were decoded.
    package let body: Range<Int>

    /// Bytes to consume: head and body.
    package var length: Int { body.upperBound }
    /// The response has headers and no body.
    package var isHead: Bool { method == "HEAD" }

    /// The first value of a header, named in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The bytes of each part of the path, decoded: `/v1/keys/a%2Fb` has three. Nil when an escape
    /// is malformed.
    package var pathParts: [[UInt8]]? {
        var parts: [[UInt8]] = []
        for part in path.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            guard let decoded = percentDecoded(part, plusIsSpace: false) else { return nil }
            parts.append(decoded)
        }
        return parts
    }

    /// The first value of a query parameter, decoded; nil when absent or malformed.
    package func parameter(_ name: String) -> String? {
        for item in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = item.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = percentDecoded(parts[0], plusIsSpace: true), key == Array(name.utf8)
            else { continue }
            let value = parts.count > 1 ? percentDecoded(parts[1], plusIsSpace: true) : []
            return value.map { String(decoding: $0, as: UTF8.self) }
        }
        return nil
    }
}

private func percentDecoded(_ text: Substring.UTF8View, plusIsSpace: Bool) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text.makeIterator()
    while let byte = rest.next() {
        if byte == UInt8(ascii: "%") {
            guard let high = rest.next().flatMap(hexDigit), let low = rest.next().flatMap(hexDigit)
            else { return nil }
            bytes.append(high << 4 | low)
        } else {
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return bytes
}
