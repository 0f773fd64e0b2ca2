/// Which keys a SCAN answers: Redis's glob of `*`, `?`, `[…]` and `\`, and a type.
struct KeyFilter {
    var pattern: [UInt8]?
    var matchesType = true

    func accepts(_ key: [UInt8]) -> Bool {
        guard matchesType else { return false }
        guard let pattern else { return true }
        return Self.matches(pattern[...], key[...])
    }

    /// Linear in the key for each star, by going back to the last one only.
    static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var p = pattern.startIndex
        var t = text.startIndex
        var star: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
                star = (p + 1, t)
                p += 1
            } else if p < pattern.endIndex, let next = step(pattern, p, text[t]) {
                p = next
                t += 1
            } else if let last = star {
                p = last.pattern
                t = last.text + 1
                star = (last.pattern, t)
            } else {
                return false
            }
        }
        while p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.endIndex
    }

    /// Where the pattern goes on when the element at `p` matches `byte`.
    private static func step(_ pattern: ArraySlice<UInt8>, _ p: Int, _ byte: UInt8) -> Int? {
        switch pattern[p] {
        case UInt8(ascii: "?"): return p + 1
        case UInt8(ascii: "["): return set(pattern, p + 1, byte)
        case UInt8(ascii: "\\") where p + 1 < pattern.endIndex:
            return pattern[p + 1] == byte ? p + 2 : nil
        default: return pattern[p] == byte ? p + 1 : nil
        }
    }

    private static func set(_ pattern: ArraySlice<UInt8>, _ start: Int, _ byte: UInt8) -> Int? {
        var p = start
        let negated = p < pattern.endIndex && pattern[p] == UInt8(ascii: "^")
        if negated { p += 1 }
        var found = false
        while p < pattern.endIndex, pattern[p] != UInt8(ascii: "]") {
            if pattern[p] == UInt8(ascii: "\\"), p + 1 < pattern.endIndex { p += 1 }
            let low = pattern[p]
            var high = low
            if p + 2 < pattern.endIndex, pattern[p + 1] == UInt8(ascii: "-") {
                high = pattern[p + 2]
                p += 2
            }
            if (min(low, high)...max(low, high)).contains(byte) { found = true }
            p += 1
        }
        return found != negated ? min(p + 1, pattern.endIndex) : nil
    }
}
