/// Three bytes of folded text. A line feed stands for the edge of a line, so it is only ever the
/// first or the last of them: what lies across two lines can be in no match.
struct Gram: Hashable, Sendable {
    /// 24 bits, the first byte highest.
    let bits: UInt32

    /// No text has it: its postings name the units that are not indexed, and so are always
    /// candidates.
    static let opaque = Gram(bits: 0x0a0a0a)
    /// The same for units of which only grams of ASCII are indexed.
    static let opaqueBeyondASCII = Gram(bits: 0x0a0a8a)

    var isASCII: Bool { bits & 0x80_8080 == 0 }

    /// All of a text, rarest first by a guess, each once.
    static func all(of text: [UInt8]) -> [Gram] {
        guard text.count >= 3 else { return [] }
        var seen: Set<Gram> = []
        var found: [(gram: Gram, rarity: Int)] = []
        for index in 0..<text.count - 2 where text[index + 1] != 10 {
            let bytes = text[index...index + 2]
            let gram = Gram(bits: bytes.reduce(0) { $0 << 8 | UInt32($1) })
            guard seen.insert(gram).inserted else { continue }
            found.append((gram, bytes.reduce(0) { $0 + ByteFrequency.rarity(of: $1) }))
        }
        found.sort { ($1.rarity, $0.gram.bits) < ($0.rarity, $1.gram.bits) }
        return found.map(\.gram)
    }
}
