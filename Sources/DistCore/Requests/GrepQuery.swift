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
        /// A carriage return before a line feed belongs to the line's end (`--crlf`).
        public var endsLinesWithCRLF = false

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
        /// Only how many matches there are, several of them on one line (`--count-matches`).
        case matchCounts = 3
        /// Only that no line matches (`--files-without-match`).
        case keysWithoutMatch = 4
    }

    /// What becomes of documents that hold a NUL byte, as ripgrep has it.
    public enum Binary: UInt8, Sendable {
        /// They are text like all others (`-a`).
        case isText = 0
        /// The search of a document ends where its NUL byte is noticed: what files that ripgrep
        /// finds by itself get.
        case isSkipped = 1
        /// A NUL byte ends a line; of the first hit behind it only the fact is reported
        /// (`--binary`): what files that are named get.
        case isReported = 2
        /// A NUL byte ends a line and is like any other line's end.
        case endsLines = 3
    }

    public var pattern: String
    public var options = Options()
    public var output = Output.lines
    public var binary = Binary.isText
    /// Lines of context before and after each matching line.
    public var before = 0
    public var after = 0
    /// Only keys that begin with these bytes.
    public var keyPrefix: [UInt8] = []
    /// Which other documents are not searched.
    public var filter = DocumentFilter()
    /// Stop after this many matching lines (documents, when the output has no lines).
    public var limit: Int?
    /// Stop in each document after this many matching lines (`-m`).
    public var limitPerDocument: Int?
    /// Go on behind the page that ended with this `GrepSummary.cursor` (G1).
    public var cursor: String?
    /// Bytes that each node may look at for this query; a node may allow less (G3).
    public var maxBytes: Int?
    /// Bytes of hits in the answer: the page ends before the document that would be too much (G3).
    public var maxAnswer: Int?

    public init(_ pattern: String) { self.pattern = pattern }
}

/// What a document must be for its content to be searched at all. All conditions must hold.
public struct DocumentFilter: Hashable, Sendable {
    /// Globs for keys as ripgrep's `-g` has them for paths: the last that matches decides, one
    /// that begins with `!` keeps a key out.
    public var globs: [String] = []
    public var contentType: ContentType?
    /// Only documents that were written at this time or later.
    public var notBefore: WallTime?
    /// Only JSON documents in which this path leads to something, or to a value that compares as
    /// asked: `$.user.name`, `$.items[*].price > 10`.
    public var jsonPath: String?

    /// More globs than this are refused, and longer texts.
    public static let mostGlobs = 64
    public static let longestText = 1024

    public init() {}
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
        /// Byte ranges in `text` that match, ascending, not overlapping. Empty for context, but
        /// not for the context of an inverted search, in which it is the context that matches.
        public var matches: [Range<Int>]
        /// A line feed follows: false only for the last line of a document without a final one.
        public var hasLineFeed: Bool

        public init(
            number: Int, offset: Int, text: [UInt8], isMatch: Bool, matches: [Range<Int>] = [],
            hasLineFeed: Bool = true
        ) {
            self.number = number
            self.offset = offset
            self.text = text
            self.isMatch = isMatch
            self.matches = matches
            self.hasLineFeed = hasLineFeed
        }
    }

    public var key: Key
    public var version: Version
    /// Matching lines in the document, up to the limit per document.
    public var matchingLines: Int
    /// Matches in these lines. Only lines and counts of matches know it, else it is 0.
    public var matches: Int
    /// Empty unless the output is lines.
    public var lines: [Line]
    /// Where the first NUL byte is, when the search noticed it.
    public var binaryOffset: Int?

    public init(
        key: Key, version: Version, matchingLines: Int, matches: Int = 0, lines: [Line] = [],
        binaryOffset: Int? = nil
    ) {
        self.key = key
        self.version = version
        self.matchingLines = matchingLines
        self.matches = matches
        self.lines = lines
        self.binaryOffset = binaryOffset
    }
}

/// How much of the cluster a grep covered: never silently fewer hits (G2).
public struct GrepSummary: Hashable, Sendable {
    /// Why something is missing.
    public enum Reason: UInt8, CaseIterable, Hashable, Sendable {
        /// No live owner in sync could be asked.
        case unreachable = 0
        /// The time was over.
        case deadline = 1
        /// A node looked at as many bytes as it may for one query.
        case bytes = 2
        /// The owners run as many searches as they take.
        case overloaded = 3

        /// Stable, for programs.
        public var name: String {
            switch self {
            case .unreachable: "unreachable"
            case .deadline: "deadline"
            case .bytes: "bytes"
            case .overloaded: "overloaded"
            }
        }
    }

    /// Every partition was searched once, on a live owner that is in sync.
    public var isComplete: Bool { missing.isEmpty && reasons.isEmpty }
    /// Partitions that were not searched to their end.
    public var missing: [Partition] = []
    public var reasons: Set<Reason> = []
    /// Their names, always in the same order.
    public var reasonNames: [String] { Reason.allCases.filter(reasons.contains).map(\.name) }
    /// The deadline passed before everything was searched.
    public var deadlinePassed: Bool { reasons.contains(.deadline) }
    /// More hits exist than the limit, or the bytes of an answer, allowed.
    public var limitReached = false
    /// What the next page begins with, when the limit was reached or the time was over: give it
    /// back as `GrepQuery.cursor` to any node. The query must be the same, its budgets may differ.
    public var cursor: String?
    public var documentsSearched: UInt64 = 0
    public var bytesSearched: UInt64 = 0
    /// What each node that finished its part did for it.
    public var searches: [NodeSearch] = []

    public init() {}
}
