import GrepvineDistCore
import GrepvineTransport
import Testing

/// The fixed binary bodies of the data path: whole, cut at every byte, and corrupted.
@Suite("Replica messages")
struct ReplicaMessageTests {
    static let records: [Record] = [
        Record(key: "k", version: version(1)),
        Record(key: Key([0]), version: version(.max), value: [10]),
        Record(
            key: "{tag}plant", version: version(77), expiry: WallTime(milliseconds: 9),
            contentType: .json, value: Array("{\"height\":7}".utf8)),
        .tombstone(Key([UInt8](repeating: 7, count: 300)), version(5)),
    ]

    static func version(_ clock: UInt64) -> Version {
        Version(clock: HybridClock(rawValue: clock), origin: clock ^ 99)
    }

    private func decoded(_ bytes: [UInt8]) -> Record? {
        bytes.withUnsafeBytes { Record(decoding: $0.bytes) }
    }

    private func writeReply(_ bytes: [UInt8]) -> WriteCoordinator.Reply? {
        bytes.withUnsafeBytes { WriteReplyMessage(decoding: $0)?.reply }
    }

    private func readReply(_ bytes: [UInt8]) -> ReadReplyMessage? {
        bytes.withUnsafeBytes { ReadReplyMessage(decoding: $0) }
    }

    @Test("a record comes back from its stored form, and no part of it is a record")
    func records() {
        for record in Self.records {
            let bytes = record.encoded()
            #expect(bytes.count % 8 == 0)
            #expect(decoded(bytes) == record)
            for count in bytes.indices { #expect(decoded(Array(bytes[..<count])) == nil) }
            #expect(decoded(bytes + [UInt8](repeating: 0, count: 8)) == nil)
        }
    }

    @Test("a changed byte of a record is refused or means another record")
    func corruptRecords() {
        for record in Self.records {
            let bytes = record.encoded()
            Hostile.corruptions(of: bytes) { damaged in
                guard let found = Record(decoding: damaged.bytes) else { return }
                // Only the checksum, which frames replace, may differ without a difference.
                let isChecksum = damaged[..<4].contains { $0 != 0 }
                #expect(found != record || isChecksum)
                if !isChecksum { #expect(found.encoded() == Array(damaged)) }
            }
        }
    }

    @Test("a record under another version is the same record otherwise")
    func restamp() {
        for record in Self.records {
            var bytes = record.encoded()
            var expected = record
            expected.version = Self.version(123_456)
            Record.restamp(&bytes, expected.version)
            #expect(decoded(bytes) == expected)
        }
    }

    @Test("random bytes are no record that encodes to something else")
    func randomRecords() {
        Hostile.random(seed: 0x7265_636f, corpus: Self.records.map { $0.encoded() }) { bytes in
            guard let found = Record(decoding: bytes.bytes) else { return }
            #expect(found.encoded().dropFirst(4) == Array(bytes).dropFirst(4))
        }
    }

    @Test("a write carries its condition and its record")
    func write() {
        let record = Self.records[2].encoded()
        for expected in [nil, Self.version(3)] {
            let body = WriteMessage(expected: expected).encoded(with: record)
            body.withUnsafeBytes { bytes in
                let found = WriteMessage.decode(bytes)
                #expect(found?.message.expected == expected)
                #expect(found.map { Array($0.record) } == record)
            }
        }
        for count in 0...WriteMessage.size {
            let body = [UInt8](repeating: 0, count: count)
            #expect(body.withUnsafeBytes { WriteMessage.decode($0) } == nil)
        }
    }

    @Test("the frames that a client appends are those that a node makes")
    func frames() {
        let header = FrameHeader(kind: FrameKind.write.rawValue, requestID: 7, clock: 8)
        let record = Self.records[2].encoded()
        var output = IOBuffer()
        output.appendWrite(header, record: record)
        output.appendRead(header, wantsValue: true, key: [1, 2, 3])
        let expected =
            FrameEncoder.encode(header, body: WriteMessage().encoded(with: record))
            + FrameEncoder.encode(
                header, body: ReadMessage.encoded(wantsValue: true, key: [1, 2, 3]))
        #expect(output.bytes == expected)
    }

    @Test(
        "each reply to a write comes back",
        arguments: [
            .accepted, .superseded(version(9)), .fenced(HybridClock(rawValue: 4)),
            .notOwner(epoch: 8), .overloaded, .refused(.badRequest), .refused(.tooLarge),
            .refused(.clockSkew), .held,
        ] as [WriteCoordinator.Reply])
    func writeReply(_ reply: WriteCoordinator.Reply) {
        let bytes = WriteReplyMessage(reply).encoded()
        #expect(writeReply(bytes) == reply)
        for count in bytes.indices { #expect(writeReply(Array(bytes[..<count])) == nil) }
        #expect(writeReply(bytes + [0]) == nil)
    }

    @Test("an unknown reply to a write is none")
    func unknownWriteReply() {
        var bytes = WriteReplyMessage(.accepted).encoded()
        bytes[0] = 200
        #expect(writeReply(bytes) == nil)
    }

    @Test("a read carries its key, which has a length that keys have")
    func read() {
        for wantsValue in [true, false] {
            let body = ReadMessage.encoded(wantsValue: wantsValue, key: [1, 2])
            body.withUnsafeBytes { bytes in
                let found = ReadMessage.decode(bytes)
                #expect(found?.wantsValue == wantsValue)
                #expect(found.map { Array($0.key) } == [1, 2])
            }
        }
        for key in [[], [UInt8](repeating: 1, count: Key.longest + 1)] as [[UInt8]] {
            let body = ReadMessage.encoded(wantsValue: true, key: key)
            #expect(body.withUnsafeBytes { ReadMessage.decode($0) } == nil)
        }
    }

    @Test("a report of a missed write comes back, and no part of it is one")
    func missed() {
        let message = MissedMessage(
            owner: NodeID(high: 1, low: 2), version: Self.version(7), key: Key([7, 8, 9]))
        let bytes = message.encoded()
        #expect(bytes.withUnsafeBytes { MissedMessage(decoding: $0) } == message)
        for count in 0...32 {
            #expect(bytes[..<count].withUnsafeBytes { MissedMessage(decoding: $0) } == nil)
        }
        let long = bytes + [UInt8](repeating: 1, count: Key.longest)
        #expect(long.withUnsafeBytes { MissedMessage(decoding: $0) } == nil)
    }

    @Test("each answer to a read comes back, and no part of it is one")
    func readReply() {
        let now = WallTime(milliseconds: 5)
        var answers: [ReadAnswer?] = [
            nil, .absent(), .absent(isRecovering: true),
            .evicted(upTo: HybridClock(rawValue: 1 << 60)),
        ]
        for record in Self.records {
            answers.append(ReadAnswer(record, at: now, withValue: false))
            answers.append(ReadAnswer(record, at: now, isRecovering: true))
        }
        for answer in answers {
            let bytes = ReadReplyMessage(answer).encoded()
            guard let found = readReply(bytes) else {
                Issue.record("\(String(describing: answer)) did not come back")
                continue
            }
            #expect(found.answer == answer)
            for count in bytes.indices where count != 24 {
                #expect(readReply(Array(bytes[..<count])) == nil)
            }
        }
    }

    @Test("an answer whose record contradicts it is refused")
    func contradiction() {
        let record = Self.records[0]
        var answer = ReadAnswer(record, at: WallTime(milliseconds: 0))
        answer.version = Self.version(2)
        #expect(readReply(ReadReplyMessage(answer).encoded()) == nil)
        answer = ReadAnswer(record, at: WallTime(milliseconds: 0))
        answer.state = .evicted
        #expect(readReply(ReadReplyMessage(answer).encoded()) == nil)
        answer.state = .tombstone
        #expect(readReply(ReadReplyMessage(answer).encoded()) == nil)
    }
}
