/// Which coded symbols an entry takes part in: the first one always, and later ones ever more
/// rarely, the i-th with probability 1 / (1 + i/2) ("Practical Rateless Set Reconciliation",
/// SIGCOMM 2024). Both sides draw the same numbers from the entry itself.
///
/// Only multiplication, division, square root and rounding of doubles, which IEEE 754 defines to
/// the last bit: the same on every machine.
struct SymbolMapping: Sendable {
    /// The next symbol that the entry takes part in.
    private(set) var index: UInt64 = 0
    private var state: UInt64

    /// Past every symbol that is ever made.
    private static let never = UInt64(1) << 40

    init(_ entry: UInt64) { state = entry }

    /// Goes on to the next symbol. The chance that none of the symbols up to j comes before it is
    /// ((i + 1.5) / (j + 1.5))², so that a uniform number is turned into a distance.
    mutating func advance() {
        state = Mix.fold(state ^ 0x9e37_79b9_7f4a_7c15, 0xda94_2042_e4dd_58b5)
        let uniform = (Double(state >> 11) + 1) * 0x1p-53
        let here = Double(index) + 1.5
        let distance = (here * (1 / uniform.squareRoot() - 1)).rounded(.up)
        index = distance < Double(Self.never) ? index + max(1, UInt64(distance)) : Self.never
    }
}
