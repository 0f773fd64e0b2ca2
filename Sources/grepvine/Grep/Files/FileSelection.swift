import Glibc

/// Which files `grep --files` searches: all of those named, and all at and below directories,
/// hidden and ignored ones too: what `rg -uu` searches.
struct FileSelection: Hashable, Sendable {
    let paths: [String]
    let mostDepth: Int?
    let largest: Int?

    init(_ values: Values, paths: [String]) {
        self.paths = paths
        mostDepth = values.optionalInteger("max-depth")
        largest = values.optionalByteCount("max-filesize")
    }

    /// Then nobody needs to be told which file a line is from.
    var isOneFile: Bool {
        guard paths.count == 1 else { return false }
        var facts = stat()
        return stat(paths[0], &facts) != 0 || facts.st_mode & S_IFMT != S_IFDIR
    }
}
