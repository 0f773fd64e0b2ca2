/// Several globs over one key: the last that matches decides. When some only let keys in, a key
/// that none matches stays out. A folder that is kept out keeps out all below it.
package struct KeyGlobs: Sendable {
    private let globs: [GlobPattern]
    private let needsMatch: Bool

    package init(_ texts: [String]) throws(PatternError) {
        var globs: [GlobPattern] = []
        for text in texts { globs.append(try GlobPattern(text)) }
        self.globs = globs
        needsMatch = globs.contains { !$0.isExcluding }
    }

    package var isEmpty: Bool { globs.isEmpty }

    package func admits(_ key: some Sequence<UInt8>) -> Bool {
        guard !globs.isEmpty else { return true }
        var path = Self.scalars(of: key)[...]
        // A leading slash or `./` is where the globs are anchored, not part of what they match.
        while path.starts(with: [46, 47]) { path = path.dropFirst(2) }
        if path.first == 47 { path = path.dropFirst() }
        for end in path.indices where path[end] == 47 {
            if excludesFolder(path[path.startIndex..<end]) { return false }
        }
        guard let decisive = globs.last(where: { $0.matches(path, isFolder: false) }) else {
            return !needsMatch
        }
        return !decisive.isExcluding
    }

    /// True when nothing below the folder can be let in, so that nobody need look.
    package func excludes(folder: some Sequence<UInt8>) -> Bool {
        var path = Self.scalars(of: folder)[...]
        while path.starts(with: [46, 47]) { path = path.dropFirst(2) }
        if path.first == 47 { path = path.dropFirst() }
        return excludesFolder(path)
    }

    private func excludesFolder(_ path: ArraySlice<UInt32>) -> Bool {
        globs.last { $0.matches(path, isFolder: true) }?.isExcluding ?? false
    }

    private static func scalars(of key: some Sequence<UInt8>) -> [UInt32] {
        var decoder = UTF8()
        var bytes = key.makeIterator()
        var scalars: [UInt32] = []
        while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar): scalars.append(scalar.value)
            case .error: scalars.append(0xfffd)
            case .emptyInput: return scalars
            }
        }
    }
}
