/// Things that are each sent a few times. The least sent goes first; among the equally often sent
/// the one of lowest rank does.
struct SendQueue<Item: Sendable>: Sendable {
    struct Entry: Sendable {
        let item: Item
        let rank: Int64
        var transmissions = 0

        func isBefore(_ other: Entry) -> Bool {
            (transmissions, rank) < (other.transmissions, other.rank)
        }
    }

    /// What became of an offer.
    enum Verdict {
        case taken
        /// This one does not fit; a smaller one may.
        case skipped
        case full
    }

    /// Offers that may fail in one round before it ends.
    private static var misfits: Int { 8 }

    /// In the order of sending.
    private(set) var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func insert(_ item: Item, rank: Int64) { insert(Entry(item: item, rank: rank)) }

    mutating func removeAll(where isGone: (Item) -> Bool) {
        entries.removeAll { isGone($0.item) }
    }

    /// Makes room by dropping what was sent the most.
    mutating func removeLast() { _ = entries.popLast() }

    /// What is taken counts as sent once more and leaves after `limit` transmissions.
    mutating func send(limit: Int, _ offer: (Item) -> Verdict) {
        var taken: [Entry] = []
        var places: [Int] = []
        var failures = 0
        for (place, entry) in entries.enumerated() {
            switch offer(entry.item) {
            case .taken:
                taken.append(entry)
                places.append(place)
            case .skipped: failures += 1
            case .full: failures = Self.misfits
            }
            guard failures < Self.misfits else { break }
        }
        for place in places.reversed() { entries.remove(at: place) }
        for entry in taken where entry.transmissions + 1 < limit {
            var entry = entry
            entry.transmissions += 1
            insert(entry)
        }
    }

    private mutating func insert(_ entry: Entry) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].isBefore(entry) { low = middle + 1 } else { high = middle }
        }
        entries.insert(entry, at: low)
    }
}
