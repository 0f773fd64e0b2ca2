import GrepvineDistCore

/// Prints hits byte for byte as ripgrep 13 prints files, with the key in the path's place.
struct GrepPrinter {
    let style: GrepStyle
    /// Lines in which something matched, and matches, so far.
    private(set) var matchedLines = 0
    private(set) var matchedDocuments = 0
    private var json = GrepJSON()

    init(_ style: GrepStyle) { self.style = style }

    /// Appends what the hit looks like.
    mutating func print(_ hit: DocumentHit, to bytes: inout [UInt8]) {
        defer {
            matchedDocuments += 1
            matchedLines += hit.matchingLines
        }
        switch style.form {
        case .lines: printLines(hit, to: &bytes)
        case .counts: printCount(hit.matchingLines, hit.key, to: &bytes)
        case .matchCounts:
            let count = hit.lines.lazy.filter(\.isMatch).map { max(1, $0.matches.count) }
                .reduce(0, +)
            printCount(count, hit.key, to: &bytes)
        case .keys:
            printKey(hit.key, to: &bytes)
            bytes.append(.lineFeed)
        case .json: json.append(hit, to: &bytes)
        }
    }

    /// Appends what follows the last hit. `elapsed` is the time that the whole search took.
    mutating func finish(
        _ summary: GrepSummary, elapsed: Duration, to bytes: inout [UInt8]
    ) {
        if style.form == .json { json.append(summary, elapsed: elapsed, to: &bytes) }
    }

    private func printLines(_ hit: DocumentHit, to bytes: inout [UInt8]) {
        if style.heading {
            if matchedDocuments > 0 { bytes.append(.lineFeed) }
            printKey(hit.key, to: &bytes)
            bytes.append(.lineFeed)
        } else if style.hasContext, matchedDocuments > 0 {
            bytes += GrepPaint.groupSeparator
        }
        var expected: Int?
        for line in hit.lines {
            if style.hasContext, let expected, line.number != expected {
                bytes += GrepPaint.groupSeparator
            }
            expected = line.number + 1
            printLine(line, of: hit.key, to: &bytes)
        }
    }

    private func printLine(
        _ line: DocumentHit.Line, of key: Key, to bytes: inout [UInt8]
    ) {
        if style.onlyMatching, !line.matches.isEmpty {
            for match in line.matches {
                printPrefix(line, key, to: &bytes)
                paintMatch(line.text[match], to: &bytes)
                bytes.append(.lineFeed)
            }
            return
        }
        printPrefix(line, key, to: &bytes)
        // ripgrep counts the line feed.
        if let limit = style.maxColumns, limit > 0, line.text.count + 1 > limit {
            bytes += omission(of: line).utf8
        } else {
            paintText(line, to: &bytes)
        }
        bytes.append(.lineFeed)
    }

    private func printPrefix(
        _ line: DocumentHit.Line, _ key: Key, to bytes: inout [UInt8]
    ) {
        let separator: UInt8 = line.isMatch ? UInt8(ascii: ":") : UInt8(ascii: "-")
        if !style.heading {
            printKey(key, to: &bytes)
            bytes.append(separator)
        }
        if style.lineNumbers {
            if style.color { bytes += GrepPaint.line }
            bytes += String(line.number).utf8
            if style.color { bytes += GrepPaint.reset }
            bytes.append(separator)
        }
    }

    private func printCount(_ count: Int, _ key: Key, to bytes: inout [UInt8]) {
        guard count > 0 else { return }
        printKey(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes += String(count).utf8
        bytes.append(.lineFeed)
    }

    private func printKey(_ key: Key, to bytes: inout [UInt8]) {
        if style.color { bytes += GrepPaint.key }
        bytes += key.bytes
        if style.color { bytes += GrepPaint.reset }
    }

    private func paintText(_ line: DocumentHit.Line, to bytes: inout [UInt8]) {
        guard style.color else {
            bytes += line.text
            return
        }
        var position = 0
        var matches = line.matches.filter { !$0.isEmpty }[...]
        while var match = matches.popFirst() {
            // Matches that touch are painted as one.
            while let next = matches.first, next.lowerBound == match.upperBound {
                match = match.lowerBound..<next.upperBound
                matches.removeFirst()
            }
            bytes += line.text[position..<match.lowerBound]
            paintMatch(line.text[match], to: &bytes)
            position = match.upperBound
        }
        bytes += line.text[position...]
    }

    private func paintMatch(_ text: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        guard style.color, !text.isEmpty else {
            bytes += text
            return
        }
        bytes += GrepPaint.match
        bytes += text
        bytes += GrepPaint.reset
    }

    /// ripgrep counts matches only when it has to know where they are.
    private func omission(of line: DocumentHit.Line) -> String {
        if style.color || style.onlyMatching, !line.matches.isEmpty {
            return "[Omitted long line with \(line.matches.count) matches]"
        }
        return "[Omitted long \(line.isMatch ? "matching" : "context") line]"
    }
}

/// ripgrep's colours: path magenta, line green, match bold red.
enum GrepPaint {
    static let reset = Array("\u{1b}[0m".utf8)
    static let key = Array("\u{1b}[0m\u{1b}[35m".utf8)
    static let line = Array("\u{1b}[0m\u{1b}[32m".utf8)
    static let match = Array("\u{1b}[0m\u{1b}[1m\u{1b}[31m".utf8)
    static let groupSeparator = Array("--\n".utf8)
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
}
