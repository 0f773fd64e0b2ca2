import Glibc
import GrepvineSearch

/// Visits regular files at and below paths, the names of each directory in the order of their
/// bytes. Symbolic links are followed where they are given and not where they are found.
struct FileWalk {
    /// A file and how it was come by: named, or found below a directory.
    struct Entry {
        var path: [UInt8]
        var isNamed: Bool
        var facts: stat
    }

    private struct Waiting {
        var path: [UInt8]
        var depth: Int
        /// What the globs are matched against.
        var key: [UInt8]
    }

    private let selection: FileSelection
    private let globs: KeyGlobs
    private var waiting: [Waiting] = []
    /// What could not be read, and why.
    private(set) var failures: [(path: [UInt8], reason: String)] = []

    init(_ selection: FileSelection, globs: KeyGlobs) {
        self.selection = selection
        self.globs = globs
        let paths = selection.paths.isEmpty ? [""] : selection.paths
        waiting = paths.reversed().map { path in
            Waiting(path: Array(path.utf8), depth: 0, key: Array(path.utf8))
        }
    }

    mutating func next() -> Entry? {
        while let entry = waiting.popLast() {
            var facts = stat()
            let name = entry.path.isEmpty ? [46] : entry.path
            let code = name.withCString {
                entry.depth == 0 ? stat($0, &facts) : lstat($0, &facts)
            }
            if code != 0 {
                failures.append((entry.path, systemError))
            } else if facts.st_mode & S_IFMT == S_IFDIR {
                if entry.depth == 0 || !globs.excludes(folder: entry.key) { open(entry) }
            } else if facts.st_mode & S_IFMT == S_IFREG, isWanted(entry, Int(facts.st_size)) {
                return Entry(path: entry.path, isNamed: entry.depth == 0, facts: facts)
            }
        }
        return nil
    }

    private func isWanted(_ entry: Waiting, _ size: Int) -> Bool {
        if let largest = selection.largest, size > largest { return false }
        return entry.depth == 0 || globs.admits(entry.key)
    }

    private mutating func open(_ folder: Waiting) {
        if let most = selection.mostDepth, folder.depth >= most { return }
        let name = folder.path.isEmpty ? [46] : folder.path
        guard let directory = name.withCString({ opendir($0) }) else {
            failures.append((folder.path, systemError))
            return
        }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [46], name != [46, 46] { names.append(name) }
        }
        names.sort { $1.lexicographicallyPrecedes($0) }
        waiting += names.map { name in
            Waiting(
                path: Self.join(folder.path, name), depth: folder.depth + 1,
                key: Self.join(folder.key, name))
        }
    }

    private static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
        folder.isEmpty || folder.last == 47 ? folder + name : folder + [47] + name
    }
}

extension [UInt8] {
    /// As a path for the system.
    fileprivate func withCString<Answer>(_ body: (UnsafePointer<CChar>) -> Answer) -> Answer {
        (self + [0]).withUnsafeBytes { body($0.assumingMemoryBound(to: CChar.self).baseAddress!) }
    }
}
