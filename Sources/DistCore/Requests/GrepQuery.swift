/// One question to every document of the cluster.
public struct GrepQuery: Hashable, Sendable {
    /// How the pattern is read and compared.
    public struct Options: Hashable, Sendable {
        /// The pattern is text, not a regular expression (`-F`).
        public var isLiteral = false
        /// Unicode simple case folding (`-i`).
        public var ignoresCase = false
        /// A match must begin and end at word boundaries (`-w`).
        public var wholeWords = false
        /// Lines that do not match are the hits (`-v`).
        public var inverted = false

        public init() {}
    }

    /// What a hit carries.
    public enum Output: UInt8, Sendable {
        /// Matching lines with their context.
        case lines = 0
        /// Only how many lines match (`-c`).
        case counts = 1
        /// Only that some line matches (`-l`).
        case keys = 2
    }

    public var pattern: String
    public var options = Options()
    public var output = Output.lines
    /// Lines of context before and after each matching line.
    public var before = 0
    public var after = 0
    /// Only keys that begin with these bytes.
    public var keyPrefix: [UInt8] = []
    /// Stop after this many matching lines (documents, when the output has no lines).
    public var limit: Int?
    /// Stop in each document after this many matching lines (`-m`).
    public var limitPerDocument: Int?

    public init(_ pattern: String) { self.pattern = pattern }
}

/// One document with at least one hit. Hits are ordered by key, lines by number (G1).
public struct DocumentHit: Hashable, Sendable {
    /// One line, matching or context.
    public struct Line: Hashable, Sendable {
        /// From 1.
        public var number: Int
        /// Where the line begins in the document, in bytes.
        public var offset: Int
        /// Without its line feed.
        public var text: [UInt8]
        public var isMatch: Bool
        /// Byte ranges in `text` that match, ascending, not overlapping; empty for context.
        public var matches: [Range<Int>]

        public init(
            number: Int, offset: Int, text: [UInt8], isMatch: Bool, matches: [Range<Int>] = []
        ) {
            self.number = number
            self.offset = offset
            self.text = text
            self.isMatch = isMatch
            self.matches = matches
        }
    }

    public var key: Key
    public var version: Version
    /// Matching lines in the document, up to the limit per document.
    public var matchingLines: Int
    /// Empty unless the output is lines.
    public var lines: [Line]

    public init(key: Key, version: Version, matchingLines: Int, lines: [Line] = []) {
        self.key = key
        self.version = version
        self.matchingLines = matchingLines
        self.lines = lines
    }
}

/// How much of the cluster a grep covered: never silently fewer hits (G2).
public struct GrepSummary: Hashable, Sendable {
    /// Every partition was searched once, on a live owner that is in sync.
    public var isComplete: Bool { missing.isEmpty && !deadlinePassed }
    /// Partitions that no live owner in sync could search.
    public var missing: [Partition] = []
    /// The deadline passed before everything was searched.
    public var deadlinePassed = false
    /// More hits exist than the limit allowed.
    public var limitReached = false
    public var documentsSearched: UInt64 = 0
    public var bytesSearched: UInt64 = 0
    /// What each node that finished its part did for it.
    public var searches: [NodeSearch] = []

    public init() {}
}
