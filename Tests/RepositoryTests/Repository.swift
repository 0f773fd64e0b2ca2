import Foundation

/// The work tree that these tests were built from.
enum Repository {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every text file that belongs to the project, in order of path.
    static let files: [TextFile] = paths(in: "").sorted().compactMap(TextFile.init(path:))

    static let swiftFiles: [SwiftFile] = files.filter { $0.path.hasSuffix(".swift") }
        .map(SwiftFile.init)

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    static func file(_ path: String) -> TextFile? { files.first { $0.path == path } }

    /// Built things and the history are not the project's text.
    private static let skipped: Set<String> = [".git", ".build", ".swiftpm", ".DS_Store"]

    private static func paths(in folder: String) -> [String] {
        let url = folder.isEmpty ? root : root.appending(path: folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { !skipped.contains($0) }.flatMap { name in
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(
                atPath: root.appending(path: path).path, isDirectory: &isFolder)
            return isFolder.boolValue ? paths(in: path) : [path]
        }
    }
}

/// A file with its path from the root of the work tree.
struct TextFile: Sendable {
    let path: String
    let text: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    /// Nil for what is not UTF-8 text.
    init?(path: String) {
        guard let data = try? Data(contentsOf: Repository.root.appending(path: path)),
            !data.contains(0), let text = String(data: data, encoding: .utf8)
        else { return nil }
        self.init(path: path, text: text)
    }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    var fileExtension: String { URL(filePath: path).pathExtension }
}

/// A Swift source with its tokens, so that no rule is fooled by a comment or a string.
struct SwiftFile: Sendable {
    let file: TextFile
    let tokens: [SwiftToken]

    init(_ file: TextFile) {
        self.file = file
        var lexer = SwiftLexer(file.text)
        tokens = lexer.tokens()
    }

    var path: String { file.path }

    /// Every `import`, with the module's name and the line.
    var imports: [SwiftToken] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        return tokens.indices.compactMap { index in
            guard tokens[index].isWord("import"), index == 0 || tokens[index - 1].text != "."
            else { return nil }
            return tokens[(index + 1)...].first { !kinds.contains($0.text) }
        }
    }
}

/// What breaks a rule, and where.
struct Violation: CustomStringConvertible, Equatable {
    let path: String
    let line: Int
    let reason: String

    var description: String { "\(path):\(line): \(reason)" }
}
