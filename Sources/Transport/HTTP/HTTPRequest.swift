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
    /// The client speaks HTTP/1.1 and so takes a body in chunks.
    package let takesChunks: Bool
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

    /// The query's parameters in their order, decoded; one without `=` has an empty value. Nil when
    /// an escape is malformed.
    package var parameters: [HTTPParameter]? {
        var parameters: [HTTPParameter] = []
        for item in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = item.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = percentDecoded(parts[0], plusIsSpace: true),
                let value = parts.count > 1 ? percentDecoded(parts[1], plusIsSpace: true) : []
            else { return nil }
            parameters.append(HTTPParameter(name: name, value: value))
        }
        return parameters
    }
}

/// One parameter of a query, decoded: any bytes.
package struct HTTPParameter: Hashable, Sendable {
    package let name: [UInt8]
    package let value: [UInt8]
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
