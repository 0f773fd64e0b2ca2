/// Which dialect a connection speaks; `HELLO` changes it.
package enum RESPVersion: UInt8, Hashable, Sendable {
    case two = 2
    case three = 3
}

/// Replies, straight into the output buffer. What RESP2 lacks is written as Redis writes it there.
extension IOBuffer {
    package mutating func appendOK() { append("+OK\r\n") }

    package mutating func appendPong() { append("+PONG\r\n") }

    /// `text` on one line; line ends in it become spaces.
    package mutating func appendSimpleString(_ text: String) { line(UInt8(ascii: "+"), text) }

    /// `text` starts with its code, such as `ERR`; line ends in it become spaces.
    package mutating func appendError(_ text: String) { line(UInt8(ascii: "-"), text) }

    package mutating func appendInteger(_ number: Int64) { header(UInt8(ascii: ":"), number) }

    package mutating func appendInteger(_ number: Int) { appendInteger(Int64(number)) }

    package mutating func appendBulk(_ bytes: UnsafeRawBufferPointer) {
        let start = writer(reserving: bytes.count + 24)
        start[0] = UInt8(ascii: "$")
        var length = 1 + writeDecimal(Int64(bytes.count), at: start + 1)
        length += writeLineEnd(at: start + length)
        if let source = bytes.baseAddress {
            UnsafeMutableRawPointer(start + length)
                .copyMemory(from: source, byteCount: bytes.count)
        }
        length += bytes.count
        commit(length + writeLineEnd(at: start + length))
    }

    package mutating func appendBulk(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { appendBulk($0) }
    }

    package mutating func appendBulk(_ text: String) {
        var text = text
        text.withUTF8 { appendBulk(UnsafeRawBufferPointer($0)) }
    }

    package mutating func appendNull(_ version: RESPVersion) {
        append(version == .two ? "$-1\r\n" : "_\r\n")
    }

    /// Write `count` replies next.
    package mutating func appendArrayHeader(_ count: Int) {
        header(UInt8(ascii: "*"), Int64(count))
    }

    /// Write `count` keys, each followed by its value, next.
    package mutating func appendMapHeader(_ count: Int, _ version: RESPVersion) {
        if version == .two { return appendArrayHeader(count * 2) }
        header(UInt8(ascii: "%"), Int64(count))
    }

    package mutating func appendSetHeader(_ count: Int, _ version: RESPVersion) {
        header(version == .two ? UInt8(ascii: "*") : UInt8(ascii: "~"), Int64(count))
    }

    /// A message that answers nothing; RESP2 has only arrays for it.
    package mutating func appendPushHeader(_ count: Int, _ version: RESPVersion) {
        header(version == .two ? UInt8(ascii: "*") : UInt8(ascii: ">"), Int64(count))
    }

    package mutating func appendBoolean(_ value: Bool, _ version: RESPVersion) {
        switch version {
        case .two: appendInteger(value ? 1 : 0)
        case .three: append(value ? "#t\r\n" : "#f\r\n")
        }
    }

    package mutating func appendDouble(_ value: Double, _ version: RESPVersion) {
        var text = value.description
        if text.hasSuffix(".0") { text.removeLast(2) }
        switch version {
        case .two: appendBulk(text)
        case .three: line(UInt8(ascii: ","), text)
        }
    }

    /// Text for people, such as `INFO`, so that a terminal shows it as it is.
    package mutating func appendVerbatim(_ text: String, _ version: RESPVersion) {
        if version == .two { return appendBulk(text) }
        header(UInt8(ascii: "="), Int64(text.utf8.count + 4))
        append("txt:")
        append(text: text)
        append("\r\n")
    }

    /// A client's command: an array of bulk strings.
    package mutating func appendCommand(_ arguments: [[UInt8]]) {
        appendArrayHeader(arguments.count)
        for argument in arguments { appendBulk(argument) }
    }

    package mutating func appendCommand(_ arguments: String...) {
        appendArrayHeader(arguments.count)
        for argument in arguments { appendBulk(argument) }
    }
}

extension IOBuffer {
    private mutating func header(_ type: UInt8, _ number: Int64) {
        let start = writer(reserving: 24)
        start[0] = type
        let length = 1 + writeDecimal(number, at: start + 1)
        commit(length + writeLineEnd(at: start + length))
    }

    private mutating func line(_ type: UInt8, _ text: String) {
        append(type)
        let mark = count
        append(text: text)
        let written = readable
        for index in mark..<count where written[index] == 0x0d || written[index] == 0x0a {
            written[index] = UInt8(ascii: " ")
        }
        append("\r\n")
    }
}

private func writeLineEnd(at start: UnsafeMutablePointer<UInt8>) -> Int {
    start[0] = UInt8(ascii: "\r")
    start[1] = UInt8(ascii: "\n")
    return 2
}
