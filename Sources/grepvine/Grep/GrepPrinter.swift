import GrepvineDistCore

/// Prints hits byte for byte as ripgrep 13 prints files, with the key in the path's place.
struct GrepPrinter {
    let style: GrepStyle
    private(set) var statistics = GrepStatistics()
    private var hasPrintedLines = false
    private let linePrinter: LinePrinter
    private var json = GrepJSON()

    init(_ style: GrepStyle) {
        self.style = style
        linePrinter = LinePrinter(style)
    }

    /// Appends what the hit looks like. Somebody may have named this document, so that it was
    /// searched whatever it holds.
    mutating func print(_ hit: DocumentHit, isNamed: Bool = false, to bytes: inout [UInt8]) {
        let start = bytes.count
        switch style.form {
        case .lines: printLines(hit, isNamed, to: &bytes)
        case .counts: printCount(hit.matchingLines, hit.key, to: &bytes)
        case .matchCounts: printCount(hit.matches, hit.key, to: &bytes)
        case .keys:
            linePrinter.print(key: hit.key, to: &bytes)
            bytes += style.endsKeysWithNUL ? [0] : style.lineEnd
        case .json: json.append(hit, to: &bytes)
        }
        statistics.add(hit, printed: bytes.count - start)
    }

    /// Appends what follows the last hit. `elapsed` is the time that the whole search took.
    mutating func finish(
        _ summary: GrepSummary, elapsed: Duration, to bytes: inout [UInt8]
    ) {
        if style.form == .json {
            json.append(summary, statistics, elapsed: elapsed, to: &bytes)
        } else if style.statistics {
            statistics.append(summary, elapsed: elapsed, to: &bytes)
        }
    }

    private mutating func printLines(
        _ hit: DocumentHit, _ isNamed: Bool, to bytes: inout [UInt8]
    ) {
        if let first = hit.lines.first {
            printPrelude(hit.key, to: &bytes)
            var expected = first.number
            for line in hit.lines {
                if style.hasContext, line.number != expected { printGroupSeparator(to: &bytes) }
                expected = line.number + 1
                linePrinter.print(line, of: hit.key, to: &bytes)
            }
        }
        if let offset = hit.binaryOffset {
            let isCut = style.skipsBinary && !isNamed
            printBinary(hit.key, at: offset, isCut: isCut, to: &bytes)
        }
    }

    private mutating func printPrelude(_ key: Key, to bytes: inout [UInt8]) {
        if hasPrintedLines {
            if style.heading {
                bytes += style.lineEnd
            } else if style.hasContext {
                printGroupSeparator(to: &bytes)
            }
        }
        hasPrintedLines = true
        guard style.heading, style.showsKeys else { return }
        linePrinter.print(key: key, to: &bytes)
        bytes += style.endsKeysWithNUL ? [0] : style.lineEnd
    }

    private func printGroupSeparator(to bytes: inout [UInt8]) {
        guard let separator = style.groupSeparator else { return }
        bytes += separator + style.lineEnd
    }

    /// Why there are no more lines of a document that holds a NUL byte.
    private mutating func printBinary(
        _ key: Key, at offset: Int, isCut: Bool, to bytes: inout [UInt8]
    ) {
        if style.showsKeys {
            linePrinter.print(key: key, to: &bytes)
            bytes += ": ".utf8
        }
        let place = "(found \"\\0\" byte around offset \(offset))\n"
        bytes +=
            isCut
            ? "WARNING: stopped searching binary file after match \(place)".utf8
            : "binary file matches \(place)".utf8
        hasPrintedLines = true
    }

    private func printCount(_ count: Int, _ key: Key, to bytes: inout [UInt8]) {
        guard count > 0 else { return }
        if style.showsKeys {
            linePrinter.print(key: key, to: &bytes)
            bytes += style.endsKeysWithNUL ? [0] : style.matchSeparator
        }
        bytes += String(count).utf8
        bytes += style.lineEnd
    }
}
