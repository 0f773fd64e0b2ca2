/// `GET /path?query HTTP/1.1`
struct HTTPRequestLine {
    let method: String
    let path: String
    let query: String?
    /// HTTP/1.1 rather than 1.0.
    let isCurrent: Bool

    init(_ line: Substring) throws(HTTPError) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, isToken(parts[0]), parts[0].utf8.count <= 32 else {
            throw HTTPError(400, "the request line is malformed")
        }
        switch parts[2] {
        case "HTTP/1.1": isCurrent = true
        case "HTTP/1.0": isCurrent = false
        default:
            throw parts[2].hasPrefix("HTTP/")
                ? HTTPError(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
                : HTTPError(400, "the request line is malformed")
        }
        method = String(parts[0])
        let target = try Self.originForm(parts[1], method: parts[0])
        let mark = target.firstIndex(of: "?")
        path = String(target[..<(mark ?? target.endIndex)])
        query = mark.map { String(target[target.index(after: $0)...]) }
    }

    /// The target without scheme and host, which a proxy's client may send along.
    private static func originForm(
        _ target: Substring, method: Substring
    ) throws(HTTPError) -> Substring {
        guard target.utf8.allSatisfy({ (0x21..<0x7f).contains($0) && $0 != UInt8(ascii: "#") })
        else { throw HTTPError(400, "the request target is malformed") }
        if target.hasPrefix("/") || (target == "*" && method == "OPTIONS") { return target }
        guard target.lowercased().hasPrefix("http://"), target.utf8.count > 7 else {
            throw HTTPError(400, "the request target is malformed")
        }
        guard let slash = target.dropFirst(7).firstIndex(of: "/") else { return "/" }
        return target[slash...]
    }
}

/// The headers of one request, and what the framing needs of them.
struct HTTPFields {
    private(set) var headers: [HTTPHeader] = []

    mutating func add(_ line: Substring, limit: Int) throws(HTTPError) {
        guard headers.count < limit else { throw HTTPError(431, "more than \(limit) headers") }
        // A line that starts with a space would continue the last one (obs-fold): no token does.
        guard let colon = line.firstIndex(of: ":"), isToken(line[..<colon]) else {
            throw HTTPError(400, "a header is malformed")
        }
        headers.append(
            HTTPHeader(line[..<colon].lowercased(), trimmed(line[line.index(after: colon)...])))
    }

    /// Bytes that follow the head.
    func bodyLength(isCurrent: Bool, limit: Int) throws(HTTPError) -> Int {
        let hosts = values("host")
        guard hosts.count == 1 || (hosts.isEmpty && !isCurrent) else {
            throw HTTPError(400, "there must be exactly one Host header")
        }
        guard values("expect").isEmpty || expectsContinue else {
            throw HTTPError(417, "the only expectation met is 100-continue")
        }
        let lengths = values("content-length")
        let codings = values("transfer-encoding")
        guard codings.isEmpty else {
            guard lengths.isEmpty, isCurrent else {
                throw HTTPError(400, "Transfer-Encoding contradicts Content-Length or HTTP/1.0")
            }
            throw HTTPError(411, "send a Content-Length instead of a Transfer-Encoding")
        }
        guard let length = lengths.first else { return 0 }
        guard lengths.count == 1, (1...18).contains(length.utf8.count),
            length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(length)
        else { throw HTTPError(400, "the Content-Length is malformed") }
        guard count <= limit else {
            throw HTTPError(413, "the body has \(count) bytes, the limit is \(limit)")
        }
        return count
    }

    var expectsContinue: Bool {
        let expected = values("expect")
        return expected.count == 1 && expected[0].lowercased() == "100-continue"
    }

    func keepsAlive(_ isCurrent: Bool) -> Bool {
        let options = values("connection").flatMap { $0.lowercased().split(separator: ",") }
            .map { trimmed($0) }
        if options.contains("close") { return false }
        return isCurrent || options.contains("keep-alive")
    }

    private func values(_ name: String) -> [String] {
        headers.filter { $0.name == name }.map(\.value)
    }
}

/// Without the spaces and tabs around it.
private func trimmed(_ text: Substring) -> String {
    var rest = text
    while let first = rest.utf8.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    while let last = rest.utf8.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    return String(rest)
}

/// RFC 9110's token: letters, digits and a few marks, at least one.
private func isToken(_ text: Substring) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}
