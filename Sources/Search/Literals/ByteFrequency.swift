/// How common bytes are in source code, documentation and data: a guess that decides which bytes
/// of a literal to look for, and never what matches.
enum ByteFrequency {
    /// Twelve times the binary logarithm of how many bytes pass for one of these.
    private static let ascii: [UInt8] = [
        132, 171, 171, 177, 170, 177, 178, 176, 169, 99, 62, 177, 176, 159, 177, 176,
        170, 176, 177, 176, 176, 177, 177, 177, 177, 177, 177, 176, 177, 176, 177, 176,
        34, 152, 91, 104, 154, 152, 131, 107, 86, 86, 87, 104, 88, 79, 74, 73,
        76, 84, 85, 92, 92, 92, 96, 99, 97, 96, 84, 105, 89, 100, 89, 157,
        120, 90, 106, 91, 99, 87, 102, 107, 116, 92, 123, 117, 93, 101, 92, 93,
        93, 145, 92, 81, 86, 107, 116, 122, 112, 124, 142, 111, 118, 111, 160, 68,
        115, 57, 79, 64, 65, 48, 73, 76, 72, 57, 104, 88, 64, 73, 57, 58,
        69, 123, 59, 56, 52, 72, 89, 92, 92, 85, 118, 126, 130, 126, 151, 175,
    ]

    /// Higher is rarer.
    static func rarity(of byte: UInt8) -> Int { byte < 128 ? Int(ascii[Int(byte)]) : 165 }

    /// The share of this byte among all bytes.
    static func share(of byte: UInt8) -> Double {
        var share = 1.0
        for _ in 0..<(rarity(of: byte) / 12) { share /= 2 }
        return share
    }
}
