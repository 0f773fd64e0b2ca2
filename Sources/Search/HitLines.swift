import GrepvineDistCore

/// Walks over the lines of one document that are hits.
struct HitLines {
    let isInverted: Bool
    /// Where the next line to look at begins.
    private var index = 0
    /// A byte of each matching line up to `known`, and which of them is next.
    private var places: [Int] = []
    private var nextPlace = 0
    private var known = 0

    init(isInverted: Bool) { self.isInverted = isInverted }

    /// The next hit without its line feed.
    mutating func next(
        in bytes: UnsafeRawBufferPointer, _ finder: inout LineFinder
    ) -> Range<Int>? {
        while index < bytes.count {
            let place = unsafe nextMatch(in: bytes, &finder) ?? bytes.count
            let line = unsafe place < bytes.count ? bytes.lineStart(of: place, from: index) : place
            let start = index
            if isInverted, start < line {
                let end = unsafe bytes.lineFeed(from: start, to: bytes.count)
                index = end + 1
                return start..<end
            }
            nextPlace += 1
            let end = unsafe bytes.lineFeed(from: place, to: bytes.count)
            index = end + 1
            if !isInverted, place < bytes.count { return line..<end }
        }
        return nil
    }

    /// How many hits there are, up to a limit. Where hits begin does not matter.
    mutating func count(
        in bytes: UnsafeRawBufferPointer, upTo limit: Int, _ finder: inout LineFinder
    ) -> Int {
        var count = 0
        if isInverted {
            while count < limit, unsafe next(in: bytes, &finder) != nil { count += 1 }
            return count
        }
        if known == 0, let count = unsafe finder.count(in: bytes, upTo: limit) { return count }
        while count < limit, known < bytes.count {
            places.removeAll(keepingCapacity: true)
            known = unsafe finder.appendMatches(in: bytes, from: known, to: &places)
            count += places.count
        }
        return min(count, limit)
    }

    /// A byte of the first matching line at or behind `index`.
    private mutating func nextMatch(
        in bytes: UnsafeRawBufferPointer, _ finder: inout LineFinder
    ) -> Int? {
        while nextPlace == places.count {
            guard known < bytes.count else { return nil }
            places.removeAll(keepingCapacity: true)
            nextPlace = 0
            known = unsafe finder.appendMatches(in: bytes, from: known, to: &places)
        }
        return places[nextPlace]
    }
}
