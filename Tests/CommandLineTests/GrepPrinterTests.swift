import Foundation
import GrepvineDistCore
import GrepvineSearch
import Testing

@testable import grepvine

/// ripgrep itself says what is right: the same documents as files, the same flags, equal bytes.
@Suite("grep looks like ripgrep", .enabled(if: Ripgrep.isInstalled))
struct GrepPrinterTests {
    static let documents: [(key: String, text: [UInt8])] = [
        ("a.txt", Array("alpha foo\nbeta\ngamma foo foo\nx\ny\nz\nlast Foo and food\n".utf8)),
        ("b.txt", Array("nothing here\n".utf8)),
        (
            "c.txt",
            Array("foo ".utf8) + [0xff, 0xfe] + Array(" bad\nb2\n\tfoo \"quoted\" \\\n".utf8)
        ),
        ("dir/deep.md", Array("one\ntwo\nthree\nfoofoo\nfive\nsix\nseven\nfoo".utf8) + [0x0a]),
        ("e.txt", Array("crlf foo\r\nplain\r\n\u{e9}t\u{e9} foo\u{1}\u{8}\u{c}\r\n".utf8)),
    ]

    static let plain = [
        "foo", "-n foo", "-N foo", "-i foo", "-in foo", "-w foo", "-vn foo", "-c foo", "-cv foo",
        "-ci foo", "-l foo", "-lc foo", "-lv foo", "-o foo", "-on foo", "-con foo", "-ovn foo",
        "-A1 foo", "-B 1 foo", "-n -C1 foo", "-C2 foo", "-A1 -B2 foo", "-m1 foo", "-m1 -A1 foo",
        "-m 2 -c foo", "-oC1 foo", "-S Foo", "-S foo", "-M 12 -n foo", "-M 8 -C1 foo",
        "-M 8 -o foo", "-F -e foo", "-v -c foo", "-q foo", "nomatch", "-c nomatch",
        "-x beta", "-xi last.*", "-e beta -e foo", "-F -e a.b -e foo", "-w -e foo -e be.*",
        "-o f.o*",
        "-on [a-z]{4,}", "^$", "-n ^", "-c $", "-x -F foo", "-vx beta", "-S -e Foo -e beta",
    ]

    static let shapes = [
        "", "--heading", "--heading -n", "--color always", "--color always --heading -n",
        "--color=always --no-heading -n",
    ]

    static let cases = plain.flatMap { flags in shapes.map { "\($0) \(flags)".trimmed } }

    @Test("the output is ripgrep's, byte for byte", arguments: cases)
    func equalBytes(_ flags: String) throws {
        let words = flags.split(separator: " ").map(String.init)
        let ours = try Self.ours(words)
        let theirs = try Ripgrep.run(words, over: Self.documents)
        #expect(ours.code.rawValue == theirs.code)
        #expect(
            String(decoding: ours.bytes, as: UTF8.self).debugDescription
                == String(decoding: theirs.bytes, as: UTF8.self).debugDescription)
        #expect(ours.bytes == theirs.bytes)
    }

    @Test(
        "JSON Lines are ripgrep's but for times and what only a cluster knows",
        arguments: ["--json foo", "--json -C1 foo", "--json -v foo", "--json -io foo"])
    func equalJSON(_ flags: String) throws {
        let words = flags.split(separator: " ").map(String.init)
        let ours = try Self.lines(Self.ours(words).bytes)
        let theirs = try Self.lines(Ripgrep.run(words, over: Self.documents).bytes)
        #expect(ours == theirs)
    }

    /// Each record re-encoded with its members sorted and without what cannot be equal.
    private static func lines(_ bytes: [UInt8]) throws -> [String] {
        try bytes.split(separator: 0x0a).map { line in
            var record = try #require(
                JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            var data = try #require(record["data"] as? [String: Any])
            for name in [
                "version", "complete", "cursor", "deadline_passed", "limit_reached",
                "missing_partitions", "reasons", "elapsed_total", "stats",
            ] {
                if name == "stats", let stats = data["stats"] as? [String: Any] {
                    data["matches"] = stats["matches"]
                    data["matched_lines"] = stats["matched_lines"]
                    data["searches_with_match"] = stats["searches_with_match"]
                }
                data[name] = nil
            }
            record["data"] = data
            return String(
                decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys),
                as: UTF8.self)
        }
    }

    private static func ours(_ words: [String]) throws -> (code: ExitCode, bytes: [UInt8]) {
        let (values, arguments) = try ToolRun.values("grep", words)
        let request = try GrepRequest(values, arguments: arguments, console: ToolRun.console())
        var matcher = try LineMatcher(request.query)
        var printer = GrepPrinter(request.style)
        var bytes: [UInt8] = []
        for document in documents.sorted(by: { Key($0.key) < Key($1.key) }) {
            let span = document.text.span.bytes
            guard let hit = matcher.search(span, key: Key(document.key), version: .zero)
            else { continue }
            printer.print(hit, to: &bytes)
        }
        let verdict = GrepVerdict(
            GrepSummary(), foundSomething: printer.statistics.documents > 0, query: nil)
        printer.finish(GrepSummary(), elapsed: .zero, to: &bytes)
        return (verdict.code, request.isQuiet ? [] : bytes)
    }
}

/// The real thing, run over files that hold the documents.
enum Ripgrep {
    static let path = ["/usr/bin/rg", "/usr/local/bin/rg", "/opt/homebrew/bin/rg"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    static var isInstalled: Bool { path != nil }

    static func run(
        _ flags: [String], over documents: [(key: String, text: [UInt8])]
    ) throws -> (code: Int32, bytes: [UInt8]) {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("grepvine-rg-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for document in documents {
            let file = folder.appendingPathComponent(document.key)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(document.text).write(to: file)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path))
        process.arguments =
            ["--no-config", "--sort", "path"] + flags + documents.map(\.key).sorted()
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        return (process.terminationStatus, bytes)
    }
}
