import GrepvineDistCore
import Testing

@testable import GrepvineSearch

struct LineMatcherTests {
    private let document = Array("one\ntwo\nthree\nfour\nfive\nsix\nseven\n".utf8)

    private func search(
        _ pattern: String, _ options: String = "", change: (inout GrepQuery) -> Void = { _ in }
    ) throws -> DocumentHit? {
        var query = GrepQuery(pattern, options: options)
        change(&query)
        var matcher = try LineMatcher(query)
        return matcher.search(document.span.bytes, key: "numbers", version: .zero)
    }

    private func shape(_ hit: DocumentHit?) -> [String] {
        (hit?.lines ?? []).map { line in
            let text = String(decoding: line.text, as: UTF8.self)
            return "\(line.isMatch ? "+" : "-")\(line.number)@\(line.offset) \(text)"
        }
    }

    @Test("a hit has the line's number, offset, text and matches")
    func plainLines() throws {
        let hit = try search("o|e$")
        #expect(shape(hit) == ["+1@0 one", "+2@4 two", "+3@8 three", "+4@14 four", "+5@19 five"])
        #expect(hit?.lines[0].matches == [0..<1, 2..<3])
        #expect(hit?.matchingLines == 5)
        #expect(hit?.key == "numbers")
    }

    @Test("context comes once, in order, and marked as context")
    func context() throws {
        let hit = try search("two|five") {
            $0.before = 1
            $0.after = 1
        }
        #expect(
            shape(hit) == [
                "-1@0 one", "+2@4 two", "-3@8 three", "-4@14 four", "+5@19 five", "-6@24 six",
            ])
        let wide = try search("three|four") {
            $0.before = 9
            $0.after = 9
        }
        #expect(wide?.lines.map(\.number) == [1, 2, 3, 4, 5, 6, 7])
        #expect(wide?.lines.filter(\.isMatch).map(\.number) == [3, 4])
        #expect(wide?.lines.allSatisfy { $0.isMatch || $0.matches.isEmpty } == true)
    }

    @Test("the lines that do not match, with the others as context")
    func inverted() throws {
        #expect(shape(try search("e", "v")) == ["+2@4 two", "+4@14 four", "+6@24 six"])
        let hit = try search("o", "v") { $0.after = 1 }
        #expect(hit?.lines.map(\.number) == [3, 4, 5, 6, 7])
        #expect(hit?.lines.filter(\.isMatch).allSatisfy(\.matches.isEmpty) == true)
        // What surrounds them matches, and says where.
        #expect(hit?.lines.first { !$0.isMatch }?.matches == [1..<2])
        #expect(try search(".", "v") == nil)
    }

    @Test("limits end the search of a document, and context still follows the last hit")
    func limits() throws {
        let hit = try search("e") {
            $0.limitPerDocument = 2
            $0.after = 1
        }
        #expect(hit?.matchingLines == 2)
        #expect(shape(hit) == ["+1@0 one", "-2@4 two", "+3@8 three", "-4@14 four"])
        let past = try search("o") {
            $0.limitPerDocument = 1
            $0.after = 2
        }
        #expect(past?.matchingLines == 1)
        #expect(shape(past) == ["+1@0 one", "+2@4 two", "-3@8 three"])
        #expect(try search("e") { $0.limit = 1 }?.matchingLines == 2)
        #expect(try search("e") { $0.limitPerDocument = 0 } == nil)
    }

    @Test("counts and keys carry no lines")
    func counts() throws {
        let counted = try search("e") { $0.output = .counts }
        #expect(counted?.matchingLines == 4)
        #expect(counted?.lines.isEmpty == true)
        let limited = try search("e") {
            $0.output = .counts
            $0.limitPerDocument = 3
            $0.limit = 1
        }
        #expect(limited?.matchingLines == 3)
        #expect(try search("e") { $0.output = .keys }?.matchingLines == 1)
        #expect(try search("x{2}") { $0.output = .keys } == nil)
    }

    struct Edge: Sendable {
        var pattern: String
        var text: String
        var lines: [Int]
    }

    static let edges = [
        Edge(pattern: "", text: "", lines: []),
        Edge(pattern: "", text: "\n", lines: [1]),
        Edge(pattern: "^$", text: "a\n", lines: []),
        Edge(pattern: "^$", text: "a\n\n", lines: [2]),
        Edge(pattern: "^$", text: "\n\na", lines: [1, 2]),
        Edge(pattern: "$^", text: "a\n\nb", lines: [2]),
        Edge(pattern: ";$", text: "a;\nb;", lines: [1, 2]),
        Edge(pattern: "\\s$", text: "a\r\nb\n", lines: [1]),
        Edge(pattern: "a\\sb", text: "a\nb\na b", lines: [3]),
        Edge(pattern: "[^x]b", text: "a\nb\n", lines: []),
        Edge(pattern: "\\D$", text: "1\n2x\n", lines: [2]),
    ]

    @Test("lines begin and end where ripgrep's do", arguments: edges)
    func lineEdges(_ edge: Edge) throws {
        let found = try GrepQuery(edge.pattern).found(in: Array(edge.text.utf8))
        #expect(found.map(\.number) == edge.lines)
    }

    @Test("bytes that are not UTF-8 match no class and hide nothing else on their line")
    func brokenBytes() throws {
        let text: [UInt8] = [0xff, 0x61, 0xfe, 0x62, 0x0a, 0xe2, 0x82, 0x0a, 0x63, 0xc3]
        #expect(try GrepQuery("a").found(in: text) == [FoundLine(number: 1, matches: [1..<2])])
        #expect(try GrepQuery("a.b").found(in: text).isEmpty)
        #expect(try GrepQuery("[^x]$").found(in: text).map(\.number) == [1])
        #expect(try GrepQuery("^.").found(in: text).map(\.number) == [3])
    }

    @Test("a literal is found at every place of documents of every length near a block's")
    func everyPlace() throws {
        for (pattern, options, text) in [
            ("needle", "F", "needle"), ("needle", "Fi", "NeEdLe"), ("q", "F", "q"),
            ("needle|thread", "", "thread"),
            ("needle|thread|cloth|yarn", "", "yarn"), ("ne[e]dle$", "", "needle"),
        ] {
            var matcher = try LineMatcher(GrepQuery(pattern, options: options))
            for length in [6, 15, 16, 17, 63, 70, 85, 130] {
                for place in 0...(length - text.utf8.count) where length >= text.utf8.count {
                    var line = [UInt8](repeating: 46, count: length)
                    line.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
                    if pattern.hasSuffix("$") { line.insert(10, at: place + text.utf8.count) }
                    #expect(
                        matcher.hasMatch(in: line.span.bytes) == true,
                        "\(pattern) \(length) \(place)")
                    line[place] = 46
                    #expect(
                        matcher.hasMatch(in: line.span.bytes) == false,
                        "\(pattern) \(length) \(place)")
                }
            }
        }
    }

    @Test("a match in any part of a long document is found by the lanes")
    func lanes() throws {
        var matcher = try LineMatcher(GrepQuery("[a-z]{3}[0-9]{2}[a-z]"))
        for size in [1023, 1024, 1030, 4001] {
            var text = [UInt8](repeating: 45, count: size)
            for index in stride(from: 30, to: size, by: 31) { text[index] = 10 }
            #expect(matcher.hasMatch(in: text.span.bytes) == false)
            for place in stride(from: 0, to: size - 31, by: 31) {
                var copy = text
                copy.replaceSubrange(place..<place + 6, with: Array("abc12d".utf8))
                #expect(matcher.hasMatch(in: copy.span.bytes) == true, "\(size) \(place)")
                #expect(matcher.found(in: copy).map(\.number) == [place / 31 + 1])
            }
        }
    }
}
