package enum HTTPRequestOutcome: Hashable, Sendable {
    /// Wait until there are at least `total` bytes. `sendContinue` says that the client holds its
    /// body back until it is told to go on (`appendHTTPContinue`): once per request.
    case needMore(total: Int, sendContinue: Bool)
    /// Consume its `length` when done.
    case request(HTTPRequest)
    case invalid(HTTPError)
}

/// Cuts a stream into HTTP/1.1 requests, strictly: where two servers could read the same bytes
/// differently, they are refused. Bodies have a Content-Length or are empty.
package struct HTTPRequestDecoder: Sendable {
    package let limits: HTTPLimits

    package init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

    /// The request at the start of `bytes`. Holds no state: give the same bytes with more behind.
    package func decode(_ bytes: UnsafeRawBufferPointer) -> HTTPRequestOutcome {
        do {
            guard let end = try headEnd(bytes) else {
                return .needMore(total: bytes.count + 1, sendContinue: false)
            }
            var lines = HTTPLines(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<(end - 2)]))
            let start = try HTTPRequestLine(lines.next() ?? "")
            var fields = HTTPFields()
            while let line = lines.next() {
                try fields.add(line, limit: limits.headers)
            }
            let count = try fields.bodyLength(isCurrent: start.isCurrent, limit: limits.body)
            guard bytes.count >= end + count else {
                return .needMore(total: end + count, sendContinue: fields.expectsContinue)
            }
            return .request(
                HTTPRequest(
                    method: start.method, path: start.path, query: start.query,
                    headers: fields.headers, keepsAlive: fields.keepsAlive(start.isCurrent),
                    takesChunks: start.isCurrent, body: end..<end + count))
        } catch {
            return .invalid(error)
        }
    }

    /// The offset behind the empty line; nil when it has not come yet. Bytes that no head may
    /// hold are refused as soon as they are seen.
    private func headEnd(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Int? {
        var index = 0
        var lineStart = 0
        let bound = min(bytes.count, limits.head)
        while index < bound {
            let byte = bytes[index]
            if byte == 0x0d {
                guard index + 1 < bound else { break }
                guard bytes[index + 1] == 0x0a else {
                    throw HTTPError(400, "a carriage return stands alone")
                }
                index += 2
                if index - lineStart == 2 { return index }
                lineStart = index
                continue
            }
            guard byte >= 0x20 && byte != 0x7f || byte == 0x09 else {
                throw HTTPError(400, "a control character stands in the head")
            }
            index += 1
        }
        guard bytes.count < limits.head else {
            throw HTTPError(431, "the head is longer than \(limits.head) bytes")
        }
        return nil
    }
}

/// Lines of a head that ends with CRLF, as text: every byte is printable or a tab by now.
private struct HTTPLines {
    let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> Substring? {
        guard offset < bytes.count else { return nil }
        var end = offset
        while bytes[end] != 0x0d { end += 1 }
        defer { offset = end + 2 }
        return Substring(decoding: bytes[offset..<end], as: UTF8.self)
    }
}
