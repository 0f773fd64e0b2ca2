import GrepvineDistCore
import Testing

@testable import GrepvineSearch

struct PatternParserTests {
    struct Refusal: Sendable {
        var pattern: String
        var message: String
        var position: Int
    }

    static let refusals = [
        Refusal(pattern: "(a)\\1", message: "back references", position: 3),
        Refusal(pattern: "a(?=b)", message: "look-around", position: 1),
        Refusal(pattern: "a(?!b)", message: "look-around", position: 1),
        Refusal(pattern: "(?<=a)b", message: "look-around", position: 0),
        Refusal(pattern: "(?<!a)b", message: "look-around", position: 0),
        Refusal(pattern: "ab(c", message: "unclosed group", position: 2),
        Refusal(pattern: "ab)c", message: "unopened group", position: 2),
        Refusal(pattern: "x[abc", message: "unclosed class", position: 1),
        Refusal(pattern: "[z-a]", message: "not ascending", position: 1),
        Refusal(pattern: "[[:nope:]]", message: "unknown class", position: 2),
        Refusal(pattern: "*a", message: "nothing to repeat", position: 0),
        Refusal(pattern: "a|+", message: "nothing to repeat", position: 2),
        Refusal(pattern: "a{3,2}", message: "3 to 2 copies", position: 1),
        Refusal(pattern: "a{1001}", message: "limit of 1000", position: 2),
        Refusal(pattern: "a{99999999999999999999}", message: "limit of 1000", position: 2),
        Refusal(pattern: "a{2", message: "unclosed repetition", position: 1),
        Refusal(pattern: "a{x}", message: "needs a number", position: 2),
        Refusal(pattern: "a\\", message: "ends with a backslash", position: 2),
        Refusal(pattern: "\\y", message: "unknown escape", position: 0),
        Refusal(pattern: "\\p{Nope}", message: "unknown Unicode property", position: 0),
        Refusal(pattern: "\\x{110000}", message: "no Unicode scalar", position: 2),
        Refusal(pattern: "\\xZZ", message: "no Unicode scalar", position: 2),
        Refusal(pattern: "a\\nb", message: "\\n is not allowed", position: 1),
        Refusal(pattern: "a\nb", message: "\\n is not allowed", position: 1),
        Refusal(pattern: "[\\n]", message: "\\n is not allowed", position: 3),
        Refusal(pattern: "(?-u)x", message: "not supported", position: 3),
        Refusal(pattern: "(?z)x", message: "not supported", position: 2),
        Refusal(pattern: "(?P<1-2>x)", message: "group name", position: 5),
    ]

    @Test("what is refused is named with its place", arguments: refusals)
    func refused(_ refusal: Refusal) {
        let error = #expect(throws: PatternError.self) {
            try LineMatcher(GrepQuery(refusal.pattern))
        }
        #expect(error?.message.contains(refusal.message) == true, "\(String(describing: error))")
        #expect(error?.position == refusal.position)
    }

    @Test("a literal is never read as a pattern, but a line feed in it is refused")
    func literals() throws {
        #expect(try GrepQuery("(*[\\", options: "F").found(in: Array("x(*[\\y".utf8)).count == 1)
        #expect(throws: PatternError.self) { try LineMatcher(GrepQuery("a\nb", options: "F")) }
    }

    @Test("a pattern may have 4096 bytes and not one more")
    func length() throws {
        _ = try LineMatcher(GrepQuery(String(repeating: "a", count: 4096)))
        let error = #expect(throws: PatternError.self) {
            try LineMatcher(GrepQuery(String(repeating: "a", count: 4097)))
        }
        #expect(error?.message.contains("4097 bytes") == true)
    }

    struct Folding: Sendable {
        var pattern: String
        var text: String
        var isEqual: Bool
    }

    static let foldings = [
        Folding(pattern: "k", text: "\u{212a}", isEqual: true),
        Folding(pattern: "S", text: "ſ", isEqual: true),
        Folding(pattern: "ς", text: "Σ", isEqual: true),
        Folding(pattern: "ß", text: "ẞ", isEqual: true),
        Folding(pattern: "ß", text: "ss", isEqual: false),
        Folding(pattern: "i", text: "İ", isEqual: false),
        Folding(pattern: "ı", text: "I", isEqual: false),
        Folding(pattern: "ǅ", text: "ǆ", isEqual: true),
        Folding(pattern: "[α-ω]", text: "Ω", isEqual: true),
        Folding(pattern: "[^k]", text: "\u{212a}", isEqual: false),
        Folding(pattern: "µ", text: "Μ", isEqual: true),
        Folding(pattern: "Ⴀ", text: "ⴀ", isEqual: true),
    ]

    @Test("case folding is Unicode's simple one", arguments: foldings)
    func folds(_ folding: Folding) throws {
        let query = GrepQuery("^\(folding.pattern)$", options: "i")
        #expect(try query.found(in: Array(folding.text.utf8)).isEmpty != folding.isEqual)
    }

    @Test("the word set is the Unicode one, without the combining of what it lacks")
    func wordSet() {
        for scalar in "aZ_0é٣привет日\u{301}\u{200d}".unicodeScalars {
            #expect(UnicodeSets.word.contains(scalar.value), "\(scalar)")
        }
        for scalar in " -\u{a0}\u{2028}€😀".unicodeScalars {
            #expect(!UnicodeSets.word.contains(scalar.value), "\(scalar)")
        }
        #expect(UnicodeSets.word.inverted.inverted == UnicodeSets.word)
        #expect(UnicodeSets.word.intersection(UnicodeSets.word.inverted).isEmpty)
    }
}
