import GrepvineDistCore
import GrepvineTransport

/// `GREP pattern [option …]`: one reply with the hits and then how complete they are.
extension RESPSession {
    /// What all replies of greps that one connection waits for may hold.
    static let mostGrepBytes = 16 << 20

    func grep(
        _ arguments: Arguments, node: inout Node, output: inout IOBuffer, now: Moment
    ) {
        do throws(GrepOptionError) {
            let ask = try GrepAsk(command: arguments)
            let id = RequestID(session: self.id, number: queue.next << 20)
            let collection = GrepCollection(ask.query, started: now.instant)
            queue.append(.grep(collection), waiting: 1, version)
            node.handle(.request(.grep(ask.query), id, deadline: ask.timeout), at: now)
        } catch {
            respond(&output) { $0.appendError("ERR \(error.text)") }
        }
    }

    /// Part of the answer to a grep: the next part is asked for until there is a summary.
    func collect(
        _ batch: GrepBatch, _ number: UInt64, node: inout Node, output: inout IOBuffer,
        now: Moment
    ) {
        guard let grep = queue.waitingGrep(number >> 20) else { return }
        let before = grep.size
        let hasRoom = grep.add(batch.hits, room: Self.mostGrepBytes - grepBytes)
        grepBytes += grep.size - before
        if let summary = batch.summary {
            grep.end(summary, now: now.instant) { node.cursor(at: $0, of: grep.query) }
            _ = queue.receive(.hits(GrepBatch(stream: 0, hits: [])), number >> 20, part: 0)
            return flush(&output)
        }
        if !hasRoom { node.metrics.grepRepliesCut += 1 }
        let next: Request =
            hasRoom ? .grepNext(stream: batch.stream) : .grepCancel(stream: batch.stream)
        node.handle(
            .request(next, RequestID(session: id, number: number), deadline: nil), at: now)
    }

    func append(_ grep: GrepCollection, _ version: RESPVersion, to output: inout IOBuffer) {
        grepBytes -= grep.size
        output.appendArrayHeader(2)
        switch grep.query.output {
        case .lines: appendLines(of: grep, to: &output)
        case .counts, .matchCounts:
            output.appendArrayHeader(grep.hits.count)
            for hit in grep.hits {
                output.appendArrayHeader(2)
                output.appendBulk(hit.key.bytes)
                output.appendInteger(hit.matchingLines)
            }
        case .keys, .keysWithoutMatch:
            output.appendArrayHeader(grep.hits.count)
            for hit in grep.hits { output.appendBulk(hit.key.bytes) }
        }
        append(grep.summary ?? GrepSummary(), of: grep, version, to: &output)
    }

    /// Key, number and text of each line; with context also what kind of line it is.
    private func appendLines(of grep: GrepCollection, to output: inout IOBuffer) {
        let hasContext = grep.query.before > 0 || grep.query.after > 0
        output.appendArrayHeader(grep.hits.reduce(0) { $0 + $1.lines.count })
        for hit in grep.hits {
            for line in hit.lines {
                output.appendArrayHeader(hasContext ? 4 : 3)
                output.appendBulk(hit.key.bytes)
                output.appendInteger(line.number)
                output.appendBulk(line.text)
                if hasContext { output.appendBulk(line.isMatch ? "match" : "context") }
            }
        }
    }

    private func append(
        _ summary: GrepSummary, of grep: GrepCollection, _ version: RESPVersion,
        to output: inout IOBuffer
    ) {
        output.appendMapHeader(9, version)
        output.appendBulk("complete")
        output.appendBoolean(summary.isComplete, version)
        output.appendBulk("missing")
        output.appendArrayHeader(summary.missing.count)
        for partition in summary.missing { output.appendInteger(Int(partition.number)) }
        output.appendBulk("deadline_passed")
        output.appendBoolean(summary.deadlinePassed, version)
        output.appendBulk("limit_reached")
        output.appendBoolean(summary.limitReached, version)
        output.appendBulk("cursor")
        if let cursor = summary.cursor {
            output.appendBulk(cursor)
        } else {
            output.appendNull(version)
        }
        output.appendBulk("documents")
        output.appendInteger(grep.hits.count)
        output.appendBulk("lines")
        output.appendInteger(grep.matchingLines)
        output.appendBulk("elapsed_ms")
        output.appendInteger(grep.elapsed.wholeMilliseconds)
        output.appendBulk("reasons")
        output.appendArrayHeader(summary.reasons.count)
        for name in summary.reasonNames { output.appendBulk(name) }
    }
}

extension GrepAsk {
    /// Of `GREP pattern option …`; options are words in any case.
    init(command arguments: RESPSession.Arguments) throws(GrepOptionError) {
        try self.init(pattern: Array(arguments[1]))
        var index = 2
        while index < arguments.count {
            let name = String(decoding: arguments[index].prefix(32), as: UTF8.self).lowercased()
            guard let option = GrepOption.named(name) else { throw GrepOption.unknown(name) }
            index += 1
            guard option.takesValue else {
                try set(option, nil)
                continue
            }
            guard index < arguments.count else {
                throw GrepOptionError("\(name) takes a value")
            }
            try set(option, Array(arguments[index]))
            index += 1
        }
        self = try checked()
    }
}
