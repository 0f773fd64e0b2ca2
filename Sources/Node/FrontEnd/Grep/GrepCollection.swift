import GrepvineDistCore

/// The hits of one GREP of a Redis client until the last has come: a reply begins with its length,
/// so it cannot leave before.
final class GrepCollection {
    let query: GrepQuery
    private let started: Instant
    private(set) var hits: [DocumentHit] = []
    /// About so many bytes of reply.
    private(set) var size = 0
    /// Hits were left out because the reply would have become too large.
    private(set) var isCut = false
    private(set) var summary: GrepSummary?
    private(set) var elapsed = Duration.zero

    init(_ query: GrepQuery, started: Instant) {
        self.query = query
        self.started = started
    }

    /// Keeps documents as long as there is room for their hits; false when there is none.
    func add(_ more: [DocumentHit], room: Int) -> Bool {
        guard !isCut else { return false }
        var left = room
        for hit in more {
            let bytes = Self.size(of: hit)
            guard bytes <= left else {
                isCut = true
                return false
            }
            left -= bytes
            size += bytes
            hits.append(hit)
        }
        return true
    }

    /// `cursor` goes on behind a document.
    func end(_ summary: GrepSummary, now: Instant, cursor: (GrepPosition) -> String?) {
        var summary = summary
        if isCut {
            summary.limitReached = true
            summary.cursor = hits.last.flatMap { cursor(GrepPosition(key: $0.key)) }
        }
        self.summary = summary
        elapsed = now - started
    }

    var matchingLines: Int { hits.reduce(0) { $0 + $1.matchingLines } }

    private static func size(of hit: DocumentHit) -> Int {
        let perLine = hit.key.bytes.count + 64
        return hit.lines.reduce(perLine) { $0 + $1.text.count + perLine }
    }
}
