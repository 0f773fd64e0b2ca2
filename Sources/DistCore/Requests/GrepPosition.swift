/// How far the pages of a grep have come: what was returned last (G1).
public struct GrepPosition: Hashable, Sendable {
    public var key: Key
    /// The last matching line that was returned of this document; 0 when it has nothing more.
    public var line: Int
    /// Matching lines of this document that were returned, on all pages.
    public var matchingLines: Int

    public init(key: Key, line: Int = 0, matchingLines: Int = 0) {
        self.key = key
        self.line = line
        self.matchingLines = matchingLines
    }
}
