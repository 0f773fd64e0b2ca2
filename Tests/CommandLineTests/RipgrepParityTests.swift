import Foundation
import Testing

/// The real tool beside the real ripgrep, on the same files, with the same flags: equal bytes,
/// colours included, and equal exit codes.
@Suite("grep --files beside ripgrep", .enabled(if: Ripgrep.isInstalled))
struct RipgrepParityTests {
    /// What ripgrep must be told to search the files that we search, in our order. It maps files
    /// that are named and then notices NUL bytes elsewhere; and it looks for byte order marks.
    private static let theirs = [
        "--no-config", "-uu", "--sort", "path", "--no-mmap", "-E", "none",
    ]

    static let flags: [String] = [
        "", "-n", "-N", "-i", "-S", "-w", "-x", "-v", "-c", "-cv", "-l", "-o", "-on", "-co",
        "--count-matches", "--files-without-match", "-q", "-m1", "-m2 -A3 -n", "-m1 -c", "-A2",
        "-B2", "-C1", "-nC2", "-A1 -B3", "-C1 --no-context-separator",
        "-C1 --context-separator ~~", "--column", "--column -n", "-b", "-ob", "--vimgrep",
        "--heading", "--heading -n", "-p", "-pC1", "-0", "-0l", "-0c", "-I", "-H", "-In", "--trim",
        "--trim -n -C1", "-M 40", "-M 40 -C1", "-M 40 --max-columns-preview",
        "-M 30 --max-columns-preview --column", "-M 20 -o", "-a", "--binary", "--binary -c",
        "--binary -l", "--crlf", "--crlf -o", "--crlf -C1", "-F", "-v -n -C1", "-vm2 -A2",
        "-g *.txt",
        "-g !*.txt", "-g code/**", "-g *.{c,py} -g !main*", "-g !binary", "--max-depth 1",
        "--max-filesize 1K", "--field-match-separator = --field-context-separator + -nC1",
        "--json", "--json -C1", "--json --binary", "--json -v",
    ]

    @Test("equal bytes whatever the flags", arguments: flags, ["", "--color always"])
    func equalFlags(_ flags: String, _ color: String) throws {
        guard !(flags.contains("--json") && !color.isEmpty) else { return }
        for words in color.isEmpty ? ["foo", "-e fo+ -e x$"] : ["foo|[0-9]{3}-"] {
            try expectEqual(Self.words(flags) + Self.words(color) + Self.words(words))
        }
    }

    @Test("files that are named are searched whatever they hold")
    func named() throws {
        for flags in ["", "-n", "-c", "-l", "-o", "--color always", "-a", "--json", "-v -c"] {
            for files in [
                "code/main.c", "binary/early", "binary/late nofeed.txt", "code binary/early",
            ] {
                try expectEqual(Self.words(flags) + ["foo"], Self.words(files))
            }
        }
    }

    @Test("equal lines and matches whatever the pattern", arguments: ParityPatterns.all)
    func equalPattern(_ pattern: String) throws {
        let (flags, text) = Self.split(pattern)
        let counts = flags.contains("-c")
        let shape = counts ? [] : ["-n", "--color", "always"]
        // Long files of numbered lines say little about patterns.
        try expectEqual(flags + shape + ["-g", "!{binary,zz}", "-e", text])
    }

    @Test("there are as many patterns and flags as promised")
    func enough() {
        #expect(Set(ParityPatterns.all).count >= 200)
        #expect(Set(Self.flags).count >= 40)
    }

    private func expectEqual(_ words: [String], _ paths: [String] = []) throws {
        let folder = ParityTree.shared.folder
        let ours = try ToolOutput(
            ToolOutput.binary, ["grep", "--files"] + words + paths, in: folder)
        let theirs = try ToolOutput(
            try #require(Ripgrep.path), Self.theirs + words + paths, in: folder)
        #expect(ours.code == theirs.code, "\(words) \(paths)")
        guard ours.bytes != theirs.bytes else { return }
        let isJSON = words.contains("--json")
        let left = isJSON ? try Self.records(ours.bytes) : ours.lines
        let right = isJSON ? try Self.records(theirs.bytes) : theirs.lines
        if left != right {
            let place =
                zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset
                ?? min(left.count, right.count)
            Issue.record(
                """
                \(words) \(paths), output line \(place + 1) of \(left.count) and \(right.count)
                ours:   \(place < left.count ? left[place].debugDescription : "nothing")
                theirs: \(place < right.count ? right[place].debugDescription : "nothing")
                """)
        }
    }

    private static func words(_ text: String) -> [String] {
        text.split(separator: " ").map(String.init)
    }

    /// Flags first, then a pattern that may hold spaces.
    private static func split(_ text: String) -> ([String], String) {
        var flags: [String] = []
        var rest = text[...]
        while rest.hasPrefix("-"), let space = rest.firstIndex(of: " "), space < rest.endIndex {
            let flag = String(rest[..<space])
            guard flag.dropFirst().allSatisfy({ $0.isLetter || $0 == "-" }), flag != "--" else {
                break
            }
            rest = rest[rest.index(after: space)...]
            if flag == "-e" { break }
            flags.append(flag)
        }
        return (flags, String(rest))
    }

    /// Without what no two runs have in common, and what only we know.
    private static func records(_ bytes: [UInt8]) throws -> [String] {
        try bytes.split(separator: 0x0a).map { line in
            var record = try #require(
                JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            var data = record["data"] as? [String: Any] ?? [:]
            let stats = data["stats"] as? [String: Any] ?? [:]
            for name in [
                "version", "complete", "cursor", "deadline_passed", "limit_reached",
                "missing_partitions", "elapsed_total",
            ] { data[name] = nil }
            let kept = ["matches", "matched_lines", "searches_with_match"]
            data["stats"] = kept.map { "\(stats[$0] as? Int ?? 0)" }
            record["data"] = data
            return String(
                decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys),
                as: UTF8.self)
        }
    }
}

/// What a program wrote to standard output, and its exit code.
struct ToolOutput {
    let bytes: [UInt8]
    let code: Int32

    /// The tool that was built with the tests, unless `GREPVINE_BINARY` names another.
    static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["GREPVINE_BINARY"] { return path }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent("grepvine").path
    }()

    init(_ program: String, _ words: [String], in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("GREPVINE_")
        }
        process.environment?["TERM"] = "xterm"
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        code = process.terminationStatus
    }

    var lines: [String] {
        bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
