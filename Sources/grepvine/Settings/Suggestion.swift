/// The nearest known name to one that is not known.
enum Suggestion {
    /// Nil unless the best candidate is near enough to be meant: a third of its length may differ.
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8)
        var best: (distance: Int, name: String)?
        for candidate in candidates {
            let bytes = Array(candidate.lowercased().utf8)
            let limit = max(1, max(wanted.count, bytes.count) / 3)
            let distance = editDistance(wanted, bytes)
            guard distance <= limit else { continue }
            if best.map({ (distance, candidate) < ($0.distance, $0.name) }) ?? true {
                best = (distance, candidate)
            }
        }
        return best?.name ?? extended(name, among: candidates)
    }

    /// `; did you mean NAME?`, or nothing.
    static func hint(
        for name: String, among candidates: some Sequence<String>,
        shown: (String) -> String = { $0 }
    ) -> String {
        nearest(to: name, among: candidates).map { "; did you mean \(shown($0))?" } ?? ""
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + Array(repeating: 0, count: right.count)
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                current[column] = min(
                    last[column] + 1, current[column - 1] + 1, last[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    current[column] = min(current[column], beforeLast[column - 2] + 1)
                }
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }

    /// The only candidate that begins with the name, when it is at least three letters.
    private static func extended(_ name: String, among candidates: some Sequence<String>) -> String?
    {
        guard name.utf8.count >= 3 else { return nil }
        let longer = candidates.filter { $0.hasPrefix(name) }
        return longer.count == 1 ? longer[0] : nil
    }
}
