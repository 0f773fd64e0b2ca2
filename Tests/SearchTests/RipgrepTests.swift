import GrepvineDistCore
import Testing

@testable import GrepvineSearch

/// ripgrep is the oracle. Where it is not installed these tests are skipped and say so.
@Suite(.enabled(if: RipgrepOracle.isInstalled, "ripgrep is not installed"))
struct RipgrepTests {
    static let patterns = [
        "foo", "four four", "привет", "out of memory", "é", "straße", "kelvin", "ss", "σ", "ǆ", "k",
        "s",
        "i", "", "^", "$", "^$", "^foo", "foo$", "^foo$", ".", ".*", ".+", "..", "a.b", "[a-z]+",
        "[^a-z]+",
        "[0-9]{3}-[0-9]{4}", "\\d+", "\\D+", "\\w+", "\\W+", "\\s+", "\\S+", "\\bfoo\\b", "\\Bfoo",
        "foo\\B",
        "\\b", "\\B", "(foo|foobar|four)", "foo|bar|baz|here|zzz|join", "a*", "a+?", "a??b",
        "a{3,5}",
        "a{3,5}?", "(a|ab)(c|bcd)?", "x?", "(?i)FOO", "(?i:f)oo", "f(?i)OO", "(?P<n>foo)+",
        "[[:alpha:]]+",
        "[[:^space:]]+", "[[:digit:]_]+", "\\x66oo", "\\x{e9}", "\\u00e9", "\\.", "\\*c\\+", "[]f]",
        "[^]f]",
        "[a-]+", "[-q&]+", "[a-z&&[^aeiou]]+", "[\\w--\\d]+", "\\pL+", "\\p{Lu}+", "\\P{L}+",
        "\\p{Greek}+",
        "\\p{Cyrillic}+", "(?x) f o o # comment", "\\r$", "\\r", "\\t", "\\Aa", "e\\z", "(^|x)foo",
        "foo($|x)",
        "(a*)*b", "(a*)+", "(a|b|)*c", "(|a)+", "(|a)*", "\\w+_\\w+", "[а-я]+", "(?i)[а-я]+",
        "[^\\n]o",
        "(?U)a+b", "日本", "\\w{3,}\\s\\w", "o{2}|o", "(fo|foo)(o|)", "\\$\\^", "a|b|", "(?:)",
        "[^x]*x",
    ]

    @Test(
        "lines and matches are ripgrep's", arguments: ["", "i", "w", "v", "iw"])
    func patternsAgree(options: String) throws {
        let oracle = try RipgrepOracle(Corpus.documents)
        for pattern in Self.patterns {
            let expected = try #require(
                try oracle.found(pattern, options: options), "ripgrep refuses \(pattern)")
            try expectSame(GrepQuery(pattern, options: options), expected, options)
        }
    }

    @Test("literals are ripgrep's", arguments: ["F", "Fi", "Fw", "Fiw", "Fv"])
    func literalsAgree(options: String) throws {
        let oracle = try RipgrepOracle(Corpus.documents)
        let literals = [
            "foo", ".", "a.b*c", "[f]", "$^", "\\o", "é", "мир", "-", "ſs", "K", "", " ",
        ]
        for pattern in literals {
            let expected = try #require(try oracle.found(pattern, options: options))
            try expectSame(GrepQuery(pattern, options: options), expected, options)
        }
    }

    /// Lines must be equal. Matches within them as well, save where ripgrep 13 is known to differ
    /// from its own later versions: `-w` (it takes the character before the match first), empty
    /// matches at the end of a document, and `\A`, which holds for its lines but not for their
    /// matches.
    private func expectSame(
        _ query: GrepQuery, _ expected: [[FoundLine]], _ options: String
    ) throws {
        var matcher = try LineMatcher(query)
        let comparesMatches =
            !options.contains("w") && !query.pattern.contains("\\A")
            && !query.pattern.contains("(|a)")
        for (document, lines) in zip(Corpus.documents, expected) {
            let found = matcher.found(in: document)
            let start = String(decoding: document.prefix(120), as: UTF8.self)
            #expect(
                found.map(\.number) == lines.map(\.number),
                "lines: /\(query.pattern)/\(options) on \(start)")
            if comparesMatches {
                #expect(
                    found.map(\.withoutEmptyMatches) == lines.map(\.withoutEmptyMatches),
                    "matches: /\(query.pattern)/\(options) on \(start)")
            }
            #expect(matcher.hasMatch(in: document.span.bytes) == !lines.isEmpty)
        }
    }
}
