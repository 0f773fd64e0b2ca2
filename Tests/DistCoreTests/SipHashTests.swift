import GrepvineDistCore
import Testing

@Suite("SipHash-2-4 with 128 bits")
struct SipHashTests {
    /// Of the reference implementation: key 00 01 … 0f, input 00 01 … of each length.
    static let vectors: [(length: Int, hash: String)] = [
        (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
        (2, "8177228da4a45dc7fca38bdef60affe4"), (3, "9c70b60c5267a94e5f33b6b02985ed51"),
    ]

    @Test("gives the reference's hashes", arguments: vectors)
    func reference(_ vector: (length: Int, hash: String)) {
        let key = SipHash.Key(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        let hash = SipHash.hash((0..<vector.length).map { UInt8($0) }, key)
        var writer = ByteWriter()
        writer.write(hash.low)
        writer.write(hash.high)
        let text = writer.bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        #expect(text == vector.hash)
    }

    @Test("every byte, its place, the length and the key count")
    func differences() {
        let key = SipHash.Key(low: 1, high: 2)
        let bytes = (0..<40).map { UInt8($0) }
        var seen: Set<[UInt64]> = []
        func add(_ bytes: [UInt8], _ key: SipHash.Key) {
            let hash = SipHash.hash(bytes, key)
            #expect(seen.insert([hash.low, hash.high]).inserted)
        }
        add(bytes, key)
        add(bytes, SipHash.Key(low: 2, high: 1))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            add(other, key)
            add(Array(bytes[..<index]), key)
        }
        add(bytes + [0], key)
    }
}
