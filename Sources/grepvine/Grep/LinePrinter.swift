import GrepvineDistCore

/// Prints one line of a hit: what stands before it, its text, its matches in colour.
struct LinePrinter {
    private let style: GrepStyle

    init(_ style: GrepStyle) { self.style = style }

    func print(key: Key, to bytes: inout [UInt8]) {
        if style.color { bytes += GrepPaint.key }
        bytes += key.bytes
        if style.color { bytes += GrepPaint.reset }
    }

    func print(_ line: DocumentHit.Line, of key: Key, to bytes: inout [UInt8]) {
        guard style.showsMatches, !line.matches.isEmpty else {
            printPrefix(line, key, line.offset, column: nil, to: &bytes)
            return printText(line.bytes, line, [], to: &bytes)
        }
        if style.onlyMatching {
            for match in line.matches {
                printPrefix(
                    line, key, line.offset + match.lowerBound, column: match.lowerBound,
                    to: &bytes)
                let text = line.text[match]
                printText(text, line, [text.startIndex..<text.endIndex], to: &bytes)
            }
        } else if style.perMatch {
            for match in line.matches {
                printPrefix(
                    line, key, line.offset + match.lowerBound, column: match.lowerBound,
                    to: &bytes)
                printText(line.bytes, line, [match], to: &bytes)
            }
        } else {
            let column = line.matches.first?.lowerBound
            printPrefix(line, key, line.offset, column: column, to: &bytes)
            printText(line.bytes, line, line.matches, to: &bytes)
        }
    }

    private func printPrefix(
        _ line: DocumentHit.Line, _ key: Key, _ offset: Int, column: Int?,
        to bytes: inout [UInt8]
    ) {
        let separator = line.isMatch ? style.matchSeparator : style.contextFieldSeparator
        if !style.heading, style.showsKeys {
            print(key: key, to: &bytes)
            bytes += style.endsKeysWithNUL ? [0] : separator
        }
        if style.lineNumbers {
            if style.color { bytes += GrepPaint.line }
            bytes += String(line.number).utf8
            if style.color { bytes += GrepPaint.reset }
            bytes += separator
        }
        if style.columns, let column { printPlain(column + 1, separator, to: &bytes) }
        if style.offsets { printPlain(offset, separator, to: &bytes) }
    }

    /// A field that has no colour of its own is set apart all the same.
    private func printPlain(_ number: Int, _ separator: [UInt8], to bytes: inout [UInt8]) {
        if style.color { bytes += GrepPaint.reset }
        bytes += String(number).utf8
        if style.color { bytes += GrepPaint.reset }
        bytes += separator
    }

    /// `matches` in the indexes of `text`. The end of the line is written whatever the text has.
    private func printText(
        _ text: ArraySlice<UInt8>, _ line: DocumentHit.Line, _ matches: [Range<Int>],
        to bytes: inout [UInt8]
    ) {
        let paints = style.color && !matches.isEmpty
        let trimmed = trimmed(text)
        // Painted lines are measured before they are trimmed.
        if let limit = style.maxColumns, limit > 0, (paints ? text : trimmed).count > limit {
            return printLong(paints ? text : trimmed, line, matches, to: &bytes)
        }
        if paints {
            paint(withoutEnd(trimmed), matches, to: &bytes)
            bytes += style.lineEnd
        } else {
            bytes += trimmed
            if trimmed.last != .lineFeed { bytes += style.lineEnd }
        }
    }

    private func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard style.trims else { return text }
        return text.drop { byte in
            let isSpace = byte == 32 || (9...13).contains(byte)
            return isSpace && !style.lineEnd.contains(byte)
        }
    }

    private func withoutEnd(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard text.last == .lineFeed else { return text }
        let rest = text.dropLast()
        return style.endsLinesWithCRLF && rest.last == 13 ? rest.dropLast() : rest
    }

    /// Neighbours that touch are painted as one.
    private func paint(
        _ text: ArraySlice<UInt8>, _ matches: [Range<Int>], to bytes: inout [UInt8]
    ) {
        var position = text.startIndex
        var isPainting = false
        for match in matches where !match.isEmpty && match.upperBound > position {
            if match.lowerBound >= text.endIndex { break }
            if match.lowerBound > position {
                if isPainting { bytes += GrepPaint.reset }
                isPainting = false
                bytes += text[position..<match.lowerBound]
                position = match.lowerBound
            }
            if !isPainting, position < text.endIndex { bytes += GrepPaint.match }
            isPainting = true
            let end = min(match.upperBound, text.endIndex)
            bytes += text[position..<end]
            position = end
        }
        if isPainting { bytes += GrepPaint.reset }
        bytes += text[position...]
    }
}

extension LinePrinter {
    /// What stands for a line of more than the most columns.
    private func printLong(
        _ text: ArraySlice<UInt8>, _ line: DocumentHit.Line, _ matches: [Range<Int>],
        to bytes: inout [UInt8]
    ) {
        defer { bytes += style.lineEnd }
        let count = style.showsMatches ? line.matches.count : 0
        guard style.previewsLongLines, let limit = style.maxColumns else {
            if count > 0, !style.onlyMatching {
                bytes += "[Omitted long line with \(count) matches]".utf8
            } else {
                bytes += "[Omitted long \(line.isMatch ? "matching" : "context") line]".utf8
            }
            return
        }
        let shown = trimmed(withoutEnd(Graphemes.prefix(limit, of: text)))
        if style.color, !matches.isEmpty {
            paint(shown, matches, to: &bytes)
        } else {
            bytes += shown
        }
        if count == 0 {
            bytes += " [... omitted end of long line]".utf8
        } else {
            let end = shown.endIndex
            let more = matches.count { $0.lowerBound >= end }
            bytes += " [... \(more) more \(more == 1 ? "match" : "matches")]".utf8
        }
    }
}

extension DocumentHit.Line {
    /// The text with the line feed that follows it.
    var bytes: ArraySlice<UInt8> { hasLineFeed ? (text + [.lineFeed])[...] : text[...] }
}

/// Characters as people see them.
enum Graphemes {
    /// The first `count` of them. Bytes that are not UTF-8 count as one each.
    static func prefix(_ count: Int, of text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        // No character is longer than this many bytes in practice: the rest need not be decoded.
        let head = text.prefix(count < 1 << 20 ? count * 64 : text.count)
        guard let decoded = String(validating: head, as: UTF8.self) else {
            return broken(count, of: text)
        }
        return text.prefix(decoded.prefix(count).utf8.count)
    }

    private static func broken(_ count: Int, of text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = text.startIndex
        for _ in 0..<count where end < text.endIndex {
            end += 1
            while end < text.endIndex, text[end] & 0xc0 == 0x80 { end += 1 }
        }
        return text[..<end]
    }
}
