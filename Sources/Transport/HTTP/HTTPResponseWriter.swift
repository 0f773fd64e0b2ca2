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

    /// The head alone. Without a length the body follows in chunks, for HTTP/1.1 clients only, or
    /// else ends with the connection. 204 and 304 never have a body, and no length is written for
    /// them.
    package mutating func appendHTTPHead(
        status: Int, headers: [HTTPHeader] = [], bodyLength: Int?, inChunks: Bool = true,
        keepsAlive: Bool
    ) {
        append("HTTP/1.1 ")
        append(decimal: Int64(status))
        append(UInt8(ascii: " "))
        append(text: HTTPStatus.phrase(status))
        append("\r\n")
        for header in headers {
            field(header.name)
            append(": ")
            field(header.value)
            append("\r\n")
        }
        if status != 204, status != 304 { framing(bodyLength, inChunks) }
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

    private mutating func framing(_ bodyLength: Int?, _ inChunks: Bool) {
        guard let bodyLength else {
            if inChunks { append("transfer-encoding: chunked\r\n") }
            return
        }
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
}
