import GrepvineDistCore
import Testing

@testable import GrepvineNode

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite("Log lines")
struct LogLineTests {
    private let event = LogEvent(
        .info, "member-joined",
        [
            "member": "n 2", "partitions": 341, "isSeed": true,
            "after": .duration(.microseconds(1500)), "note": "a\"b\n",
        ])
    private let time = WallTime(milliseconds: 1_767_323_045_678)

    @Test("text is for people: aligned, quoted only where it must be")
    func text() {
        #expect(
            String(decoding: LogLine.text(event, node: "n1", at: time), as: UTF8.self)
                == "2026-01-02T03:04:05.678Z info    n1 member-joined member=\"n 2\" "
                + "partitions=341 isSeed=true after=1.500 note=\"a\\\"b\\n\"")
    }

    @Test("JSON is one object with typed values")
    func json() {
        #expect(
            String(decoding: LogLine.json(event, node: "n1", at: time), as: UTF8.self)
                == #"{"time":"2026-01-02T03:04:05.678Z","level":"info","node":"n1","#
                + #""event":"member-joined","member":"n 2","partitions":341,"isSeed":true,"#
                + #""after":1.500,"note":"a\"b\n"}"#)
    }

    @Test("a long JSON line loses its last fields, says so, and stays an object")
    func truncation() {
        let line = LogLine.json(event, node: "n1", at: time, limit: 130)
        let text = String(decoding: line, as: UTF8.self)
        #expect(line.count <= 130)
        #expect(text.hasSuffix(#""member":"n 2","truncated":true}"#))
    }

    @Test(
        "wall time is written as RFC 3339 in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ])
    func times(milliseconds: Int64, text: String) {
        #expect(WallTime(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test("a reader that does not keep up loses lines, never blocks the writer, and is told")
    func slowReader() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var writer = LogWriter(node: "n", format: .json, descriptor: ends[1])
        let attempts = 2000
        for _ in 0..<attempts { writer.write(event, at: time) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let before = read(ends[0], &buffer, buffer.count)
        let kept = buffer[..<before].count { $0 == UInt8(ascii: "\n") }
        #expect(kept > 0 && kept < attempts)
        writer.write(event, at: time)
        let after = read(ends[0], &buffer, buffer.count)
        let text = String(decoding: buffer[..<after], as: UTF8.self)
        #expect(text.contains(#""event":"log-lines-dropped","count":\#(attempts - kept)}"#))
    }

    @Test("events below the minimum are not written")
    func minimum() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var writer = LogWriter(node: "n", format: .text, minimum: .warning, descriptor: ends[1])
        writer.write(event, at: time)
        writer.write(LogEvent(.error, "disk-full"), at: time)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(ends[0], &buffer, buffer.count)
        #expect(
            String(decoding: buffer[..<count], as: UTF8.self)
                == "2026-01-02T03:04:05.678Z error   n disk-full\n")
    }
}
