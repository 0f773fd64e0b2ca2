import Glibc

/// A file that can become a document.
struct DocumentFile: Hashable, Sendable {
    /// As given, joined with what lies below it. Any bytes: file names need not be text.
    let path: [UInt8]
    let size: Int
}

/// A path that does not become a document, and why.
struct SkippedPath: Hashable, Sendable {
    let path: [UInt8]
    let reason: String
}

/// The regular files at and below some paths, in the order of their bytes. Symbolic links are
/// followed where they are given and not where they are found, so that a walk ends.
struct DocumentWalk: Sendable {
    private(set) var files: [DocumentFile] = []
    private(set) var skipped: [SkippedPath] = []
    private let largest: Int

    /// Files of more than `largest` bytes are skipped.
    init(_ paths: [String], largest: Int) {
        self.largest = largest
        for path in paths { visit(Array(path.utf8), follow: true) }
    }

    var totalBytes: Int { files.reduce(0) { $0 + $1.size } }

    private mutating func visit(_ start: [UInt8], follow: Bool) {
        var waiting = [(path: start, follow: follow)]
        while let next = waiting.popLast() {
            switch Self.facts(of: next.path, follow: next.follow) {
            case .failure(let refusal): skip(next.path, refusal.reason)
            case .success(let facts):
                switch facts.st_mode & S_IFMT {
                case S_IFDIR:
                    let names = names(in: next.path)
                    // The last to wait is the next to be visited.
                    waiting += names.reversed().map { (Self.join(next.path, $0), false) }
                case S_IFREG: take(next.path, size: Int(facts.st_size))
                case S_IFLNK: skip(next.path, "a symbolic link")
                default: skip(next.path, "not a regular file")
                }
            }
        }
    }

    private mutating func take(_ path: [UInt8], size: Int) {
        if size > largest {
            skip(
                path,
                "\(ByteText.approximate(size)), the limit is \(ByteText.text(largest)) "
                    + "(max-value-size)")
        } else {
            files.append(DocumentFile(path: path, size: size))
        }
    }

    private mutating func skip(_ path: [UInt8], _ reason: String) {
        skipped.append(SkippedPath(path: path, reason: reason))
    }

    private mutating func names(in path: [UInt8]) -> [[UInt8]] {
        guard let directory = opendir(path.map(CChar.init(bitPattern:)) + [0]) else {
            skip(path, systemError)
            return []
        }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func facts(
        of path: [UInt8], follow: Bool
    ) -> Result<stat, FileBytes.Refusal> {
        var facts = stat()
        let name = path.map(CChar.init(bitPattern:)) + [0]
        guard (follow ? stat(name, &facts) : lstat(name, &facts)) == 0 else {
            return .failure(FileBytes.Refusal(reason: systemError))
        }
        return .success(facts)
    }

    private static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
        folder.last == UInt8(ascii: "/") ? folder + name : folder + [UInt8(ascii: "/")] + name
    }
}
