import Foundation
import Testing

@Suite("Documents tell the truth")
struct DocumentTests {
    private static let pages = Repository.files.filter { $0.fileExtension == "md" }
        .map(MarkdownPage.init)

    private static func page(_ path: String) throws -> MarkdownPage {
        try #require(pages.first { $0.file.path == path }, "\(path) is missing")
    }

    @Test("every relative link leads to a file, and every anchor to a heading")
    func linksResolve() {
        let broken = Self.pages.flatMap { page in
            page.links.filter { !Self.resolves($0.target, from: page) }.map {
                Violation(path: page.file.path, line: $0.number, reason: "leads nowhere: \($0.1)")
            }
        }
        #expect(Self.pages.count > 10)
        #expect(broken == [])
    }

    private static func resolves(_ target: String, from page: MarkdownPage) -> Bool {
        guard !target.hasPrefix("https://") else { return true }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let path =
            parts[0].isEmpty
            ? page.file.path
            : URL(filePath: "/" + page.folder + parts[0]).standardized.path.dropFirst().description
        guard Repository.exists(path) else { return false }
        guard parts.count == 2 else { return true }
        return pages.first { $0.file.path == path }?.anchors.contains(String(parts[1])) ?? false
    }

    @Test("every path that a document names exists")
    func pathsExist() {
        let roots = ["Sources/", "Tests/", "Scripts/", "Snippets/", "bench/", "docs/", ".ci/"]
        let gone = Self.pages.flatMap { page in
            page.codeSpans.filter { span in
                roots.contains(where: span.text.hasPrefix)
                    && span.text.allSatisfy { $0.isLetter || $0.isNumber || "/.+-_".contains($0) }
                    && !Repository.exists(span.text)
            }.map { Violation(path: page.file.path, line: $0.number, reason: "no \($0.text)") }
        }
        #expect(gone == [])
    }

    @Test("every make target that a document names is in the Makefile")
    func targetsExist() throws {
        let makefile = try #require(Repository.file("Makefile"))
        let targets = Set(
            makefile.lines.filter { $0.first?.isLowercase == true }
                .compactMap { $0.split(separator: ":").first.map(String.init) })
        let unknown = Self.pages.flatMap { page in
            page.code.flatMap { number, text in
                Self.makeTargets(in: text).filter { !targets.contains($0) }.map {
                    Violation(path: page.file.path, line: number, reason: "no target \($0)")
                }
            }
        }
        #expect(targets.isSuperset(of: ["deps", "demo", "test", "check", "bench"]))
        #expect(unknown == [])
        let continuous = try #require(Repository.file(".ci/run")).lines
            .filter { $0.hasPrefix("run make ") }.flatMap { Self.makeTargets(in: String($0)) }
        #expect(continuous.contains("check"))
        #expect(targets.isSuperset(of: continuous))
    }

    private static func makeTargets(in code: String) -> [String] {
        let words = code.split { !$0.isLetter && !$0.isNumber && !"-=._".contains($0) }
        return zip(words, words.dropFirst()).filter { $0.0 == "make" }.map { String($0.1) }
    }

    @Test("Swift code in a document stands in a snippet that the build compiles")
    func codeCompiles() {
        let snippets = Repository.files.filter { $0.path.hasPrefix("Snippets/") }
            .map { $0.lines.map(\.trimmed).joined(separator: "\n") }
        let unknown = Self.pages.flatMap { page in
            page.swiftBlocks.filter { block in !snippets.contains { $0.contains(block) } }
                .map { "\(page.file.path): \($0)" }
        }
        #expect(unknown == [])
    }

    @Test("every flag that a document gives to grepvine is declared in its settings")
    func flagsExist() {
        let declared = Set(
            Repository.swiftFiles.filter { $0.path.hasPrefix("Sources/grepvine/") }
                .flatMap(\.tokens).filter { $0.kind == .string }
                .map { Self.folded($0.text) })
        let unknown = Self.pages.flatMap { page in
            page.code.flatMap { number, text in
                Self.flags(in: text).filter { !declared.contains(Self.folded($0)) }.map {
                    Violation(path: page.file.path, line: number, reason: "no flag \($0)")
                }
            }
        }
        #expect(unknown == [])
    }

    @Test("every setting that a file can hold is explained on the page about operating")
    func settingsAreExplained() throws {
        let rows = try Self.page("docs/operating.md").rows.map(\.cells)
        let explained = Set(rows.compactMap(\.first).map(Self.folded))
        let tables = Repository.swiftFiles.filter {
            $0.path.hasPrefix("Sources/grepvine/Settings/SettingTable")
        }
        let keys = tables.flatMap { file in
            file.tokens.indices.dropLast(2).filter {
                file.tokens[$0].isWord("key") && file.tokens[$0 + 1].isMark(":")
                    && file.tokens[$0 + 2].kind == .string
            }.map { file.tokens[$0 + 2].text }
        }
        #expect(keys.count > 15)
        #expect(keys.filter { !explained.contains(Self.folded($0)) } == [])
    }

    /// Flags of commands that begin with `grepvine`, and flags that stand alone.
    private static func flags(in code: String) -> [String] {
        let text = code.trimmed
        guard text.hasPrefix("grepvine ") || text.hasPrefix("--") else { return [] }
        return text.split { $0 == " " || $0 == "=" }.filter { $0.hasPrefix("--") }
            .map(String.init)
    }

    /// `--max-value-size` and its key `max.valueSize` are the same.
    private static func folded(_ name: String) -> String {
        name.filter(\.isLetter).lowercased()
    }

    @Test("each decision has its date, question, options, choice, and what would change it")
    func decisionsAreWhole() throws {
        let decisions = Self.pages.filter {
            $0.folder == "docs/decisions/" && !$0.file.path.hasSuffix("README.md")
        }
        let index = try Self.page("docs/decisions/README.md")
        #expect(decisions.count >= 7)
        for page in decisions {
            let name = page.file.path.split(separator: "/").last ?? ""
            let headings = page.prose.map(\.text).filter { $0.hasPrefix("## ") }
            #expect(
                headings == [
                    "## Question", "## Options", "## Choice", "## What would change our mind",
                ], "\(name)")
            #expect(
                page.prose.contains { $0.text.wholeMatch(of: /Date: 20\d\d-\d\d-\d\d/) != nil },
                "\(name) has a date")
            #expect(
                page.file.text.hasPrefix("# \(name.prefix(4)): "), "\(name) begins with its number")
            #expect(index.links.contains { $0.target == name }, "\(name) is in the index")
        }
    }

    @Test("each row of the roadmap has a status of the legend, an acceptance and a reason")
    func roadmapIsWhole() throws {
        let rows = try Self.page("ROADMAP.md").rows
        let legend = ["works", "in progress", "planned", "not planned"]
        let listed = rows.filter { $0.cells.count == 2 && legend.contains($0.cells[0]) }
        #expect(listed.map { $0.cells[0] } == legend)
        let capabilities = rows.filter { row in
            row.cells.count == 4 && row.cells[0] != "capability" && !row.cells[0].hasPrefix("---")
        }
        #expect(capabilities.count > 100)
        let wrong = capabilities.filter {
            !legend.contains($0.cells[2]) || $0.cells.contains("")
        }
        #expect(wrong.map(\.cells) == [])
        let names = capabilities.map { $0.cells[0] }
        #expect(Set(names).count == names.count, "no capability stands twice")
    }
}
