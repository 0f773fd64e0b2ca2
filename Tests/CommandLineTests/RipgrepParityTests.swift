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
        "-g *.txt", "-g *.none", "--max-depth 0", "--max-filesize 0 -c", "-q -g *.none",
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
        for flags in [
            "", "-n", "-c", "-l", "-o", "--color always", "-a", "--json", "-v -c", "-g *.none",
        ] {
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
        let ours = try ToolStream(
            ToolStream.binary, ["grep", "--files"] + words + paths, in: folder)
        let theirs = try ToolStream(
            try #require(Ripgrep.path), Self.theirs + words + paths, in: folder)
        let difference =
            words.contains("--json")
            ? try Self.differingRecord(ours, theirs) : try Self.differingBytes(ours, theirs)
        let codes = (ours.end(), theirs.end())
        if let difference {
            Issue.record("\(words) \(paths), \(difference)")
        } else {
            #expect(codes.0 == codes.1, "\(words) \(paths)")
        }
    }

    /// Piece by piece, so that no output need be in memory.
    private static func differingBytes(
        _ ours: ToolStream, _ theirs: ToolStream
    ) throws -> String? {
        var before: Data.SubSequence = Data()
        var place = 0
        while true {
            let (left, right) = (try ours.peek(), try theirs.peek())
            let count = min(left.count, right.count)
            if count == 0, left.isEmpty, right.isEmpty { return nil }
            guard count > 0, left.prefix(count) == right.prefix(count) else {
                let equal = zip(left, right).prefix { $0 == $1 }.count
                let last = (before + left.prefix(equal)).suffix(100)
                func shown(_ piece: Data.SubSequence) -> String {
                    let text = last + piece.dropFirst(equal).prefix(100)
                    return String(decoding: text, as: UTF8.self).debugDescription
                }
                return """
                    different from byte \(place + equal) of the output on
                    ours:   \(shown(left))
                    theirs: \(shown(right))
                    """
            }
            before = left.prefix(count).suffix(100)
            place += count
            ours.skip(count)
            theirs.skip(count)
        }
    }

    private static func differingRecord(
        _ ours: ToolStream, _ theirs: ToolStream
    ) throws -> String? {
        var number = 0
        while true {
            let (left, right) = (try ours.line(), try theirs.line())
            if left == nil, right == nil { return nil }
            number += 1
            let (one, other) = (try left.map(record), try right.map(record))
            guard one == other else {
                return """
                    record \(number)
                    ours:   \(one ?? "nothing")
                    theirs: \(other ?? "nothing")
                    """
            }
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
    private static func record(_ line: Data) throws -> String {
        var record = try #require(JSONSerialization.jsonObject(with: line) as? [String: Any])
        var data = record["data"] as? [String: Any] ?? [:]
        let stats = data["stats"] as? [String: Any] ?? [:]
        for name in [
            "version", "complete", "cursor", "deadline_passed", "limit_reached",
            "missing_partitions", "reasons", "elapsed_total",
        ] { data[name] = nil }
        let kept = ["matches", "matched_lines", "searches_with_match"]
        data["stats"] = kept.map { "\(stats[$0] as? Int ?? 0)" }
        record["data"] = data
        return String(
            decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys),
            as: UTF8.self)
    }
}
