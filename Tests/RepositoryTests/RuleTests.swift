import Testing

@Suite("Rules have names, sources and tests")
struct RuleTests {
    private struct Rule {
        let names: [String]
        let sources: [String]
        let tests: [String]
    }

    private static func rules() throws -> [Rule] {
        let file = try #require(Repository.file("docs/ARCHITECTURE.md"))
        let name = /([A-Z])(\d)(?:–[A-Z](\d))?/
        return MarkdownPage(file: file).rows.compactMap { row in
            guard row.cells.count == 4, let match = row.cells[0].wholeMatch(of: name),
                let first = Int(match.2), let last = Int(match.3 ?? match.2), first <= last
            else { return nil }
            return Rule(
                names: (first...last).map { "\(match.1)\($0)" }, sources: paths(in: row.cells[2]),
                tests: paths(in: row.cells[3]))
        }
    }

    private static func paths(in cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    @Test("every source and every test that the map names for a rule exists")
    func pathsExist() throws {
        let rules = try Self.rules()
        #expect(rules.flatMap(\.names).count > 40)
        for rule in rules {
            let gone = (rule.sources + rule.tests).filter { !Repository.exists($0) }
            #expect(gone == [], "\(rule.names)")
            #expect(rule.tests.allSatisfy { $0.hasPrefix("Tests/") }, "\(rule.names)")
        }
    }

    @Test("a test that the map names for a rule names the rule")
    func testsNameTheirRules() throws {
        for rule in try Self.rules() {
            let silent = rule.tests.filter { path in
                guard let file = Repository.file(path) else { return false }
                let named = Set(file.lines.flatMap(Self.names(in:)))
                return named.isDisjoint(with: rule.names)
            }
            #expect(silent == [], "\(rule.names)")
        }
    }

    @Test("every rule that a source or a test names is in the map")
    func namesAreKnown() throws {
        let known = Set(try Self.rules().flatMap(\.names))
        let unknown = Repository.swiftFiles.flatMap { file in
            file.file.lines.enumerated().flatMap { index, line in
                Self.names(in: line).filter { !known.contains($0) }.map {
                    Violation(path: file.path, line: index + 1, reason: "no rule \($0)")
                }
            }
        }
        #expect(unknown == [])
    }

    /// Rules in parentheses, in a comment or in a test's name: `(W2)`, `(R1, R2)`.
    private static func names(in line: Substring) -> [String] {
        guard line.contains("//") || line.contains("\""), line.contains("(") else { return [] }
        return line.matches(of: /\(([A-Z]\d(?:, [A-Z]\d)*)\)/).flatMap { match in
            match.1.split(separator: ", ").map(String.init)
        }
    }
}
