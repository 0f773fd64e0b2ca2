import Foundation
import GrepvineDistCore
import GrepvineSearch
import GrepvineStorage
import Testing

@testable import GrepvineNode

/// Two hundred patterns over real files. `GREPVINE_TREE` names a larger tree than the licences of
/// the machine and the sources of this package.
@Suite("Two hundred patterns find the same with and without an index")
struct SearchTreeTests {
    private static let fixed = [
        "return", "static", "the", "license", "LICENSE", "warranty", "Copyright",
        "func ", "struct", "import", "error", "[0-9]{3}-[0-9]{4}", "\\b[A-Z][a-z]+[A-Z]\\w*\\b",
        "^int main\\(", "^#include <", "^$", "^\\s*//", ";$", "\\.$", "\\)\\s*\\{$", "colou?r",
        "(copy|distribut)(e|ing)", "[^ -~]", "a.c", "x{2,}", "https?://[^ >]+", "\\w+ing\\b",
        "section [0-9]+", "[[:upper:]]{6,}", "program|library|document", "no such words anywhere",
        "spin_.*_irqrestore", "E0[0-9]{3}7", "\\w+_init\\w*\\(void\\)", "qz", "foo|bar|baz",
        "[a-f0-9]{8}-[a-f0-9]{4}", "\\d+\\.\\d+\\.\\d+", "é", "привет", "日本", "ß", "µ", "ſ",
        "out of memory", "unsigned long", "i\\+\\+", "a|b", "", "^", "$", ".", "\t", "  +$",
        "(a|ab)(c|bcd)", "[aeiou]{4}", "gpl", "gnu general", "\\{\\}", "\\[\\]", "!=", "==",
        "->", "::", "/\\*", "\\*/", "\\\\n", "'.'", "\"[^\"]*\"", "0x[0-9a-fA-F]+", "[Tt]his",
        "^.{120,}$", "word.word", "(foo)?bar", "en_US", "utf-?8", "\\$\\{?[A-Z_]+",
    ]

    private static func files(_ root: String, limit: Int) -> [(String, [UInt8])] {
        let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        var total = 0
        var files: [(String, [UInt8])] = []
        for name in names.sorted() where !name.contains(".build") && !name.contains(".git/") {
            guard total < limit, let bytes = FileManager.default.contents(atPath: "\(root)/\(name)")
            else { continue }
            total += bytes.count
            files.append(("\(root)/\(name)", Array(bytes)))
        }
        return files
    }

    private static func documents() -> [(String, [UInt8])] {
        if let tree = ProcessInfo.processInfo.environment["GREPVINE_TREE"] {
            return files(tree, limit: 1 << 30)
        }
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return files("/\(package)/Sources/Search", limit: 200 << 10)
            + files("/usr/share/common-licenses", limit: 200 << 10)
    }

    /// Pieces of the documents themselves, cut anywhere.
    private static func cuttings(
        _ documents: [(String, [UInt8])], _ random: inout SeededGenerator
    ) -> [GrepQuery] {
        var queries: [GrepQuery] = []
        while queries.count < 130 {
            guard let document = documents.randomElement(using: &random)?.1, document.count > 40
            else { continue }
            let start = Int.random(in: 0..<document.count - 30, using: &random)
            let piece = document[start..<start + Int.random(in: 2...24, using: &random)]
            guard let text = String(validating: piece, as: UTF8.self), !text.contains("\n")
            else { continue }
            var query = GrepQuery(text)
            query.options.isLiteral = true
            query.options.ignoresCase = queries.count % 3 == 0
            query.options.wholeWords = queries.count % 7 == 0
            queries.append(query)
        }
        return queries
    }

    @Test("keys, counts and lines")
    func same() throws {
        var random = SeededGenerator(seed: 4)
        let documents = Self.documents()
        let isLarge = documents.reduce(0) { $0 + $1.1.count } > 64 << 20
        let bench = SearchBench(segmentSize: isLarge ? 32 << 20 : 1 << 17, unitSize: 8192)
        for (name, bytes) in documents { bench.set(Key(name), bytes) }
        bench.indexAll()
        var queries = Self.fixed.map { GrepQuery($0) } + Self.cuttings(documents, &random)
        queries += Self.fixed.prefix(40).map { pattern in
            var query = GrepQuery(pattern)
            query.options.ignoresCase = true
            return query
        }
        #expect(queries.count >= 200)
        let (indexed, plain) = (bench.snapshot(withIndex: true), bench.snapshot(withIndex: false))
        var narrowed = 0
        for (number, query) in queries.enumerated() {
            var query = query
            query.output = [.counts, .lines, .keys][number % 3]
            let with = try SearchBench.run(query, indexed)
            let without = try SearchBench.run(query, plain)
            #expect(with.hits == without.hits, "\(query)")
            if with.work.skippedBytes > 0 { narrowed += 1 }
        }
        #expect(narrowed > 100)
    }
}
