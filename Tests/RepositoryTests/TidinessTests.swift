import Testing

@Suite("The tree is tidy")
struct TidinessTests {
    /// Put together here, so that this file does not hold them.
    private static let leftovers = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
    private static let homes = ["root", "home", "Users", "work"].map { "/\($0)/" }

    @Test("work that is left stands in the roadmap, not in a comment")
    func noLeftovers() {
        let found = violations { line in
            let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            return Self.leftovers.first { words.contains(Substring($0)) }
        }
        #expect(found == [])
    }

    @Test("no file names a directory of one developer's machine")
    func noHomes() {
        #expect(violations { line in Self.homes.first(where: line.contains) } == [])
    }

    @Test("no line is longer than 100 columns")
    func shortLines() {
        let code: Set = ["swift", "c", "h", "sh", "py"]
        let found = violations(in: Repository.files.filter { code.contains($0.fileExtension) }) {
            // The formatter leaves the comma of a list where it would otherwise break the line.
            $0.count > ($0.hasSuffix(",") ? 101 : 100) ? "\($0.count) columns" : nil
        }
        #expect(found == [])
    }

    @Test("lines end without blanks, and each file with one newline")
    func noTrailingBlanks() {
        let found = violations(in: Repository.swiftFiles.map(\.file)) {
            $0.hasSuffix(" ") || $0.hasSuffix("\t") ? "blanks at the end" : nil
        }
        let ends = Repository.files.filter {
            !$0.text.isEmpty && (!$0.text.hasSuffix("\n") || $0.text.hasSuffix("\n\n"))
        }
        #expect(found == [])
        #expect(ends.map(\.path) == [])
    }

    /// Files that are longer, each with its ceiling. Entries may only shrink or go.
    private static let tall: [String: Int] = [:]

    @Test("no Swift file is longer than 450 lines")
    func shortFiles() {
        let found = Repository.swiftFiles.filter {
            $0.file.lines.count - 1 > Self.tall[$0.path] ?? 450
        }
        #expect(found.map { "\($0.path): \($0.file.lines.count - 1) lines" } == [])
        #expect(Self.tall.keys.filter { !Repository.exists($0) } == [])
    }

    @Test("no test is switched off")
    func noDisabledTests() {
        let found = Repository.swiftFiles.filter { $0.path.hasPrefix("Tests/") }.flatMap { file in
            file.tokens.indices.filter {
                file.tokens[$0].isWord("disabled") && $0 > 0 && file.tokens[$0 - 1].isMark(".")
            }.map { Violation(path: file.path, line: file.tokens[$0].line, reason: "disabled") }
        }
        #expect(found == [])
    }

    @Test("a file that only imports is the first of its folder, until there is another")
    func noEmptyFiles() {
        let empty = Repository.swiftFiles.filter { $0.tokens.count <= 2 }
        let found = empty.filter { file in
            let folder = file.path.split(separator: "/").prefix(2).joined(separator: "/") + "/"
            return Repository.swiftFiles.count { $0.path.hasPrefix(folder) } > 1
        }
        #expect(found.map(\.path) == [])
    }

    private func violations(
        in files: [TextFile] = Repository.files, _ reason: (Substring) -> String?
    ) -> [Violation] {
        files.flatMap { file in
            file.lines.enumerated().compactMap { number, line in
                reason(line).map { Violation(path: file.path, line: number + 1, reason: $0) }
            }
        }
    }
}
