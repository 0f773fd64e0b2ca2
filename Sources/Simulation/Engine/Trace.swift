import GrepvineDistCore

/// What happened, as a hash that two runs of a seed must agree on and, when somebody wants to read
/// it, as lines of text.
struct Trace {
    private(set) var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
    private(set) var lines: [String] = []
    let keepsLines: Bool

    init(keepsLines: Bool) { self.keepsLines = keepsLines }

    mutating func fold(_ word: UInt64) {
        hash = Mix.fold(hash ^ word, 0xd6e8_feb8_6659_fd93) &+ word
    }

    mutating func fold(_ bytes: [UInt8]) {
        fold(Mix.hash(bytes.span.bytes, seed: UInt64(bytes.count)))
    }

    /// The text is made only when lines are kept.
    mutating func note(_ time: Int64, _ text: () -> String) {
        guard keepsLines else { return }
        let micros = time / 1000
        let fraction = String(micros % 1_000_000)
        let zeroes = String(repeating: "0", count: 6 - fraction.count)
        lines.append("\(micros / 1_000_000).\(zeroes)\(fraction) \(text())")
    }
}
