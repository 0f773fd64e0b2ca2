import GrepvineDistCore
import Testing

@testable import GrepvineSearch

/// The scans in front of the automaton, and the automaton on large documents.
struct ScanTests {
    @Test(
        "a pattern without a literal is looked for by the kinds of its bytes",
        arguments: [
            ("[0-9]{3}-[0-9]{4}", true), ("\\b[A-Z]{2}[0-9]{2}[a-f]", true), ("x[0-9]é", true),
            ("[0-9]+[.][0-9]+", true), ("[a-z]+", false), ("\\w+\\d", false), ("a|[0-9]{9}", false),
            (".*", false), ("[0-9]*-", false),
        ])
    func windows(_ pattern: String, _ hasScanner: Bool) throws {
        let syntax = try PatternParser.syntax(of: GrepQuery(pattern))
        #expect((WindowScanner(RequiredWindow(syntax).best) != nil) == hasScanner)
    }

    @Test("a window is found at every place of texts of every length near a block's")
    func everyPlace() throws {
        let syntax = try PatternParser.syntax(of: GrepQuery("[0-9]{3}-[0-9]{4}"))
        let scanner = try #require(WindowScanner(RequiredWindow(syntax).best))
        let wanted = Array("555-0199".utf8)
        for length in [8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 64, 100] {
            for place in 0...length - wanted.count {
                var text = [UInt8](repeating: 46, count: length)
                text.replaceSubrange(place..<place + wanted.count, with: wanted)
                text.withUnsafeBytes { bytes in
                    #expect(scanner.first(in: bytes, from: 0, to: length) == place)
                    #expect(scanner.first(in: bytes, from: place, to: length) == place)
                    let next = scanner.first(in: bytes, from: place + 1, to: length)
                    #expect(next.map { $0 > place } ?? true)
                }
            }
        }
    }

    @Test("a set of bytes in two ranges holds all that it stands for, and little else")
    func covering() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            let count = Int.random(in: 1...6, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let set = try #require(ByteSet(covering: bytes))
            #expect(bytes.allSatisfy(set.contains))
            // No gap is wider than the one that was left out.
            let sorted = Set(bytes).sorted()
            let gaps = zip(sorted, sorted.dropFirst()).map { Int($1) - Int($0) - 1 }
            let held = (0...255).count { set.contains(UInt8($0)) }
            #expect(
                held == sorted.count + gaps.reduce(0, +) - (gaps.max() ?? 0))
        }
        #expect(ByteSet(covering: []) == nil)
    }

    @Test(
        "letters of any script and branches of equal length have windows, which lose no match",
        arguments: [
            ("(?i)привет", "ПрИвЕт"), ("[а-я]{3}-[0-9]{4}", "где-0199"),
            ("(E0|F1)[0-9]{3}7", "F10127"),
            ("(?i)straße!", "STRAßE!"), ("x[αβγ]y[aeiou]z9", "xβyez9"),
        ])
    func wideWindows(_ pattern: String, _ match: String) throws {
        let syntax = try PatternParser.syntax(of: GrepQuery(pattern))
        let scanner = try #require(WindowScanner(RequiredWindow(syntax).best))
        let bytes = Array(match.utf8)
        for place in 0...50 {
            var text = [UInt8](repeating: 46, count: 80)
            text.replaceSubrange(place..<place + bytes.count, with: bytes)
            text.withUnsafeBytes { text in
                let found = scanner.first(in: text, from: 0, to: text.count) ?? -1
                #expect(found >= place && found < place + bytes.count)
            }
        }
    }

    @Test(
        "large documents give the lines that each line alone would",
        arguments: [
            "[a-z]{3}[0-9]{2}[a-z]", "foo|bar|baz|quux|corge", "\\w+ing\\b", "^[A-Z]", "[0-9]$",
            "e", "", "^$", "(a|b)*c.d", "[0-9]{3}-[0-9]{4}", "[a-q][^u-z]{13}x",
        ])
    func largeDocuments(_ pattern: String) throws {
        var random = SeededGenerator(seed: 21)
        let words = ["foo", "Bar", "abc12d", "555-0199", "running", "é", "", "xx", "7", "c2d", "e"]
        var text: [UInt8] = []
        while text.count < 100_000 {
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text += Array((words.randomElement(using: &random) ?? "").utf8) + [32]
            }
            text.append(10)
        }
        let query = GrepQuery(pattern)
        var simulation = Simulation(try Automaton(try PatternParser.syntax(of: query)))
        let expected = simulation.lines(of: text)
        var matcher = try LineMatcher(query)
        #expect(matcher.found(in: text).map(\.number) == expected)
        var counting = query
        counting.output = .counts
        var counter = try LineMatcher(counting)
        let counted = counter.search(text.span.bytes, key: "k", version: .zero)?.matchingLines ?? 0
        #expect(counted == expected.count)
        counting.limitPerDocument = 7
        var limited = try LineMatcher(counting)
        let some = limited.search(text.span.bytes, key: "k", version: .zero)?.matchingLines ?? 0
        #expect(some == min(7, expected.count))
    }

    @Test("the end of a large document ends its last line", arguments: ["x$", "^\\S+$", "\\b$"])
    func lastLine(_ pattern: String) throws {
        var matcher = try LineMatcher(GrepQuery(pattern))
        for length in 2000...2020 {
            var text = [UInt8](repeating: 46, count: length)
            for index in stride(from: 40, to: length - 8, by: 41) { text[index] = 10 }
            text[length - 1] = 120
            let last = text.count { $0 == 10 } + 1
            #expect(matcher.found(in: text).last?.number == last, "\(length)")
        }
    }

    @Test("a flush of the cache in the midst of the lanes loses nothing")
    func flushes() throws {
        var random = SeededGenerator(seed: 4)
        let letters = Array("abcdefgh \n".utf8)
        let text = (0..<150_000).map { _ in letters.randomElement(using: &random) ?? 97 }
        let query = GrepQuery("[a-d][^h]{9}[e-h][a-d]{3}")
        var matcher = try LineMatcher(query)
        let found = matcher.found(in: text).map(\.number)
        var simulation = Simulation(try Automaton(try PatternParser.syntax(of: query)))
        #expect(found == simulation.lines(of: text))
        #expect(!found.isEmpty)
    }

    @Test("scripts, categories and properties of Unicode have their names")
    func unicodeNames() throws {
        let sets: [(String, Unicode.Scalar, Bool)] = [
            ("Greek", "λ", true), ("Grek", "λ", true), ("script=Han", "漢", true),
            ("sc=Latin", "é", true), ("Latin", "λ", false), ("Old_Italic", "\u{10300}", true),
            ("gc=Lu", "A", true), ("Uppercase_Letter", "a", false), ("LC", "ǅ", true),
            ("Emoji_Presentation", "😀", true), ("XID_Start", "é", true), ("Cn", "\u{378}", true),
            ("Assigned", "a", true), ("C", "\u{e000}", true), ("Common", "1", true),
            ("Inherited", "\u{301}", true), ("Any", "\u{10ffff}", true), ("Math", "∑", true),
        ]
        for (name, scalar, isMember) in sets {
            let set = try #require(UnicodeSets.named(name), "\(name)")
            #expect(set.contains(scalar.value) == isMember, "\(name)")
        }
        #expect(UnicodeSets.named("Klingon") == nil)
        #expect(UnicodeSets.named("sc=Lu") == nil)
    }

    @Test("the NUL byte is noticed where ripgrep's reads notice it")
    func binaryWindows() {
        let line = Array("0123456789abcde\n".utf8)
        var text = Array(repeatElement(line, count: 10_000).joined())
        for (offset, start) in [
            (0, 0), (20, 0), (65_535, 0), (65_536, 65_536), (65_540, 65_536), (131_071, 65_536),
            (131_072, 131_072), (159_999, 131_072),
        ] {
            text[offset] = 0
            text.withUnsafeBytes { bytes in
                #expect(BinaryWindow.firstNUL(in: bytes) == offset)
                #expect(BinaryWindow(of: offset, in: bytes).start == start, "\(offset)")
            }
            text[offset] = line[offset % 16]
        }
    }
}
