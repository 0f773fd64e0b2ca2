import GrepvineDistCore

@testable import GrepvineSearch

/// Documents that have gone wrong in somebody's grep before.
enum Corpus {
    static let documents: [[UInt8]] = [
        [],
        Array("\n".utf8),
        Array("\n\n\n".utf8),
        Array("no final newline".utf8),
        Array("one\ntwo\n\nfour four\n".utf8),
        Array("carriage\r\nreturns\r\n\r\nhere\r".utf8),
        Array("naïve café ÀÉÎ straße STRASSE Straẞe\nпривет, Мир! ПРИВЕТ мир\n日本語 テスト\n".utf8),
        Array(
            "K kelvin ſs long\u{345} Σσς ΐ ŉ İıIi ǅǆǄ\n".utf8),
        Array("\u{a0}\u{2028}\u{85} spaces\u{3000}x\n".utf8),
        Array("٣٤٥ arabic 123 digits १२३\n_under_score e\u{301}tude \u{200d}join\n".utf8),
        Array("int main(void) {\n    return 555-1234; // foo_bar fooBar FOO foo\n}\n".utf8),
        Array("foo foo  foo;foo\nfoofoo xfoo foox\nfoo\n foo \n(foo)\n".utf8),
        [0xff, 0x66, 0x6f, 0x6f, 0xff, 0x0a, 0xe2, 0x82, 0x66, 0x6f, 0x6f, 0x0a]
            + [0xc3, 0x28, 0x61, 0xc0, 0xaf, 0x62, 0x0a, 0xed, 0xa0, 0x80, 0x63, 0x0a],
        Array("tab\tsep\t\u{b}vt\u{c}ff\u{7}bell\u{0}nul\nafter nul foo\n".utf8),
        Array(String(repeating: "abcdefghij 0123456789 ", count: 120).utf8) + Array("foo end".utf8),
        Array(String(repeating: "aaaaaaaaab\n", count: 100).utf8) + Array("zzz 999-0000\n".utf8),
        Array("a.b*c+d?e[f]g{h}i(j)k|l^m$n\\o/p-q&&r~s#t\n$^\n--\n".utf8),
        Array("\u{feff}bom at the start\nnothing else\n".utf8),
        Array("aXb\naxb\nABAB abab aBaB\n\u{1F600} emoji \u{10FFFF} last\n".utf8),
        generated,
    ]

    private static var generated: [UInt8] {
        var random = SeededGenerator(seed: 11)
        let words = [
            "alpha", "Beta", "foo", "é", "x1", "42", "555-0199", "\t", "Ω", "out of memory",
        ]
        var text: [UInt8] = []
        for _ in 0..<120 {
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                text += Array(words[Int.random(in: 0..<words.count, using: &random)].utf8)
                text += Int.random(in: 0..<9, using: &random) == 0 ? [0xfe] : [32]
            }
            text.append(10)
        }
        return text
    }
}

/// A line that matches and where, by number from 1.
struct FoundLine: Hashable, CustomStringConvertible {
    var number: Int
    var matches: [Range<Int>]

    var description: String { "\(number):\(matches)" }

    var withoutEmptyMatches: FoundLine {
        FoundLine(number: number, matches: matches.filter { !$0.isEmpty })
    }
}

extension GrepQuery {
    /// A query with options written as ripgrep's letters: i, w, v, F.
    init(_ pattern: String, options letters: String) {
        self.init(pattern)
        options.ignoresCase = letters.contains("i")
        options.wholeWords = letters.contains("w")
        options.inverted = letters.contains("v")
        options.isLiteral = letters.contains("F")
    }

    func found(in document: [UInt8]) throws -> [FoundLine] {
        var matcher = try LineMatcher(self)
        return matcher.found(in: document)
    }
}

extension LineMatcher {
    mutating func found(in document: [UInt8]) -> [FoundLine] {
        let hit = search(document.span.bytes, key: "k", version: .zero)
        let lines = (hit?.lines ?? []).filter(\.isMatch)
        return lines.map { FoundLine(number: $0.number, matches: $0.matches) }
    }
}
