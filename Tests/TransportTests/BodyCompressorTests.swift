import GrepvineDistCore
import Testing

@testable import GrepvineTransport

@Suite struct BodyCompressorTests {
    private let text = Array(String(repeating: "the quick brown fox ", count: 200).utf8)

    private func compressed(_ body: [UInt8]) -> [UInt8]? {
        let compressor = BodyCompressor()
        return withExtendedLifetime(compressor) {
            body.withUnsafeBytes { compressor.compress($0).map { Array($0) } }
        }
    }

    private func inflated(_ body: [UInt8], limit: Int = 1 << 20) throws -> [UInt8] {
        let decompressor = BodyDecompressor()
        return try withExtendedLifetime(decompressor) {
            try body.withUnsafeBytes { Array(try decompressor.decompress($0, limit: limit)) }
        }
    }

    @Test("compressible bodies shrink and come back, one stream for many")
    func roundTrip() throws {
        let compressor = BodyCompressor()
        let decompressor = BodyDecompressor()
        for size in [1024, 1500, 4000, 100_000, 1025] {
            let body = (0..<size).map { UInt8($0 / 7 % 50) }
            let small = try #require(
                body.withUnsafeBytes { compressor.compress($0).map { Array($0) } })
            #expect(small.count < size)
            let back = try small.withUnsafeBytes { Array(try decompressor.decompress($0)) }
            #expect(back == body)
        }
    }

    @Test("small bodies and noise are left alone")
    func leftAlone() {
        var generator = SeededGenerator(seed: 5)
        #expect(compressed([UInt8](repeating: 0, count: 1023)) == nil)
        #expect(
            compressed((0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }) == nil)
    }

    @Test("a frame says whether its body is compressed")
    func frames() {
        var buffer = IOBuffer()
        let compressor = BodyCompressor()
        text.withUnsafeBytes {
            buffer.appendFrame(FrameHeader(kind: 1, requestID: 1), body: $0, compressor: compressor)
        }
        guard
            case .frame(let header, let body, let length) =
                FrameDecoder().decode(.init(buffer.readable))
        else {
            Issue.record("no frame")
            return
        }
        #expect(header.flags == .compressed && length < text.count)
        #expect((try? inflated(Array(body))) == text)
    }

    @Test("a declared size is checked before it is reserved")
    func declaredSize() throws {
        let decompressor = BodyDecompressor()
        let bomb: [UInt8] = [0xff, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 60)
        #expect(throws: BodyError.tooLarge(declared: Int(UInt32.max), limit: 1 << 24)) {
            try bomb.withUnsafeBytes { _ = try decompressor.decompress($0, limit: 1 << 24) }
        }
        // Within the limit, but more than 60 bytes can ever inflate to.
        #expect(throws: BodyError.corrupt) {
            try ([0, 0, 0xff, 0] + bomb[4...]).withUnsafeBytes {
                _ = try decompressor.decompress($0, limit: 1 << 24)
            }
        }
        #expect(decompressor.capacity == 0)
    }

    @Test("cut, padded, damaged and wrongly sized data is refused")
    func damage() throws {
        let small = try #require(compressed(text))
        #expect(throws: BodyError.truncated) { try inflated([1, 2, 3]) }
        for end in 4..<small.count {
            #expect(throws: BodyError.corrupt) { try inflated(Array(small[..<end])) }
        }
        #expect(throws: BodyError.corrupt) { try inflated(small + [0]) }
        var longer = small
        longer[0] &+= 1
        #expect(throws: BodyError.corrupt) { try inflated(longer) }
        Hostile.corruptions(of: small) { damaged in
            let result = try? inflated(Array(damaged), limit: 1 << 16)
            #expect(result == nil || result == text)
        }
    }

    @Test("random bytes inflate to what they declare or not at all")
    func random() throws {
        let decompressor = BodyDecompressor()
        let small = try #require(compressed(text))
        Hostile.random(seed: 2, corpus: [small]) { bytes in
            if let body = try? decompressor.decompress(.init(bytes), limit: 1 << 16) {
                #expect(body.count <= 1 << 16)
            }
        }
    }
}
