import GrepvineDistCore
import GrepvineTransport

/// Hits as lines of JSON, one by one. What is not UTF-8 is given in base64, as ripgrep does it.
struct GrepRecords {
    private let output: GrepQuery.Output
    private var hits: [DocumentHit] = []
    private var nextHit = 0
    private var nextLine = 0
    private var summary: GrepSummary?
    private var elapsed = Duration.zero
    private var documents = 0
    private var matchingLines = 0
    /// The summary was written.
    private(set) var isOver = false

    init(_ output: GrepQuery.Output) { self.output = output }

    /// The next batch, once there is nothing more of the one before.
    mutating func take(_ batch: GrepBatch, elapsed: Duration) {
        (hits, nextHit, nextLine) = (batch.hits, 0, 0)
        (summary, self.elapsed) = (batch.summary, elapsed)
        documents += hits.count
        matchingLines += hits.reduce(0) { $0 + $1.matchingLines }
    }

    /// No batch follows the one that is here.
    var hasSummary: Bool { summary != nil }

    var hasMore: Bool { nextHit < hits.count || (summary != nil && !isOver) }

    /// False when there is nothing more for now.
    mutating func appendNext(to bytes: inout [UInt8]) -> Bool {
        guard nextHit < hits.count else { return appendSummary(to: &bytes) }
        let hit = hits[nextHit]
        switch output {
        case .lines: return appendLine(of: hit, to: &bytes)
        case .counts, .matchCounts:
            begin("count", hit.key, &bytes)
            bytes += ",\"lines\":\(hit.matchingLines)}\n".utf8
        case .keys, .keysWithoutMatch:
            begin("document", hit.key, &bytes)
            bytes += "}\n".utf8
        }
        nextHit += 1
        return true
    }

    /// The hit may hold nothing more: then nothing is appended, and the next one follows.
    private mutating func appendLine(of hit: DocumentHit, to bytes: inout [UInt8]) -> Bool {
        guard nextLine < hit.lines.count else {
            (nextHit, nextLine) = (nextHit + 1, 0)
            return true
        }
        let line = hit.lines[nextLine]
        begin(line.isMatch ? "match" : "context", hit.key, &bytes)
        bytes += ",\"line\":\(line.number),\"offset\":\(line.offset),".utf8
        Self.append(line.text, as: "text", orElse: "bytes", to: &bytes)
        bytes += ",\"matches\":[".utf8
        for (index, match) in line.matches.enumerated() {
            bytes += "\(index > 0 ? "," : "")[\(match.lowerBound),\(match.upperBound)]".utf8
        }
        bytes += "]}\n".utf8
        nextLine += 1
        return true
    }

    private func begin(_ type: String, _ key: Key, _ bytes: inout [UInt8]) {
        bytes += "{\"type\":\"\(type)\",".utf8
        Self.append(key.bytes, as: "key", orElse: "key_bytes", to: &bytes)
    }

    private mutating func appendSummary(to bytes: inout [UInt8]) -> Bool {
        guard let summary, !isOver else { return false }
        isOver = true
        let missing = summary.missing.map { "\($0.number)" }.joined(separator: ",")
        bytes += "{\"type\":\"summary\",\"complete\":\(summary.isComplete)".utf8
        let reasons = summary.reasonNames.map { "\"\($0)\"" }.joined(separator: ",")
        bytes += ",\"missing\":[\(missing)],\"reasons\":[\(reasons)]".utf8
        bytes += ",\"deadline_passed\":\(summary.deadlinePassed)".utf8
        let cursor = summary.cursor.map { "\"\($0)\"" } ?? "null"
        bytes += ",\"limit_reached\":\(summary.limitReached),\"cursor\":\(cursor)".utf8
        bytes += ",\"documents\":\(documents)".utf8
        bytes += ",\"lines\":\(matchingLines)".utf8
        bytes += ",\"documents_searched\":\(summary.documentsSearched)".utf8
        bytes += ",\"bytes_searched\":\(summary.bytesSearched)".utf8
        bytes += ",\"elapsed_ms\":\(elapsed.wholeMilliseconds)}\n".utf8
        return true
    }

    /// The last line of an answer that broke off: no summary follows.
    static func failure(_ failure: Failure) -> [UInt8] {
        var bytes = Array("{\"type\":\"error\",\"code\":".utf8)
        JSONText.append(failure.code.rawValue.utf8, to: &bytes)
        bytes += ",\"detail\":".utf8
        JSONText.append(failure.message.utf8, to: &bytes)
        return bytes + Array("}\n".utf8)
    }

    private static func append(
        _ data: [UInt8], as name: String, orElse bytesName: String, to bytes: inout [UInt8]
    ) {
        if String(validating: data, as: UTF8.self) != nil {
            bytes += "\"\(name)\":".utf8
            JSONText.append(data, to: &bytes)
        } else {
            bytes += "\"\(bytesName)\":\"".utf8
            Base64.append(data, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
    }
}
