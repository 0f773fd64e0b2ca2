import GrepvineDistCore
import Testing

@testable import GrepvineSearch

/// Which documents are searched at all.
struct FilterTests {
    struct GlobCase: Sendable {
        var globs: [String]
        var admitted: [String]
        var refused: [String]
    }

    static let globCases = [
        GlobCase(globs: ["*.c"], admitted: ["a.c", "x/y/a.c"], refused: ["a.cc", "c", "a.c/b"]),
        GlobCase(globs: ["!*.c"], admitted: ["a.h", "c"], refused: ["a.c", "x/a.c", "a.c/b"]),
        GlobCase(globs: ["/a.c"], admitted: ["a.c", "/a.c", "./a.c"], refused: ["x/a.c"]),
        GlobCase(globs: ["src/*.c"], admitted: ["src/a.c"], refused: ["x/src/a.c", "src/x/a.c"]),
        GlobCase(globs: ["src/**"], admitted: ["src/a", "src/x/y"], refused: ["src", "a/src/b"]),
        GlobCase(
            globs: ["**/src/*.h"], admitted: ["src/a.h", "x/y/src/a.h"], refused: ["src/x/a.h"]),
        GlobCase(globs: ["a/**/b"], admitted: ["a/b", "a/x/y/b"], refused: ["ab", "a/bb"]),
        GlobCase(
            globs: ["*.{c,h}", "!main*"], admitted: ["a.h", "x/a.c"], refused: ["main.c", "a.py"]),
        GlobCase(globs: ["!*.c", "keep.c"], admitted: ["keep.c"], refused: ["a.c", "a.h"]),
        GlobCase(globs: ["!vendor"], admitted: ["vendors/a"], refused: ["vendor", "x/vendor/a/b"]),
        GlobCase(globs: ["!vendor/"], admitted: ["x/vendor"], refused: ["vendor/a"]),
        GlobCase(globs: ["?[a-c]"], admitted: ["xa", "éb"], refused: ["a", "xd", "xab"]),
        GlobCase(globs: ["[!a]x"], admitted: ["bx"], refused: ["ax", "/x/ax"]),
        GlobCase(globs: ["\\*"], admitted: ["*"], refused: ["a"]),
        GlobCase(globs: ["{a,{b,c}d}"], admitted: ["a", "bd", "cd"], refused: ["b", "ad"]),
    ]

    @Test("globs admit what ripgrep's -g does", arguments: globCases)
    func globs(_ example: GlobCase) throws {
        let globs = try KeyGlobs(example.globs)
        for key in example.admitted { #expect(globs.admits(key.utf8), "\(example.globs) \(key)") }
        for key in example.refused { #expect(!globs.admits(key.utf8), "\(example.globs) \(key)") }
    }

    @Test("what is no glob is refused", arguments: ["[a", "{a", "a}", "a\\", "[z-a]"])
    func badGlobs(_ text: String) {
        #expect(throws: PatternError.self) { try GlobPattern(text) }
    }

    @Test("globs with many alternatives and stars are bounded")
    func hostileGlobs() throws {
        let many = String(repeating: "{a,b}", count: 20)
        #expect(throws: PatternError.self) { try GlobPattern(many) }
        let stars = try KeyGlobs([String(repeating: "*a", count: 400)])
        #expect(!stars.admits(String(repeating: "a", count: 300).utf8))
    }

    static let document = """
        {"level": "error", "n": 3.5, "ok": true, "none": null, "tags": ["a", "b"],
         "user": {"name": "Ann \\u00e9\\n", "ids": [1, 20, 300]}, "dotted.name": {"x": []},
         "deep": [{"level": "info"}, [{"n": -2e3}]], "emoji": "\\ud83d\\ude00"}
        """

    static let pathCases: [(String, Bool)] = [
        ("$", true), ("$.level", true), ("$.missing", false), ("$.level == 'error'", true),
        ("$.level == \"info\"", false), ("$..level == 'info'", true), ("$.level != 'error'", false),
        ("$.n > 3", true), ("$.n >= 3.5", true), ("$.n < 3.5", false), ("$.n == 3.5", true),
        ("$.ok == true", true), ("$.ok == false", false), ("$.none == null", true),
        ("$.none", true), ("$.tags[0] == 'a'", true), ("$.tags[2]", false),
        ("$.tags[*] == 'b'", true), ("$.tags == 'b'", false), ("$.user.name == 'Ann é\n'", true),
        ("$.user.ids[*] > 200", true), ("$.user.ids[*] > 300", false), ("$.user.*", true),
        ("$['dotted.name'].x", true), ("$.deep[1][0].n <= -2000", true), ("$..n == -2000", true),
        ("$.*.name", true), ("$.emoji == '😀'", true), ("$.level > 5", false), ("$..x[0]", false),
    ]

    @Test("a JSON path leads to what it says", arguments: pathCases)
    func jsonPaths(_ text: String, _ isFound: Bool) throws {
        let path = try JSONPath(text)
        #expect(path.matches(Self.document) == isFound, "\(text)")
    }

    @Test("what is not one JSON text never matches")
    func notJSON() throws {
        let path = try JSONPath("$")
        let broken = [
            "", "{", "{\"a\":1}x", "[1,]", "{\"a\" 1}", "\"\u{1}\"", "01", "1.", "tru", "[1 2]",
            "\"\\x\"", "{\"a\":1,}", "nul", "+1", "\"", String(repeating: "[", count: 100_000),
        ]
        for text in broken {
            #expect(!path.matches(text), "\(text.prefix(20))")
        }
        for text in ["0", " [ ] ", "\"\\ud800\"", "-1.5E+3", "{\"a\":{}}", "null\n"] {
            #expect(path.matches(text), "\(text)")
        }
    }

    @Test(
        "what is no path is refused", arguments: ["", "a", "$.", "$[", "$[x]", "$.a ==", "$.a = 1"])
    func badPaths(_ text: String) {
        #expect(throws: PatternError.self) { try JSONPath(text) }
    }

    @Test("damaged JSON gives an answer and nothing else", arguments: 0..<4)
    func damagedJSON(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let path = try JSONPath("$..name == 'x'")
        for _ in 0..<300 {
            var bytes = Array(Self.document.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            let isMatch = path.matches(bytes.span.bytes)
            #expect(!isMatch)
        }
    }

    @Test("a document must satisfy every condition of a query")
    func selector() throws {
        var query = GrepQuery("x")
        query.keyPrefix = Array("logs/".utf8)
        query.filter.globs = ["*.json"]
        query.filter.contentType = .json
        query.filter.notBefore = WallTime(milliseconds: 100)
        let selector = try DocumentSelector(query)
        func admits(_ key: String, _ type: ContentType, _ time: Int64) -> Bool {
            Array(key.utf8).withUnsafeBytes {
                selector.admits(
                    key: $0, contentType: type, written: WallTime(milliseconds: time))
            }
        }
        #expect(admits("logs/a.json", .json, 100))
        #expect(!admits("log/a.json", .json, 100))
        #expect(!admits("logs/a.txt", .json, 100))
        #expect(!admits("logs/a.json", .text, 100))
        #expect(!admits("logs/a.json", .json, 99))
    }

    @Test("a JSON path decides besides the pattern")
    func pathAndPattern() throws {
        var query = GrepQuery("Ann")
        query.filter.jsonPath = "$.level == 'error'"
        var matcher = try LineMatcher(query)
        func isFound(_ text: String) -> Bool {
            let document = Array(text.utf8)
            let hit = matcher.search(document.span.bytes, key: "k", version: .zero)
            return matcher.hasMatch(in: document.span.bytes) && hit != nil
        }
        #expect(isFound(Self.document))
        #expect(!isFound("{\"level\": \"info\", \"name\": \"Ann\"}"))
        #expect(!isFound("{\"level\": \"error\", \"name\": \"Bea\"}"))
    }
}

extension JSONPath {
    fileprivate func matches(_ text: String) -> Bool {
        let document = Array(text.utf8)
        return matches(document.span.bytes)
    }
}
