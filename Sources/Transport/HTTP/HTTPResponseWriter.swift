/// Responses, straight into the output buffer.
extension IOBuffer {
    /// A whole response. To a HEAD request pass `isHead`: the length is that of the body, which is
    /// left out.
    package mutating func appendHTTPResponse(
        status: Int, headers: [HTTPHeader] = [], body: UnsafeRawBufferPointer, keepsAlive: Bool,
        isHead: Bool = false
    ) {
        appendHTTPHead(
            status: status, headers: headers, bodyLength: body.count, keepsAlive: keepsAlive)
        if !isHead { append(body) }
    }

    package mutating func appendHTTPResponse(
        status: Int, contentType: String, text: String, keepsAlive: Bool, isHead: Bool = false
    ) {
        var text = text
        text.withUTF8 {
            appendHTTPResponse(
                status: status, headers: [HTTPHeader("content-type", contentType)],
                body: UnsafeRawBufferPointer($0), keepsAlive: keepsAlive, isHead: isHead)
        }
    }

    /// The head alone. Without a length the body follows in chunks, for HTTP/1.1 clients only.
    /// 204 and 304 never have a body, and no length is written for them.
    package mutating func appendHTTPHead(
        status: Int, headers: [HTTPHeader] = [], bodyLength: Int?, keepsAlive: Bool
    ) {
        append("HTTP/1.1 ")
        append(decimal: Int64(status))
        append(UInt8(ascii: " "))
        append(text: Self.phrase(status))
        append("\r\n")
        for header in headers {
            field(header.name)
            append(": ")
            field(header.value)
            append("\r\n")
        }
        if status != 204, status != 304 { framing(bodyLength) }
        if !keepsAlive { append("connection: close\r\n") }
        append("\r\n")
    }

    /// One piece of a body without a length; an empty piece is left out, for it would end it.
    package mutating func appendHTTPChunk(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        append(text: String(bytes.count, radix: 16))
        append("\r\n")
        append(bytes)
        append("\r\n")
    }

    package mutating func appendHTTPLastChunk() { append("0\r\n\r\n") }

    /// Tells a client that holds its body back to send it.
    package mutating func appendHTTPContinue() { append("HTTP/1.1 100 Continue\r\n\r\n") }

    private mutating func framing(_ bodyLength: Int?) {
        guard let bodyLength else { return append("transfer-encoding: chunked\r\n") }
        append("content-length: ")
        append(decimal: Int64(bodyLength))
        append("\r\n")
    }

    /// Text that cannot end its line, whatever is in it.
    private mutating func field(_ text: String) {
        let mark = count
        append(text: text)
        let written = readable
        for index in mark..<count where written[index] < 0x20 && written[index] != 0x09 {
            written[index] = UInt8(ascii: " ")
        }
    }

    private static func phrase(_ status: Int) -> String {
        phrases[status] ?? (status < 400 ? "OK" : "Error")
    }

    private static let phrases: [Int: String] = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
        304: "Not Modified", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 409: "Conflict", 411: "Length Required",
        412: "Precondition Failed", 413: "Content Too Large", 415: "Unsupported Media Type",
        417: "Expectation Failed", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error",
        501: "Not Implemented", 503: "Service Unavailable", 504: "Gateway Timeout",
        505: "HTTP Version Not Supported",
    ]
}
