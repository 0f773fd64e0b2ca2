import Foundation
import GrepvineDistCore
import Testing

@testable import grepvine

@Suite("Loading files")
struct LoadTests {
    @Test("a walk finds every regular file once, in order, and says why it left the rest")
    func walk() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("grepvine-walk-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, size) in [("b/2.txt", 10), ("b/1.txt", 0), ("a.txt", 5), ("huge", 101)] {
            let file = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(repeating: 0x61, count: size).write(to: file)
        }
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("b/loop"), withDestinationURL: folder)
        let root = folder.path
        let walk = DocumentWalk([root + "/", root + "/absent"], largest: 100)
        #expect(
            walk.files.map { String(decoding: $0.path, as: UTF8.self) }
                == ["a.txt", "b/1.txt", "b/2.txt"].map { "\(root)/\($0)" })
        #expect(walk.totalBytes == 15)
        #expect(
            walk.skipped.map { "\(String(decoding: $0.path, as: UTF8.self)): \($0.reason)" } == [
                "\(root)/b/loop: a symbolic link",
                "\(root)/huge: 101 B, the limit is 100 (max-value-size)",
                "\(root)/absent: No such file or directory",
            ])
    }

    @Test("a key is the path, stripped and prefixed, and never empty")
    func naming() {
        let plain = DocumentNaming(prefix: "", strip: "")
        #expect(plain.key(for: Array("./a/b".utf8)) == "./a/b")
        let both = DocumentNaming(prefix: "docs:", strip: "/usr/share/")
        #expect(both.key(for: Array("/usr/share/doc/x".utf8)) == "docs:doc/x")
        #expect(both.key(for: Array("/etc/x".utf8)) == "docs:/etc/x")
        #expect(both.key(for: Array("/usr/share/".utf8)) == nil)
        #expect(plain.key(for: Array(repeating: 0x61, count: 65_536)) == nil)
    }

    @Test(
        "the content type follows the name, and the content where the name says nothing",
        arguments: [
            ("a/b.JSON", [0], ContentType.json), ("a.txt", [0], .text),
            ("a.tar.gz", [0x61], .bytes),
            ("README", [0x61], .text), ("core", [0x61, 0], .bytes), ("v1.2/LICENSE", [], .text),
        ] as [(String, [UInt8], ContentType)])
    func contentTypes(path: String, content: [UInt8], expected: ContentType) {
        #expect(ContentType(path: Array(path.utf8), content: content) == expected)
    }

    @Test("progress is a line every five seconds in a log and a rewritten line on a terminal")
    func progress() {
        let second: Int64 = 1_000_000_000
        var log = LoadProgress(totalFiles: 20, totalBytes: 4096, isTerminal: false, start: 0)
        for _ in 0..<5 { log.add(bytes: 512) }
        #expect(log.display(at: 4 * second) == nil)
        #expect(
            log.display(at: 5 * second)
                == "5 of 20 files, 2.5 KiB of 4.0 KiB, 1 files/s, 512 B/s, 15 s left\n")
        #expect(log.display(at: 6 * second) == nil)
        var live = LoadProgress(totalFiles: 1, totalBytes: 0, isTerminal: true, start: 0)
        live.add(bytes: 0)
        #expect(
            live.display(at: second) == "\r\u{1b}[K1 of 1 files, 0 B of 0 B, 1 files/s, 0 B/s")
    }
}
