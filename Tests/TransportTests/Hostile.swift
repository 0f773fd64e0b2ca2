import Glibc
import GrepvineDistCore

/// Bytes that no honest peer sends, for decoders that must survive them.
enum Hostile {
    /// How many random buffers each decoder gets; `GREPVINE_FUZZ` sets another number.
    static let rounds: Int = {
        guard let text = getenv("GREPVINE_FUZZ") else { return 20_000 }
        return Int(String(cString: text)) ?? 20_000
    }()

    /// Copies `bytes` into a block of exactly their size, so that a sanitizer sees one step beyond.
    static func withExactCopy<Result>(
        _ bytes: ArraySlice<UInt8>, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { block.deallocate() }
        block.copyBytes(from: bytes)
        return try body(block)
    }

    /// Every proper prefix of `bytes`, the empty one first.
    static func prefixes(of bytes: [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws -> Void)
        rethrows
    {
        for end in bytes.indices { try withExactCopy(bytes[..<end], body) }
    }

    /// `bytes` with each single byte replaced by a few others: one bit off, its complement, and
    /// the bytes that mean something to the protocols.
    static func corruptions(
        of bytes: [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) rethrows {
        for index in bytes.indices {
            let original = bytes[index]
            var others: Set<UInt8> = [
                ~original, original ^ 1, original ^ 0x80, 0, 0xff, 0x0a, 0x0d, 0x20, 0x2d, 0x30,
                0x39, 0x24, 0x2a, 0x3a, 0xdd, 0xdf,
            ]
            others.remove(original)
            for other in others.sorted() {
                var damaged = bytes
                damaged[index] = other
                try withExactCopy(damaged[...], body)
            }
        }
    }

    /// `rounds` buffers of up to 256 bytes: half of them noise, half of them pieces of the corpus
    /// with a few bytes replaced. The block is reused.
    static func random(
        seed: UInt64, corpus: [[UInt8]], _ body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) rethrows {
        var generator = SeededGenerator(seed: seed)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
        defer { block.deallocate() }
        for _ in 0..<rounds {
            let choice = generator.next()
            let sample = corpus[Int(choice >> 8) % corpus.count]
            let isNoise = choice & 1 == 0
            let count = Int(choice >> 32) % ((isNoise ? 256 : min(sample.count, 256)) + 1)
            fill(block, count: count, from: isNoise ? [] : sample, &generator)
            try body(UnsafeMutableRawBufferPointer(rebasing: block[..<count]))
        }
    }

    private static func fill(
        _ block: UnsafeMutableRawBufferPointer, count: Int, from sample: [UInt8],
        _ generator: inout SeededGenerator
    ) {
        guard sample.isEmpty else {
            block.copyBytes(from: sample[..<count])
            for _ in 0..<(count > 0 ? 1 + Int(generator.next() % 3) : 0) {
                let word = generator.next()
                block[Int(word >> 8) % count] = UInt8(truncatingIfNeeded: word)
            }
            return
        }
        for start in stride(from: 0, to: count, by: 8) {
            let word = generator.next()
            for index in start..<min(start + 8, count) {
                block[index] = UInt8(truncatingIfNeeded: word >> ((index - start) * 8))
            }
        }
    }
}
