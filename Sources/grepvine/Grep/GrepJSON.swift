import GrepvineDistCore
import GrepvineTransport

/// ripgrep's JSON Lines: begin, match, context and end for each document, then a summary.
/// What ripgrep cannot know is added under names of its own: the version of a document, and how
/// complete the answer is. Time and bytes per document are not known here and stay 0.
struct GrepJSON {
    func append(_ hit: DocumentHit, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes += "{\"type\":\"begin\",\"data\":{\"path\":".utf8
        JSONText.appendData(hit.key.bytes, to: &bytes)
        bytes += ",\"version\":\"\(hit.version)\"}}\n".utf8
        for line in hit.lines { Self.append(line, of: hit.key, to: &bytes) }
        let size = bytes.count - start
        bytes += "{\"type\":\"end\",\"data\":{\"path\":".utf8
        JSONText.appendData(hit.key.bytes, to: &bytes)
        let offset = hit.binaryOffset.map(String.init) ?? "null"
        bytes += ",\"binary_offset\":\(offset),\"stats\":{\"elapsed\":".utf8
        bytes += Self.elapsed(.zero, isSorted: false).utf8
        bytes +=
            (",\"searches\":1,\"searches_with_match\":1,\"bytes_searched\":0,"
            + "\"bytes_printed\":\(size),\"matched_lines\":\(hit.matchingLines),"
            + "\"matches\":\(hit.matches)}}}\n").utf8
    }

    func append(
        _ summary: GrepSummary, _ found: GrepStatistics, elapsed: Duration,
        to bytes: inout [UInt8]
    ) {
        let missing = summary.missing.map { "\($0.number)" }.joined(separator: ",")
        let time = Self.elapsed(elapsed, isSorted: true)
        let stats =
            "{\"bytes_printed\":\(found.printed),\"bytes_searched\":\(summary.bytesSearched)"
            + ",\"elapsed\":\(time),\"matched_lines\":\(found.matchingLines)"
            + ",\"matches\":\(found.matches)"
            + ",\"searches\":\(summary.documentsSearched)"
            + ",\"searches_with_match\":\(found.documents)}"
        let cursor = summary.cursor.map { "\"\($0)\"" } ?? "null"
        bytes += "{\"data\":{\"complete\":\(summary.isComplete),\"cursor\":\(cursor)".utf8
        bytes += ",\"deadline_passed\":\(summary.deadlinePassed)".utf8
        bytes += ",\"elapsed_total\":\(time),\"limit_reached\":\(summary.limitReached)".utf8
        let reasons = summary.reasonNames.map { "\"\($0)\"" }.joined(separator: ",")
        bytes += ",\"missing_partitions\":[\(missing)],\"reasons\":[\(reasons)]".utf8
        bytes += ",\"stats\":\(stats)".utf8
        bytes += "},\"type\":\"summary\"}\n".utf8
    }

    private static func append(
        _ line: DocumentHit.Line, of key: Key, to bytes: inout [UInt8]
    ) {
        bytes += "{\"type\":\"\(line.isMatch ? "match" : "context")\",\"data\":{\"path\":".utf8
        JSONText.appendData(key.bytes, to: &bytes)
        bytes += ",\"lines\":".utf8
        JSONText.appendData(Array(line.bytes), to: &bytes)
        bytes += ",\"line_number\":\(line.number),\"absolute_offset\":\(line.offset)".utf8
        bytes += ",\"submatches\":[".utf8
        for (index, match) in line.matches.enumerated() {
            bytes += (index > 0 ? ",{\"match\":" : "{\"match\":").utf8
            JSONText.appendData(Array(line.text[match]), to: &bytes)
            bytes += ",\"start\":\(match.lowerBound),\"end\":\(match.upperBound)}".utf8
        }
        bytes += "]}}\n".utf8
    }

    /// ripgrep sorts the members in its summary and nowhere else.
    private static func elapsed(_ time: Duration, isSorted: Bool) -> String {
        let (whole, rest) = max(0, time.wholeNanoseconds)
            .quotientAndRemainder(dividingBy: 1_000_000_000)
        let human = "\"human\":\"\(seconds(time))s\""
        return isSorted
            ? "{\(human),\"nanos\":\(rest),\"secs\":\(whole)}"
            : "{\"secs\":\(whole),\"nanos\":\(rest),\(human)}"
    }

    /// With six digits behind the point.
    static func seconds(_ time: Duration) -> String {
        let micros = max(0, time.wholeNanoseconds) / 1000
        let digits = String(micros % 1_000_000)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - digits.count) + digits
    }
}
