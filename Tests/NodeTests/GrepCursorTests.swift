import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("The cursor of a grep")
struct GrepCursorTests {
    static let cluster = NodeID(high: 0x0123_4567_89ab_cdef, low: 42)

    static let query: GrepQuery = {
        var query = GrepQuery("needle")
        query.filter.globs = ["a/*"]
        query.limit = 10
        return query
    }()

    static let cursor = GrepCursor(
        GrepPosition(key: Key([0x61, 0xff, 0]), line: 7, matchingLines: 3), notBefore: nil)

    private static func failure(
        _ text: String, for query: GrepQuery = query, cluster: NodeID = cluster
    ) -> Failure? {
        do throws(Failure) {
            _ = try GrepCursor(text, for: query, cluster: cluster)
            return nil
        } catch {
            return error
        }
    }

    @Test("comes back as it was, whatever the page's size")
    func roundTrip() throws {
        let longest = GrepCursor(
            GrepPosition(key: Key([UInt8](repeating: 9, count: Key.longest)), line: .max),
            notBefore: WallTime(milliseconds: 1_700_000_000_000))
        for cursor in [Self.cursor, longest, GrepCursor(GrepPosition(key: "k"), notBefore: nil)] {
            let text = cursor.sealed(for: Self.query, cluster: Self.cluster)
            #expect(text.utf8.count <= GrepCursor.longest)
            var query = Self.query
            query.limit = 3
            query.cursor = text
            #expect(try GrepCursor(text, for: query, cluster: Self.cluster) == cursor)
        }
    }

    @Test("changed anywhere, cut or made longer it is refused")
    func forged() {
        let text = Self.cursor.sealed(for: Self.query, cluster: Self.cluster)
        for index in text.indices {
            for letter in ["A", "z", "_", "=", "é"] as [Character] where letter != text[index] {
                let other = text[..<index] + String(letter) + text[text.index(after: index)...]
                #expect(Self.failure(String(other)) == GrepCursor.forged)
            }
            #expect(Self.failure(String(text[..<index])) == GrepCursor.forged)
        }
        #expect(Self.failure(text + "A") == GrepCursor.forged)
        #expect(Self.failure(String(repeating: "A", count: 200_000)) == GrepCursor.forged)
        #expect(GrepCursor.forged.code.rawValue == "bad-cursor")
    }

    @Test("of another cluster it is refused")
    func foreign() {
        let text = Self.cursor.sealed(for: Self.query, cluster: Self.cluster)
        #expect(Self.failure(text, cluster: NodeID(high: 1, low: 42)) == GrepCursor.forged)
        #expect(Self.failure(text) == nil)
    }

    @Test(
        "of another query it is refused",
        arguments: [
            { $0.pattern = "needles" }, { $0.options.ignoresCase = true }, { $0.output = .counts },
            { $0.before = 1 }, { $0.after = 1 }, { $0.keyPrefix = [1] }, { $0.filter.globs = [] },
            { $0.filter.contentType = .json }, { $0.filter.jsonPath = "$.a" },
            { $0.limitPerDocument = 1 }, { $0.binary = .isSkipped },
            { $0.filter.notBefore = WallTime(milliseconds: 5) },
        ] as [@Sendable (inout GrepQuery) -> Void])
    func otherQuery(_ change: @Sendable (inout GrepQuery) -> Void) {
        let text = Self.cursor.sealed(for: Self.query, cluster: Self.cluster)
        var query = Self.query
        change(&query)
        #expect(Self.failure(text, for: query) == GrepCursor.otherQuery)
    }

    @Test("noise is refused")
    func noise() {
        var generator = SeededGenerator(seed: 5)
        let sample = Self.cursor.sealed(for: Self.query, cluster: Self.cluster)
        for _ in 0..<5000 {
            var bytes = Array(sample.utf8)
            if generator.next() % 2 == 0 {
                bytes = (0..<(generator.next() % 120)).map { _ in
                    UInt8(truncatingIfNeeded: generator.next() % 128)
                }
            } else {
                bytes[Int(generator.next() % UInt64(bytes.count))] ^= 1
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if Self.failure(text) != GrepCursor.forged {
                Issue.record("\(text)")
                return
            }
        }
    }

    @Test("letters for URLs: each text has its own bytes, and each bytes one text")
    func letters() {
        #expect(Base64URL.encoded([]) == "" && Base64URL.decoded("") == [])
        #expect(
            Base64URL.encoded([0xfb, 0xff]) == "-_8" && Base64URL.decoded("-_8") == [0xfb, 0xff])
        for text in ["A", "-_9", "-_8=", "+/8", "AAAAA", "é"] {
            #expect(Base64URL.decoded(text) == nil)
        }
        var generator = SeededGenerator(seed: 6)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            #expect(Base64URL.decoded(Base64URL.encoded(bytes)) == bytes)
        }
    }
}
