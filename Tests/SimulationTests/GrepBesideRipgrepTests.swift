import Foundation
import GrepvineDistCore
import Testing

@testable import GrepvineSimulation

/// A simulated cluster holds real documents, and ripgrep the same ones as files.
@Suite("Grep in the simulator finds ripgrep's lines")
struct GrepBesideRipgrepTests {
    static let patterns = [
        "warranty", "WITHOUT WARRANT(Y|IES)", "[0-9]{4}", "^  [A-Z]", "free software", "\\bGNU\\b",
        "licen[cs]e", "(copy|distribut)(e|ing)", "[^ -~]", "a.c", "x{2,}", "https?://[^ >]+", ";$",
        "^$", "\\w+ing\\b", "section [0-9]+", "[[:upper:]]{6,}", "program|library|document", "\\.$",
        "no such words anywhere",
    ]

    private static let isRipgrepThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/rg")

    @Test(
        "with all nodes up, and with one of them dead (G1, G2)",
        .enabled(if: isRipgrepThere), arguments: [1, 2] as [UInt64])
    func sameLines(seed: UInt64) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "grep-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let documents = try Self.documents()
        for (name, bytes) in documents {
            try Data(bytes).write(to: folder.appending(path: name))
        }
        let expected = try Self.patterns.map { try Self.ripgrep($0, in: folder) }
        #expect(expected.dropLast().allSatisfy { !$0.isEmpty })

        let cluster = try SimulatedDocuments(seed: seed, documents)
        for (pattern, lines) in zip(Self.patterns, expected) {
            #expect(try cluster.grep(pattern, at: 1) == lines, "\(pattern)")
        }
        cluster.kill(2)
        for (pattern, lines) in zip(Self.patterns, expected) {
            #expect(try cluster.grep(pattern, at: 0) == lines, "\(pattern), one node dead")
        }
    }

    /// The licences of the machine where there are any, and made ones.
    private static func documents() throws -> [(String, [UInt8])] {
        let folder = "/usr/share/common-licenses"
        var documents: [(String, [UInt8])] = []
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        {
            guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                continue
            }
            // Two names of one licence: the simulator's history wants different values.
            documents.append((name, Array("\(name)\n".utf8) + bytes.prefix(20_000)))
        }
        for number in 0..<40 {
            let text = """
                document \(number) of the library: free software, no warranty
                  A section \(number % 7) that is distributed, copying is allowed

                naïve café \(number)\r
                exxtra;
                see https://example.org/\(number) for the GNU licence WITHOUT WARRANTIES of 2026.
                """
            documents.append(("made-\(number)", Array(text.utf8)))
        }
        return documents
    }

    private static func ripgrep(_ pattern: String, in folder: URL) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/rg")
        process.currentDirectoryURL = folder
        process.arguments = [
            "--no-config", "-a", "-n", "--no-heading", "-uuu", "-e", pattern, ".",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return bytes.split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0.dropFirst(2), as: UTF8.self) }.sorted()
    }
}
