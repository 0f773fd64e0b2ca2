import GrepvineDistCore

/// What was found and printed, for `--stats` and the summary of JSON Lines.
struct GrepStatistics: Hashable, Sendable {
    private(set) var documents = 0
    private(set) var matchingLines = 0
    private(set) var matches = 0
    private(set) var printed = 0

    mutating func add(_ hit: DocumentHit, printed bytes: Int) {
        documents += 1
        matchingLines += hit.matchingLines
        matches += hit.matches
        printed += bytes
    }

    /// ripgrep's lines, of which the two with times can never be equal.
    func append(_ summary: GrepSummary, elapsed: Duration, to bytes: inout [UInt8]) {
        let time = GrepJSON.seconds(elapsed)
        bytes +=
            """

            \(matches) matches
            \(matchingLines) matched lines
            \(documents) files contained matches
            \(summary.documentsSearched) files searched
            \(printed) bytes printed
            \(summary.bytesSearched) bytes searched
            \(time) seconds spent searching
            \(time) seconds

            """.utf8
    }
}
