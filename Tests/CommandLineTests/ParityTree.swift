import Foundation
import GrepvineDistCore

/// A folder of files that have gone wrong in somebody's grep before, and some of the system's own
/// text. `GREPVINE_GREP_TREE` names another one, such as what `bench/corpus.sh` makes.
final class ParityTree: Sendable {
    static let shared = ParityTree()

    let folder: URL

    private init() {
        if let path = ProcessInfo.processInfo.environment["GREPVINE_GREP_TREE"] {
            folder = URL(fileURLWithPath: path)
            return
        }
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("grepvine-parity-\(UUID().uuidString)")
        for (name, bytes) in Self.files {
            Self.write(bytes, to: folder.appendingPathComponent(name))
        }
        atexit { ParityTree.remove() }
        let licenses = URL(fileURLWithPath: "/usr/share/common-licenses")
        if let text = try? Data(contentsOf: licenses.appendingPathComponent("GPL-2")) {
            Self.write([UInt8](text), to: folder.appendingPathComponent("real/GPL-2"))
        }
    }

    private static func remove() { try? FileManager.default.removeItem(at: shared.folder) }

    private static func write(_ bytes: [UInt8], to file: URL) {
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? Data(bytes).write(to: file)
    }

    private static let files: [(String, [UInt8])] = [
        ("empty", []),
        ("feeds", Array("\n\n\n".utf8)),
        ("nofeed.txt", Array("foo without a final feed".utf8)),
        ("code/main.c", Array(code.utf8)),
        ("code/deep/er/lib.py", Array(python.utf8)),
        ("crlf.txt", Array(code.replacingOccurrences(of: "\n", with: "\r\n").utf8)),
        ("mixed.txt", Array("foo\r\nbar x\n\r\nx\r\n \rfoo\rbar\n".utf8)),
        ("languages.txt", Array(languages.utf8)),
        ("broken.txt", broken),
        ("long.txt", long),
        ("data.json", Array("{\"level\":\"error\",\"at\":[1,2.5e-3],\"ip\":\"10.0.0.1\"}\n".utf8)),
        (".hidden/ignored.log", Array("error: foo 555-0199\nGET /index 200 foo\n".utf8)),
        (".gitignore", Array("*.log\n".utf8)),
        ("binary/early", Array("foo early\nbar\u{0}baz foo\nfoo late\n".utf8)),
        (
            "binary/late",
            Array("foo first\n".utf8) + filler + Array("foo \u{0} mid\nfoo end\n".utf8)
        ),
        ("binary/only-late", filler + Array("foo \u{0} mid\nfoo end\n".utf8)),
        // Last of all: ripgrep's buffer stays as large as the longest line made it.
        ("zz/one-line", [UInt8](repeating: 120, count: 70_000) + Array("foo\u{0}".utf8)),
        ("name with space.txt", Array("foo and food\n  foo indented\n\tfoo tab\n".utf8)),
    ]

    private static let code = """
        #include <stdio.h>
        #define FOO 0x7f

        /* int main is static, extern or inline; NOTE: unregister the mutex_lock */
        int main(void) {
            if (FOO == 1 && get_name() -> value) return;
            spin_lock_irqrestore(foo, bar); // foo foo  foo;foo
            size_t n = foofoo + xfoo - foox;

            printf("%d: error(s) at http://www.example.org/a.b?c=d\\n", 555-1234);
        }

        else
        }

        """

    private static let python = """
        import sys
        def register_init(void):
            '''January, February: the end of foo(bar) and a|b, [0] or (x) and $^ \\d'''
            return "a.b" + 'A.B' + "ab ab abab" + 'aXb' if sys else None

        aaaa lll oo ooo (x+x+)+y abcdefghijklmnopqrstuvwxyzabcdefghij xyz xy
        one four  two five three six 2026-11-25 10.20.30.40 127.0.0.1:8080 abc
        deadbeefdeadbeefdeadbeefdeadbeef
        user.name@example.org  cat category cater E0123 E01237 AB12 -1.5e+10
        """

    private static let languages = """
        naïve café ÀÉÎ straße STRASSE Straẞe ü ©
        привет, Мир! ПРИВЕТ слово неизвестность ёлка всё
        日本語 テスト ひらがなの文 カタカナ 漢字漢字漢字
        K kelvin ſs Σσς ǅǆǄ ŉ İıIi Ω ω “quoted” … € £
        ٣٤٥ 123 १२३ שלום مرحبا ภาษาไทย 😀 ❤️ \u{200d}e\u{301}tude
        \u{a0}\u{2028}\u{85}spaces\u{3000}x

        """

    private static let broken: [UInt8] =
        [0xff, 0x66, 0x6f, 0x6f, 0xff, 0x0a, 0xe2, 0x82, 0x66, 0x6f, 0x6f, 0x0a, 0xc3, 0x28, 0x61]
        + [
            0xc0, 0xaf, 0x62, 0x0a, 0xed, 0xa0, 0x80, 0x63, 0x0a, 0x61, 0xfe, 0x62, 0x20, 0x78,
            0x79,
        ]

    private static let long: [UInt8] =
        Array((0..<900).map { "word\($0) foo " }.joined().utf8)
        + Array("\nshort foo\n".utf8) + Array((0..<400).map { "é\($0)日 " }.joined().utf8)

    private static let filler = Array(
        (1...2700).map { "line \($0) some text here\n" }.joined().utf8)
}
