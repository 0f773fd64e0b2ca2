import GrepvineDistCore

/// ripgrep's JSON Lines: begin, match, context and end for each document, then a summary.
/// What ripgrep cannot know is added under names of its own: the version of a document, and how
/// complete the answer is. Time and bytes per document are not known here and stay 0.
struct GrepJSON {
    private var printed = 0
    private var matches = 0
    private var matchedLines = 0
    private var documents = 0

    mutating func append(_ hit: DocumentHit, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes += "{\"type\":\"begin\",\"data\":{\"path\":".utf8
        Self.appendData(hit.key.bytes, to: &bytes)
        bytes += ",\"version\":\"\(hit.version)\"}}\n".utf8
        for line in hit.lines { Self.append(line, of: hit.key, to: &bytes) }
        let size = bytes.count - start
        let count = hit.lines.reduce(0) { $0 + $1.matches.count }
        bytes += "{\"type\":\"end\",\"data\":{\"path\":".utf8
        Self.appendData(hit.key.bytes, to: &bytes)
        bytes += ",\"binary_offset\":null,\"stats\":{\"elapsed\":".utf8
        bytes += Self.elapsed(.zero, isSorted: false).utf8
        bytes +=
            (",\"searches\":1,\"searches_with_match\":1,\"bytes_searched\":0,"
            + "\"bytes_printed\":\(size),\"matched_lines\":\(hit.matchingLines),"
            + "\"matches\":\(count)}}}\n").utf8
        printed += size
        matches += count
        matchedLines += hit.matchingLines
        documents += 1
    }

    func append(_ summary: GrepSummary, elapsed: Duration, to bytes: inout [UInt8]) {
        let missing = summary.missing.map { "\($0.number)" }.joined(separator: ",")
        let time = Self.elapsed(elapsed, isSorted: true)
        let stats =
            "{\"bytes_printed\":\(printed),\"bytes_searched\":\(summary.bytesSearched)"
            + ",\"elapsed\":\(time),\"matched_lines\":\(matchedLines),\"matches\":\(matches)"
            + ",\"searches\":\(summary.documentsSearched)"
            + ",\"searches_with_match\":\(documents)}"
        bytes += "{\"data\":{\"complete\":\(summary.isComplete)".utf8
        bytes += ",\"deadline_passed\":\(summary.deadlinePassed)".utf8
        bytes += ",\"elapsed_total\":\(time),\"limit_reached\":\(summary.limitReached)".utf8
        bytes += ",\"missing_partitions\":[\(missing)],\"stats\":\(stats)".utf8
        bytes += "},\"type\":\"summary\"}\n".utf8
    }

    private static func append(
        _ line: DocumentHit.Line, of key: Key, to bytes: inout [UInt8]
    ) {
        bytes += "{\"type\":\"\(line.isMatch ? "match" : "context")\",\"data\":{\"path\":".utf8
        appendData(key.bytes, to: &bytes)
        bytes += ",\"lines\":".utf8
        appendData(line.text + [.lineFeed], to: &bytes)
        bytes += ",\"line_number\":\(line.number),\"absolute_offset\":\(line.offset)".utf8
        bytes += ",\"submatches\":[".utf8
        for (index, match) in line.matches.enumerated() {
            bytes += (index > 0 ? ",{\"match\":" : "{\"match\":").utf8
            appendData(Array(line.text[match]), to: &bytes)
            bytes += ",\"start\":\(match.lowerBound),\"end\":\(match.upperBound)}".utf8
        }
        bytes += "]}}\n".utf8
    }

    /// `{"text":…}`, or `{"bytes":…}` in base64 for what is not UTF-8.
    private static func appendData(_ data: [UInt8], to bytes: inout [UInt8]) {
        if String(validating: data, as: UTF8.self) != nil {
            bytes += "{\"text\":".utf8
            JSONText.append(data, to: &bytes)
        } else {
            bytes += "{\"bytes\":\"".utf8
            Base64.append(data, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// ripgrep sorts the members in its summary and nowhere else.
    private static func elapsed(_ time: Duration, isSorted: Bool) -> String {
        let all = max(0, time.wholeNanoseconds)
        let (seconds, rest) = all.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest / 1000)
        let micros = String(repeating: "0", count: 6 - digits.count) + digits
        let human = "\"human\":\"\(seconds).\(micros)s\""
        return isSorted
            ? "{\(human),\"nanos\":\(rest),\"secs\":\(seconds)}"
            : "{\"secs\":\(seconds),\"nanos\":\(rest),\(human)}"
    }
}

/// RFC 4648, with padding.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(_ data: [UInt8], to bytes: inout [UInt8]) {
        for start in stride(from: 0, to: data.count, by: 3) {
            let group = data[start..<min(start + 3, data.count)]
            var bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            bits &= 0xff_ffff
            for place in 0..<4 {
                let isPadding = place > group.count
                bytes.append(
                    isPadding ? UInt8(ascii: "=") : alphabet[bits >> (18 - 6 * place) & 63])
            }
        }
    }
}
