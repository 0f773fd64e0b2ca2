package import GrepvineDistCore

/// Decides from what is known about a document whether its content is searched: prefix and globs
/// of its key, its content type, when it was written.
package struct DocumentSelector: Sendable {
    private let prefix: [UInt8]
    private let globs: KeyGlobs
    private let contentType: ContentType?
    private let notBefore: WallTime?

    package init(_ query: GrepQuery) throws(PatternError) {
        prefix = query.keyPrefix
        globs = try KeyGlobs(query.filter.globs)
        contentType = query.filter.contentType
        notBefore = query.filter.notBefore
    }

    /// Cheapest first: the globs are asked last.
    package func admits(
        key: UnsafeRawBufferPointer, contentType type: ContentType, written: WallTime
    ) -> Bool {
        if let contentType, contentType != type { return false }
        if let notBefore, written < notBefore { return false }
        if !prefix.isEmpty, unsafe !key.starts(with: prefix) { return false }
        return unsafe globs.isEmpty || globs.admits(key)
    }
}
