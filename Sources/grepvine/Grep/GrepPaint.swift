/// ripgrep's colours: path magenta, line number green, match bold red.
enum GrepPaint {
    static let reset = Array("\u{1b}[0m".utf8)
    static let key = Array("\u{1b}[0m\u{1b}[35m".utf8)
    static let line = Array("\u{1b}[0m\u{1b}[32m".utf8)
    static let match = Array("\u{1b}[0m\u{1b}[1m\u{1b}[31m".utf8)
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
}
