package import GrepvineDistCore

// The bodies of the four frames of the data path, between nodes and from a client that coordinates
// by itself. They are fixed binary and carry records in their stored form, so that a replica
// appends the very bytes that came (docs/decisions).

/// `write`: 24 bytes, then the record.
package struct WriteMessage {
    /// Accept only if the stored version is not above this one.
    package var expected: Version?

    package static let size = 24

    package init(expected: Version? = nil) { self.expected = expected }

    package func encoded(with record: [UInt8]) -> [UInt8] {
        var body = ByteWriter(capacity: Self.size + record.count)
        body.write(UInt64(expected == nil ? 0 : 1))
        body.write(expected?.clock.rawValue ?? 0)
        body.write(expected?.origin ?? 0)
        body.write(raw: record)
        return body.bytes
    }

    /// The message and the bytes of its record, which are not checked here.
    package static func decode(
        _ body: UnsafeRawBufferPointer
    ) -> (message: WriteMessage, record: UnsafeRawBufferPointer)? {
        guard body.count > size else { return nil }
        let conditional = body.word(at: 0)
        guard conditional <= 1 else { return nil }
        let expected = conditional == 1 ? body.version(at: 8) : nil
        return (
            WriteMessage(expected: expected), UnsafeRawBufferPointer(rebasing: body[size...])
        )
    }
}

/// `writeReply`: 24 bytes. The request id of the frame names the attempt.
package struct WriteReplyMessage {
    package var reply: WriteCoordinator.Reply

    package func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: 24)
        let (code, first, second): (UInt64, UInt64, UInt64) =
            switch reply {
            case .accepted: (0, 0, 0)
            case .held: (6, 0, 0)
            case .superseded(let version): (1, version.clock.rawValue, version.origin)
            case .fenced(let clock): (2, clock.rawValue, 0)
            case .notOwner(let epoch): (3, epoch, 0)
            case .overloaded: (4, 0, 0)
            case .refused(.tooLarge): (5, 1, 0)
            case .refused(.clockSkew): (5, 2, 0)
            case .refused, .unreachable, .lost: (5, 0, 0)
            }
        body.write(code)
        body.write(first)
        body.write(second)
        return body.bytes
    }

    package init(_ reply: WriteCoordinator.Reply) { self.reply = reply }

    package init?(decoding body: UnsafeRawBufferPointer) {
        guard body.count == 24 else { return nil }
        switch body.word(at: 0) {
        case 0: reply = .accepted
        case 1: reply = .superseded(body.version(at: 8))
        case 2: reply = .fenced(HybridClock(rawValue: body.word(at: 8)))
        case 3: reply = .notOwner(epoch: body.word(at: 8))
        case 4: reply = .overloaded
        case 5: reply = .refused(Self.reason(body.word(at: 8)))
        case 6: reply = .held
        default: return nil
        }
    }

    private static func reason(_ number: UInt64) -> Failure.Code {
        switch number {
        case 1: .tooLarge
        case 2: .clockSkew
        default: .badRequest
        }
    }
}

/// `read`: eight bytes, then the key.
package enum ReadMessage {
    package static let headSize = 8

    package static func encoded(wantsValue: Bool, key: [UInt8]) -> [UInt8] {
        var body = ByteWriter(capacity: 8 + key.count)
        body.write(UInt64(wantsValue ? 1 : 0))
        body.write(raw: key)
        return body.bytes
    }

    package static func decode(
        _ body: UnsafeRawBufferPointer
    ) -> (wantsValue: Bool, key: UnsafeRawBufferPointer)? {
        guard body.count > 8, body.count <= 8 + Key.longest, body.word(at: 0) <= 1 else {
            return nil
        }
        return (body.word(at: 0) == 1, UnsafeRawBufferPointer(rebasing: body[8...]))
    }
}

/// `missed`: an owner that seems to lack this version of a key, which the receiver holds (H1). 32
/// bytes, then the key. Nobody answers it.
package struct MissedMessage: Hashable, Sendable {
    package var owner: NodeID
    package var version: Version
    package var key: Key

    private static let headSize = 32

    package init(owner: NodeID, version: Version, key: Key) {
        self.owner = owner
        self.version = version
        self.key = key
    }

    package func encoded() -> [UInt8] {
        var body = ByteWriter(capacity: Self.headSize + key.bytes.count)
        body.write(owner.high)
        body.write(owner.low)
        body.write(version.clock.rawValue)
        body.write(version.origin)
        body.write(raw: key.bytes)
        return body.bytes
    }

    package init?(decoding body: UnsafeRawBufferPointer) {
        let longest = Self.headSize + Key.longest
        guard body.count > Self.headSize, body.count <= longest else { return nil }
        owner = NodeID(high: body.word(at: 0), low: body.word(at: 8))
        version = body.version(at: 16)
        key = Key(Array(body[Self.headSize...]))
    }
}

/// `readReply`: what an owner knows of a key; nil when it is no owner at its epoch, which the frame
/// carries. 24 bytes, then the record when it was asked for.
package struct ReadReplyMessage {
    package var answer: ReadAnswer?

    package func encoded() -> [UInt8] {
        guard let answer else { return Self.head(code: 0, .absent()) }
        guard let record = answer.record else { return Self.head(code: 1, answer) }
        return Self.head(code: 2, answer) + record.encoded()
    }

    /// The same as for an answer with its record, which lies in a store in its stored form.
    package static func encoded(
        _ answer: ReadAnswer, with record: UnsafeRawBufferPointer
    ) -> [UInt8] {
        var body = ByteWriter(capacity: 24 + record.count)
        write(code: 2, answer, to: &body)
        body.write(raw: record)
        return body.bytes
    }

    private static func head(code: UInt64, _ answer: ReadAnswer) -> [UInt8] {
        var body = ByteWriter(capacity: 24)
        write(code: code, answer, to: &body)
        return body.bytes
    }

    private static func write(code: UInt64, _ answer: ReadAnswer, to body: inout ByteWriter) {
        body.write(code | UInt64(answer.state.rawValue) << 8 | (answer.isRecovering ? 1 << 16 : 0))
        body.write(answer.version.clock.rawValue)
        body.write(answer.version.origin)
    }

    package init(_ answer: ReadAnswer?) { self.answer = answer }

    package init?(decoding body: UnsafeRawBufferPointer) {
        guard body.count >= 24 else { return nil }
        let head = body.word(at: 0)
        guard head >> 17 == 0,
            let state = ReadAnswer.State(rawValue: UInt8(truncatingIfNeeded: head >> 8))
        else { return nil }
        var answer = ReadAnswer(
            version: body.version(at: 8), state: state, isRecovering: head & 1 << 16 != 0)
        switch (head & 0xff, body.count) {
        case (0, 24): self.answer = nil
        case (1, 24): self.answer = answer
        case (2, _):
            let bytes = UnsafeRawBufferPointer(rebasing: body[24...])
            guard let record = Record(decoding: bytes.bytes), record.version == answer.version,
                state != .absent, state != .evicted,
                (record.kind == .tombstone) == (state == .tombstone)
            else { return nil }
            answer.record = record
            self.answer = answer
        default: return nil
        }
    }
}

extension IOBuffer {
    /// One frame with the unconditional write of a record in its stored form.
    package mutating func appendWrite(_ header: FrameHeader, record: [UInt8]) {
        reserve(FrameHeader.size + WriteMessage.size + record.count)
        let mark = beginFrame()
        for _ in 0..<3 { append(word: 0) }
        append(record)
        endFrame(mark, header)
    }

    /// One frame with the read of a key.
    package mutating func appendRead(_ header: FrameHeader, wantsValue: Bool, key: [UInt8]) {
        reserve(FrameHeader.size + ReadMessage.headSize + key.count)
        let mark = beginFrame()
        append(word: wantsValue ? 1 : 0)
        append(key)
        endFrame(mark, header)
    }

    private mutating func append(word: UInt64) {
        withUnsafeBytes(of: word.littleEndian) { append($0) }
    }
}

extension UnsafeRawBufferPointer {
    /// The little-endian word at `offset`. The caller has checked the count.
    package func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    package func version(at offset: Int) -> Version {
        Version(
            clock: HybridClock(rawValue: word(at: offset)), origin: word(at: offset + 8))
    }
}
