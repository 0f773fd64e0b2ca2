import Testing

@testable import GrepvineTransport

@Suite struct IOBufferTests {
    @Test("what is appended is read in order while pieces are consumed, across growth and moves")
    func orderIsKept() {
        var buffer = IOBuffer()
        var expected: [UInt8] = []
        for round in 0..<200 {
            let piece = [UInt8](repeating: UInt8(round), count: round * 7 % 97)
            buffer.append(piece)
            expected += piece
            let amount = min(expected.count, round * 5 % 71)
            #expect(Array(buffer.readable.prefix(amount)) == Array(expected.prefix(amount)))
            buffer.consume(amount)
            expected.removeFirst(amount)
        }
        #expect(buffer.bytes == expected)
        #expect(buffer.count == expected.count)
    }

    @Test("a steady flow does not grow the block")
    func steadyFlow() {
        var buffer = IOBuffer(capacity: 1024)
        let capacity = buffer.capacity
        for _ in 0..<1000 {
            buffer.append([UInt8](repeating: 1, count: 300))
            buffer.consume(300)
        }
        #expect(buffer.capacity == capacity)
    }

    @Test(
        "decimals are written as Swift writes them",
        arguments: [0, 9, 10, -1, 99, 100, -1000, 1_234_567_890, .max, .min, 999_999, 1_000_000]
            as [Int64])
    func decimals(_ number: Int64) {
        var buffer = IOBuffer()
        buffer.append(decimal: number)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == String(number))
    }

    @Test("prepare and commit, truncate, bytes and text")
    func pieces() {
        var buffer = IOBuffer()
        let room = buffer.prepare(5)
        #expect(room.count >= 5)
        room.copyBytes(from: Array("hello".utf8))
        buffer.commit(5)
        buffer.append(UInt8(ascii: "!"))
        buffer.append(", static")
        buffer.append(text: " und dynamisch")
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == "hello!, static und dynamisch")
        buffer.consume(1)
        buffer.truncate(to: 4)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == "ello")
    }

    @Test("shrinking frees an empty block only, and only a large one")
    func shrinking() {
        var buffer = IOBuffer()
        buffer.append([UInt8](repeating: 1, count: 5000))
        buffer.shrink()
        #expect(buffer.count == 5000)
        buffer.consume(5000)
        buffer.shrink(keeping: 1 << 20)
        #expect(buffer.capacity >= 5000)
        buffer.shrink()
        #expect(buffer.capacity == 0)
        buffer.append(7)
        #expect(buffer.bytes == [7])
    }
}
