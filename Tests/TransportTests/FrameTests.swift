import Testing

@testable import GrepvineTransport

@Suite struct FrameTests {
    static let header = FrameHeader(
        kind: 7, requestID: 0x0102_0304_0506_0708, epoch: 9, clock: 0xfeed, deadline: 1500,
        trace: TraceContext(traceHigh: 1, traceLow: 2, span: 3))
    static let corpus: [[UInt8]] = [
        FrameEncoder.encode(header, body: []),
        FrameEncoder.encode(header, body: Array("a body".utf8)),
        FrameEncoder.encode(FrameHeader(kind: 0, requestID: 0), body: [1, 2, 3]),
    ]

    private func frame(
        _ bytes: [UInt8], limit: Int = FrameHeader.defaultLimit
    ) -> (FrameHeader, [UInt8], Int)? {
        bytes.withUnsafeBytes {
            guard
                case .frame(let header, let body, let length) =
                    FrameDecoder(limit: limit).decode($0)
            else { return nil }
            return (header, Array(body), length)
        }
    }

    @Test("a frame comes back as it was, also with another one behind it")
    func roundTrip() throws {
        let bytes = FrameEncoder.encode(Self.header, body: Array("a body".utf8))
        let (header, body, length) = try #require(frame(bytes + Self.corpus[2]))
        #expect(header == Self.header)
        #expect(body == Array("a body".utf8))
        #expect(length == bytes.count)
        let second = try #require(frame(Array((bytes + Self.corpus[2])[length...])))
        #expect(second.0.requestID == 0 && second.1 == [1, 2, 3])
    }

    @Test("the header has the documented layout")
    func layout() {
        let bytes = FrameEncoder.encode(Self.header, body: [0xaa])
        #expect(bytes.count == 65)
        #expect(Array(bytes[0..<8]) == [65, 0, 0, 0, 7, 0, 1, 0])
        #expect(Array(bytes[8..<16]) == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(bytes[16] == 9 && bytes[24] == 0xed && bytes[25] == 0xfe)
        #expect(Array(bytes[32..<36]) == [0xdc, 5, 0, 0])
        #expect(bytes[40] == 1 && bytes[48] == 2 && bytes[56] == 3 && bytes[64] == 0xaa)
    }

    @Test("a frame cut anywhere asks for more, and says for how much once it knows")
    func prefixes() {
        for bytes in Self.corpus {
            Hostile.prefixes(of: bytes) { prefix in
                guard case .needMore(let total) = FrameDecoder().decode(.init(prefix)) else {
                    Issue.record("a prefix of \(prefix.count) bytes is no frame")
                    return
                }
                #expect(total > prefix.count && total <= bytes.count)
                if prefix.count >= 4 { #expect(total == bytes.count) }
            }
        }
    }

    @Test("no single damaged byte gets through")
    func corruption() {
        for bytes in Self.corpus {
            Hostile.corruptions(of: bytes) { damaged in
                if case .frame = FrameDecoder().decode(.init(damaged)) {
                    Issue.record("a damaged frame was taken")
                }
            }
        }
    }

    @Test("lengths are judged before anything is waited for")
    func lengths() {
        func decode(_ bytes: [UInt8]) -> FrameOutcome {
            bytes.withUnsafeBytes { FrameDecoder(limit: 1000).decode($0) }
        }
        func isInvalid(_ outcome: FrameOutcome, _ expected: FrameError) -> Bool {
            if case .invalid(let error) = outcome { return error == expected }
            return false
        }
        #expect(
            isInvalid(
                decode([0xff, 0xff, 0xff, 0xff]),
                .tooLong(declared: Int(UInt32.max), limit: 1000)))
        #expect(isInvalid(decode([0xe9, 3, 0, 0]), .tooLong(declared: 1001, limit: 1000)))
        #expect(isInvalid(decode([63, 0, 0, 0]), .tooShort(declared: 63)))
        var other = Self.corpus[0]
        other[6] = 2
        #expect(isInvalid(decode(other), .unsupportedVersion(2)))
        other[6] = 1
        other[5] = 0x80
        #expect(isInvalid(decode(other), .reservedBits))
    }

    @Test("random bytes are a frame only if they are one")
    func random() {
        Hostile.random(seed: 1, corpus: Self.corpus) { bytes in
            switch FrameDecoder(limit: 4096).decode(.init(bytes)) {
            case .needMore(let total): #expect(total > bytes.count && total <= 4096)
            case .frame(_, let body, let length):
                #expect(length <= bytes.count && body.count == length - FrameHeader.size)
            case .invalid: break
            }
        }
    }

    @Test("a frame built in place or of two parts equals one built at once")
    func parts() {
        let whole = FrameEncoder.encode(Self.header, body: [1, 2, 3, 4])
        var buffer = IOBuffer()
        buffer.append([9, 9])
        let mark = buffer.beginFrame()
        buffer.append([1, 2, 3, 4])
        buffer.endFrame(mark, Self.header)
        #expect(buffer.bytes == [9, 9] + whole)
        var joined = IOBuffer()
        [UInt8]([1, 2]).withUnsafeBytes { first in
            [UInt8]([3, 4]).withUnsafeBytes { joined.appendFrame(Self.header, body: first, $0) }
        }
        #expect(joined.bytes == whole)
    }
}
