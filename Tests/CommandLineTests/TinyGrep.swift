import GrepvineDistCore

/// A grep for tests that is too simple to be wrong: literal patterns, ASCII case, one pass.
struct TinyGrep {
    let query: GrepQuery

    /// The hit that an owner of the document would send, or nil.
    func hit(key: String, document: [UInt8]) -> DocumentHit? {
        var lines = lines(of: document)
        let wanted = lines.indices.filter { lines[$0].isMatch }
            .prefix(query.limitPerDocument ?? .max)
        guard let last = wanted.last else { return nil }
        for index in lines.indices where !wanted.contains(index) { lines[index].isMatch = false }
        let shown = lines.indices.filter { index in
            wanted.contains { $0 - query.before <= index && index <= $0 + query.after }
                && (index <= last + query.after)
        }
        return DocumentHit(
            key: Key(key), version: .zero, matchingLines: wanted.count,
            lines: query.output == .lines ? shown.map { lines[$0] } : [])
    }

    private func lines(of document: [UInt8]) -> [DocumentHit.Line] {
        var lines: [DocumentHit.Line] = []
        var offset = 0
        var rest = document[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0a) ?? rest.endIndex
            let text = Array(rest[rest.startIndex..<end])
            let found = matches(in: text)
            lines.append(
                DocumentHit.Line(
                    number: lines.count + 1, offset: offset, text: text,
                    isMatch: found.isEmpty == query.options.inverted, matches: found))
            offset += text.count + 1
            rest = rest[min(end + 1, rest.endIndex)...]
        }
        return lines
    }

    private func matches(in text: [UInt8]) -> [Range<Int>] {
        let pattern = query.pattern.utf8.map(fold)
        var found: [Range<Int>] = []
        var start = 0
        while start + pattern.count <= text.count {
            let range = start..<start + pattern.count
            if text[range].map(fold) == pattern, isWhole(range, in: text) {
                found.append(range)
                start = range.upperBound
            } else {
                start += 1
            }
        }
        return found
    }

    private func fold(_ byte: UInt8) -> UInt8 {
        query.options.ignoresCase && (65...90).contains(byte) ? byte + 32 : byte
    }

    private func isWhole(_ range: Range<Int>, in text: [UInt8]) -> Bool {
        guard query.options.wholeWords else { return true }
        let neighbours = [range.lowerBound - 1, range.upperBound].filter(text.indices.contains)
        return neighbours.allSatisfy {
            !(text[$0] < 0x80 && Character(UnicodeScalar(text[$0])).isLetter)
        }
    }
}
