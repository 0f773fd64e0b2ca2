/// How hits are shown.
struct GrepStyle: Hashable, Sendable {
    enum Form: Hashable, Sendable {
        /// Lines, with what was asked for around and inside them.
        case lines
        /// How many lines match in each document.
        case counts
        /// How many matches are in each document, several per line.
        case matchCounts
        /// Only the keys.
        case keys
        /// JSON Lines.
        case json
    }

    var form = Form.lines
    var showsKeys = true
    /// Each key once, above its lines.
    var heading = false
    var lineNumbers = false
    /// Where on its line the first match begins, in bytes from 1.
    var columns = false
    /// Where in the document the line begins, or the match with `onlyMatching`.
    var offsets = false
    var color = false
    /// What matched, one per line, instead of the line.
    var onlyMatching = false
    /// The line once for each of its matches.
    var perMatch = false
    /// Without white space at the start of lines.
    var trims = false
    /// Context was asked for, so groups of lines are told apart.
    var hasContext = false
    /// Lines of more bytes are left out.
    var maxColumns: Int?
    /// Their beginning is shown all the same.
    var previewsLongLines = false
    /// A NUL byte instead of what follows a key.
    var endsKeysWithNUL = false
    var endsLinesWithCRLF = false
    var statistics = false
    /// The search of a document ended where its NUL byte was noticed.
    var skipsBinary = true
    var matchSeparator = Array(":".utf8)
    var contextFieldSeparator = Array("-".utf8)
    /// Between groups of lines; nil for nothing.
    var groupSeparator: [UInt8]? = Array("--".utf8)

    /// ripgrep looks for matches within lines only when something shows them, and then says how
    /// many are in a line that it leaves out.
    var showsMatches: Bool { color || columns || onlyMatching || perMatch || statistics }

    var lineEnd: [UInt8] { endsLinesWithCRLF ? [0x0d, 0x0a] : [0x0a] }
}
