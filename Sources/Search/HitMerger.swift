package import GrepvineDistCore

/// Joins the hits of several owners, each in order of keys, into one stream in order of keys (G1).
///
/// A hit comes out only when no source can still bring one before it. The caller asks only the
/// sources in `wants` for more, so what is held is one batch per source.
package struct HitMerger: Sendable {
    private struct Source: Sendable {
        /// Ascending by key; what is before `next` was taken.
        var hits: [DocumentHit] = []
        var next = 0
        var isFinished = false
        /// The last key that came from this source.
        var last: Key?

        var head: DocumentHit? { next < hits.count ? hits[next] : nil }
    }

    private var sources: [Source]
    /// The last key that came out: a copy from a source that brings it later is dropped.
    private var lastKey: Key?

    /// One more source: an owner that takes over from another.
    package mutating func addSource() { sources.append(Source()) }

    package init(sources count: Int) {
        sources = Array(repeating: Source(), count: count)
    }

    /// The sources whose hits are all taken and that may bring more.
    package var wants: [Int] {
        sources.indices.filter { sources[$0].head == nil && !sources[$0].isFinished }
    }

    private var isWaiting: Bool { sources.contains { $0.head == nil && !$0.isFinished } }

    /// No hit will come any more.
    package var isFinished: Bool { sources.allSatisfy { $0.head == nil && $0.isFinished } }

    /// Hits held back because another source might bring an earlier one.
    package var buffered: Int { sources.reduce(0) { $0 + $1.hits.count - $1.next } }

    /// Takes a batch, ascending by key and behind all that its source brought before. Hits that are
    /// out of order are dropped: they come from a peer, and order is what the stream promises.
    package mutating func append(_ hits: [DocumentHit], from source: Int) {
        guard !sources[source].isFinished else { return }
        var kept = Array(sources[source].hits[sources[source].next...])
        var last = sources[source].last
        for hit in hits where last.map({ $0 < hit.key }) ?? true {
            kept.append(hit)
            last = hit.key
        }
        sources[source].hits = kept
        sources[source].next = 0
        sources[source].last = last
    }

    /// The source brings nothing more. What it brought is kept.
    package mutating func finish(_ source: Int) { sources[source].isFinished = true }

    /// Forgets what a finished source brought and nobody has taken.
    package mutating func drop(_ source: Int) {
        (sources[source].hits, sources[source].next) = ([], 0)
    }

    /// The next hit in order, or nil when a source in `wants` must bring more first. Of several
    /// copies of one key the highest version comes out.
    package mutating func next() -> DocumentHit? {
        while !isWaiting {
            guard let key = sources.compactMap(\.head?.key).min() else { return nil }
            let hit = take(key)
            guard key != lastKey else { continue }
            lastKey = key
            return hit
        }
        return nil
    }

    private mutating func take(_ key: Key) -> DocumentHit? {
        var best: DocumentHit?
        for index in sources.indices {
            guard let head = sources[index].head, head.key == key else { continue }
            sources[index].next += 1
            if best.map({ $0.version < head.version }) ?? true { best = head }
        }
        return best
    }
}
