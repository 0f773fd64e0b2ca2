import Testing

/// Which modules the sources of each folder may import: mains → whole → edges → pure → DistCore.
enum ImportGraph {
    private static let pure: Set = ["GrepvineGossip", "GrepvineSearch"]
    private static let edges: Set = ["GrepvineStorage", "GrepvineTransport"]
    private static let system: Set = ["Glibc", "Darwin", "Synchronization", "CLinux"]
    private static let core: Set = ["GrepvineDistCore"]

    static let allowed: [String: Set<String>] = [
        "DistCore": [],
        "Gossip": core,
        "Search": core,
        "Storage": core.union(system),
        "Transport": core.union(system).union(["CMsgpack", "CZlib", "COpenSSL"]),
        // Foundation for JSON and nothing else.
        "Client": core.union([
            "GrepvineTransport", "Synchronization", "FoundationEssentials", "Foundation",
        ]),
        "Node": core.union(pure).union(edges).union(system).union(["COpenSSL"]),
        "Simulation": core.union(pure).union(edges).union(["GrepvineNode"]),
        "grepvine": core.union(pure).union(edges).union(system)
            .union(["GrepvineClient", "GrepvineNode", "Foundation", "FoundationEssentials"]),
        "grepvine-sim": core.union(["GrepvineSimulation", "GrepvineNode", "Glibc", "Darwin"]),
    ]

    static func violations(in file: SwiftFile) -> [Violation] {
        let parts = file.path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources" else { return [] }
        guard let modules = allowed[String(parts[1])] else {
            return [Violation(path: file.path, line: 1, reason: "a folder that the graph lacks")]
        }
        return file.imports.filter { !modules.contains($0.text) }.map {
            Violation(path: file.path, line: $0.line, reason: "must not import \($0.text)")
        }
    }
}

@Suite("Imports point down")
struct ImportTests {
    @Test("every source imports only what lies below it")
    func importsPointDown() {
        #expect(Repository.swiftFiles.flatMap(ImportGraph.violations) == [])
    }

    @Test("the manifest has no unsafe flags, so that others can depend on a version of it")
    func manifestIsSafe() throws {
        let manifest = try #require(Repository.swiftFiles.first { $0.path == "Package.swift" })
        #expect(manifest.tokens.contains { $0.isWord("treatAllWarnings") })
        #expect(!manifest.tokens.contains { $0.isWord("unsafeFlags") })
    }

    @Test(
        "the check finds imports that point up or sideways",
        arguments: [
            ("DistCore", "GrepvineGossip"), ("Gossip", "GrepvineSearch"),
            ("Storage", "GrepvineTransport"), ("Transport", "GrepvineNode"),
            ("Client", "GrepvineNode"), ("Node", "GrepvineClient"), ("Search", "Foundation"),
            ("Simulation", "Glibc"), ("Helpers", "GrepvineDistCore"),
        ])
    func findsPlanted(_ folder: String, _ module: String) {
        let text = "package import \(module)\n"
        let file = SwiftFile(TextFile(path: "Sources/\(folder)/Planted.swift", text: text))
        #expect(ImportGraph.violations(in: file).count == 1)
    }
}
