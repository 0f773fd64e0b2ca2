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
    /// Each key once, above its lines.
    var heading = false
    var lineNumbers = false
    var color = false
    /// What matched, one per line, instead of the line.
    var onlyMatching = false
    /// Context was asked for, so groups of lines are told apart.
    var hasContext = false
    /// Lines of more bytes are left out.
    var maxColumns: Int?
}
