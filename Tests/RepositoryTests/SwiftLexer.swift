/// A word, a mark or a string of Swift source. Comments are gone.
struct SwiftToken: Sendable {
    enum Kind: Sendable {
        case word, mark, string
    }

    let kind: Kind
    /// For a string what stands between its quotes, without interpolations.
    let text: String
    let line: Int

    func isWord(_ word: String) -> Bool { kind == .word && text == word }
    func isMark(_ mark: String) -> Bool { kind == .mark && text == mark }
}

/// Just enough of Swift's lexical rules to tell code from comments and strings: nested comments,
/// raw and multi-line strings, and the code inside interpolations.
struct SwiftLexer {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var found: [SwiftToken] = []

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func tokens() -> [SwiftToken] {
        while index < bytes.count { code(insideInterpolation: false) }
        return found
    }

    private static let quote = UInt8(ascii: "\"")
    private static let hash = UInt8(ascii: "#")
    private static let newline = UInt8(ascii: "\n")

    /// Reads to the end, or to the parenthesis that ends an interpolation.
    private mutating func code(insideInterpolation: Bool) {
        var depth = 0
        while index < bytes.count {
            let byte = bytes[index]
            if starts(with: "//") {
                while index < bytes.count, bytes[index] != Self.newline { index += 1 }
            } else if starts(with: "/*") {
                comment()
            } else if let hashes = stringOpening() {
                string(hashes: hashes)
            } else if isWordByte(byte) {
                word()
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    depth -= 1
                    if insideInterpolation, depth < 0 { return advance() }
                }
                if byte > UInt8(ascii: " ") {
                    add(.mark, String(decoding: [byte], as: UTF8.self), line)
                }
                advance()
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                index += 2
            } else if starts(with: "*/") {
                depth -= 1
                index += 2
            } else {
                advance()
            }
        } while depth > 0 && index < bytes.count
    }

    private mutating func word() {
        let start = index
        while index < bytes.count, isWordByte(bytes[index]) { index += 1 }
        add(.word, String(decoding: bytes[start..<index], as: UTF8.self), line)
    }

    /// The number of `#` before the quote when a string begins here.
    private func stringOpening() -> Int? {
        var end = index
        while end < bytes.count, bytes[end] == Self.hash { end += 1 }
        return end < bytes.count && bytes[end] == Self.quote ? end - index : nil
    }

    private mutating func string(hashes: Int) {
        let first = line
        index += hashes
        let quotes = starts(with: "\"\"\"") ? 3 : 1
        index += quotes
        let suffix = String(repeating: "#", count: hashes)
        let closing = String(repeating: "\"", count: quotes) + suffix
        let escape = "\\" + suffix
        var content: [UInt8] = []
        while index < bytes.count, !starts(with: closing) {
            if starts(with: escape) {
                index += escape.utf8.count
                guard index < bytes.count else { break }
                if bytes[index] == UInt8(ascii: "(") {
                    index += 1
                    code(insideInterpolation: true)
                    continue
                }
            }
            content.append(bytes[index])
            advance()
        }
        index = min(bytes.count, index + closing.utf8.count)
        add(.string, String(decoding: content, as: UTF8.self), first)
    }

    private mutating func advance() {
        if bytes[index] == Self.newline { line += 1 }
        index += 1
    }

    private mutating func add(_ kind: SwiftToken.Kind, _ text: String, _ line: Int) {
        found.append(SwiftToken(kind: kind, text: text, line: line))
    }

    private func starts(with text: String) -> Bool {
        let wanted = text.utf8
        guard index + wanted.count <= bytes.count else { return false }
        return wanted.elementsEqual(bytes[index..<index + wanted.count])
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
        default: false
        }
    }
}
