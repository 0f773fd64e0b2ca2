import Testing

@testable import GrepvineTransport

@Suite struct MsgpackTests {
    static func sample() -> [UInt8] {
        var writer = MsgpackWriter()
        writer.writeArray(count: 8)
        writer.writeNil()
        writer.write(true)
        writer.write(Int64.min)
        writer.write(UInt64.max)
        writer.write("grüße")
        writer.write(binary: [0, 255, 7])
        writer.writeMap(count: 2)
        writer.write("a")
        writer.writeArray(count: 0)
        writer.write("b")
        writer.write(1.5)
        writer.write(-7)
        writer.write("behind")
        return writer.bytes
    }

    /// Nested arrays of one element around a nil.
    static func nested(_ depth: Int) -> [UInt8] {
        [UInt8](repeating: 0x91, count: depth) + [0xc0]
    }

    @Test("every kind comes back, nested, and top-level values follow one another")
    func roundTrip() throws {
        var reader = try MsgpackReader(Self.sample())
        let (eight, isTrue) = (
            try reader.readArrayCount(),
            try {
                try reader.readNil()
                return try reader.readBool()
            }()
        )
        #expect(eight == 8 && isTrue)
        let (low, high) = (try reader.readInt(), try reader.readUInt())
        #expect(low == .min && high == .max)
        let (text, blob) = (try reader.readString(), try reader.readBytes())
        #expect(text == "grüße" && blob == [0, 255, 7])
        let (pairs, a, none) = (
            try reader.readMapCount(), try reader.readString(), try reader.readArrayCount()
        )
        #expect(pairs == 2 && a == "a" && none == 0)
        let (b, number, minus) = (
            try reader.readString(), try reader.readDouble(), try reader.readInt()
        )
        #expect(b == "b" && number == 1.5 && minus == -7)
        let isAtEnd = reader.isAtEnd
        #expect(!isAtEnd)
        let behind = try reader.readString()
        #expect(behind == "behind")
        try reader.finish()
        #expect(throws: MsgpackError.end) { try reader.readNil() }
    }

    @Test("a value of another kind is refused and stays where it was")
    func mismatch() throws {
        var writer = MsgpackWriter()
        writer.write(UInt64.max)
        writer.write(-1)
        var reader = try MsgpackReader(writer.bytes)
        #expect(throws: MsgpackError.mismatch(expected: .string)) { try reader.readString() }
        #expect(throws: MsgpackError.mismatch(expected: .integer)) { try reader.readInt() }
        let most = try reader.readUInt()
        #expect(most == .max)
        #expect(throws: MsgpackError.mismatch(expected: .unsignedInteger)) { try reader.readUInt() }
        #expect(throws: MsgpackError.trailing) { try reader.finish() }
    }

    @Test("skipping passes over a container with all that is in it")
    func skipping() throws {
        var writer = MsgpackWriter()
        writer.writeArray(count: 2)
        writer.writeMap(count: 1)
        writer.write("k")
        writer.writeArray(count: 3)
        for number in 1...3 { writer.write(number) }
        writer.write("next")
        var reader = try MsgpackReader(writer.bytes)
        _ = try reader.readArrayCount()
        try reader.skip()
        let next = try reader.readString()
        #expect(next == "next")
    }

    @Test("a cleared writer starts afresh")
    func clearing() {
        var writer = MsgpackWriter()
        writer.write("something long enough")
        writer.clear()
        writer.write(1)
        let bytes = writer.bytes
        #expect(bytes == [1])
    }

    @Test("nesting up to the limit is unpacked and one level more is refused")
    func depth() throws {
        var reader = try MsgpackReader(Self.nested(MsgpackScan.maximumDepth))
        for _ in 0..<MsgpackScan.maximumDepth {
            let count = try reader.readArrayCount()
            #expect(count == 1)
        }
        try reader.readNil()
        try reader.finish()
        for depth in [MsgpackScan.maximumDepth + 1, 10_000] {
            #expect(throws: MsgpackError.tooDeep) { _ = try MsgpackReader(Self.nested(depth)) }
        }
    }

    @Test(
        "a count or a length that the input cannot hold is refused by the scan",
        arguments: [
            [0xdd, 0xff, 0xff, 0xff, 0xff], [0xdf, 0xff, 0xff, 0xff, 0xff],
            [0xdb, 0xff, 0xff, 0xff, 0xff], [0xc6, 0xff, 0xff, 0xff, 0xff],
            [0xdc, 0xff, 0xff, 0xc0], [0xde, 0, 1, 0xc0], [0x92, 0xc0], [0x81, 0xc0], [0xa2, 0x61],
            [0xcb, 0, 0, 0], [0xc4], [0xd9, 5, 1],
            [UInt8](repeating: 0xdd, count: 200),
        ] as [[UInt8]])
    func declared(_ bytes: [UInt8]) {
        #expect(throws: MsgpackError.truncated) {
            try bytes.withUnsafeBytes { try MsgpackScan.check($0) }
        }
    }

    @Test("extension types and too many values are refused")
    func refused() {
        #expect(throws: MsgpackError.unsupported(0xd4)) { _ = try MsgpackReader([0xd4, 1, 1]) }
        #expect(throws: MsgpackError.unsupported(0xc1)) { _ = try MsgpackReader([0xc1]) }
        #expect(throws: MsgpackError.tooManyValues(limit: 3)) {
            _ = try MsgpackReader([0x93, 1, 1, 1], limit: 3)
        }
    }

    @Test("every prefix and every damaged byte is either refused or read to the end")
    func hostile() {
        let bytes = Self.sample()
        Hostile.prefixes(of: bytes) { Self.readAll(.init($0)) }
        Hostile.corruptions(of: bytes) { Self.readAll(.init($0)) }
        Hostile.random(seed: 3, corpus: [bytes, Self.nested(31)]) { Self.readAll(.init($0)) }
    }

    /// What passed the scan must unpack: values and nothing but values to the last byte.
    private static func readAll(_ bytes: UnsafeRawBufferPointer) {
        guard var reader = try? MsgpackReader(borrowing: bytes) else { return }
        do {
            while !reader.isAtEnd { try reader.skip() }
        } catch {
            Issue.record("passed the scan, then: \(error) in \(Array(bytes))")
        }
    }
}
