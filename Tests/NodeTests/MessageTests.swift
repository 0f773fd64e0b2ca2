import Glibc
import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport
import Testing

@testable import GrepvineNode

/// One kind of message between nodes: samples as the wire has them, and what a decoder makes of
/// any bytes, encoded again.
struct MessageKind: CustomTestStringConvertible, Sendable {
    let name: String
    let samples: [[UInt8]]
    let recode: @Sendable (UnsafeRawBufferPointer) -> [UInt8]?

    var testDescription: String { name }

    private static let version = Version(clock: HybridClock(rawValue: 77 << 16), origin: 5)
    private static let record = Record(
        key: Key("a key"), version: version, expiry: WallTime(milliseconds: 9),
        contentType: .text, value: Array("some value".utf8))
    private static let partitions = PartitionSet([0, 63, 64, 1023].map { Partition(number: $0) })
    private static let digest = PartitionDigest(count: 3, low: .max, high: 1)

    private static let mark = FenceMark(fence: version.clock, stable: HybridClock(rawValue: 5))
    private static let noMarks = MarkList([], in: FenceTable())
    private static let marks: MarkList = {
        var table = FenceTable()
        for partition in partitions.elements { table.raise(partition, to: version.clock) }
        table.begin(Partition(number: 64), above: HybridClock(rawValue: 7))
        return MarkList(partitions.elements + [Partition(number: 5)], in: table)
    }()

    static let all =
        [write, writeReply, read, readReply, missed] + sync + repair + fencing + grep + keys

    private static let write = MessageKind(
        name: "write",
        samples: [nil, version].map {
            WriteMessage(expected: $0).encoded(with: record.encoded())
        }
    ) { bytes in
        WriteMessage.decode(bytes).flatMap { message, record in
            RecordView.validated(record, checkingCRC: false).map { view in
                message.encoded(with: Array(view.encoded))
            }
        }
    }

    private static let writeReply = MessageKind(
        name: "writeReply",
        samples: [
            .accepted, .superseded(version), .fenced(version.clock), .notOwner(epoch: 9),
            .overloaded, .refused(.badRequest),
        ].map { WriteReplyMessage($0).encoded() }
    ) { WriteReplyMessage(decoding: $0)?.encoded() }

    private static let read = MessageKind(
        name: "read",
        samples: [true, false].map { ReadMessage.encoded(wantsValue: $0, key: record.key.bytes) }
    ) { bytes in
        ReadMessage.decode(bytes).map {
            ReadMessage.encoded(wantsValue: $0.wantsValue, key: Array($0.key))
        }
    }

    private static let missed = MessageKind(
        name: "missed",
        samples: [
            MissedMessage(owner: NodeID(high: 1, low: 2), version: version, key: record.key)
                .encoded()
        ]
    ) { MissedMessage(decoding: $0)?.encoded() }

    private static let readReply = MessageKind(
        name: "readReply",
        samples: [
            nil, .absent(), .absent(isRecovering: true),
            ReadAnswer(version: version, state: .tombstone),
            .evicted(upTo: HybridClock(rawValue: 5)),
            ReadAnswer(record, at: WallTime(milliseconds: 1)),
            ReadAnswer(record, at: WallTime(milliseconds: 10), isRecovering: true),
        ].map { ReadReplyMessage($0).encoded() }
    ) { ReadReplyMessage(decoding: $0)?.encoded() }

    private static func notices(_ keys: [Key]) -> [UInt8] {
        var bytes: [UInt8] = []
        for key in keys {
            key.bytes.withUnsafeBytes { EvictionNotice.append($0, version, to: &bytes) }
        }
        return bytes
    }

    private static let repair = [
        MessageKind(
            name: "sketch",
            samples: [
                SketchMessage.more(7).encoded(),
                SketchMessage.open(
                    .init(
                        partitions: partitions.elements, salt: 3,
                        limit: HybridClock(rawValue: 99), entries: 12, digest: digest,
                        expected: 8)
                ).encoded(),
            ]
        ) { SketchMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "sketchReply",
            samples: [
                .equal, .list([]), .list([1, .max]), .busy, .gone,
                .symbols(
                    [
                        CodedSymbol(sum: 1, check: 2, count: -3),
                        CodedSymbol(sum: .max, check: 0, count: 1 << 40),
                    ], first: 9, entries: 400),
            ].map { (message: SketchReplyMessage) in message.encoded() }
        ) { SketchReplyMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "fetch",
            samples: [.first([5, .max], marks), .first([], noMarks), .next, .done].map {
                (message: FetchMessage) in message.encoded()
            }
        ) { FetchMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "fetchReply",
            samples: [.page, .last, .gone].map { (status: FetchReplyMessage.Status) in
                FetchReplyMessage(status, status == .gone ? noMarks : marks)
                    .encoded(with: status == .gone ? [] : record.encoded())
            }
        ) { bytes in
            FetchReplyMessage.decode(bytes).map { $0.message.encoded(with: Array($0.records)) }
        },
        MessageKind(
            name: "offer", samples: [OfferMessage([1, 2, .max]).encoded()]
        ) { OfferMessage(decoding: $0)?.encoded() },
    ]

    private static let fencing = [
        MessageKind(
            name: "watermarkReply",
            samples: [0, 77, .max].map {
                WatermarkMessage(HybridClock(rawValue: $0)).encoded()
            }
        ) { WatermarkMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "prepare",
            samples: [RoundMessage(partitions.elements[3], version.clock).encoded()]
        ) { RoundMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "prepared",
            samples: [PreparedMessage(nil).encoded(), PreparedMessage(digest).encoded()]
        ) { PreparedMessage(decoding: $0)?.encoded() },
    ]

    private static let sync = [
        MessageKind(
            name: "compare",
            samples: [
                CompareMessage(salt: 5, .root(.max)).encoded(),
                CompareMessage(
                    salt: .max,
                    .leaves(partitions.elements.map { .init(partition: $0, hash: 9) })
                ).encoded(),
            ]
        ) { CompareMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "compareReply",
            samples: [
                CompareReplyMessage.equal.encoded(),
                CompareReplyMessage.branches((0..<32).map { $0 << 40 }).encoded(),
                CompareReplyMessage.differing(partitions.elements).encoded(),
            ]
        ) { CompareReplyMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "pull",
            samples: [
                PullMessage(
                    partition: Partition(number: 1023), cursor: 1 << 60, digest: digest,
                    mark: mark
                ).encoded()
            ]
        ) { PullMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "pullReply",
            samples: [
                PullReplyMessage(.equal, mark: mark).encoded(),
                PullReplyMessage(.notOwner, mark: .none).encoded(),
                PullReplyMessage(.page, next: 7, mark: mark).encoded(with: record.encoded()),
                PullReplyMessage(
                    .page, mark: mark,
                    evictions: EvictionList(
                        floor: mark.fence, entries: [(name: 7, clock: mark.stable)])
                ).encoded(with: record.encoded()),
            ]
        ) { bytes in
            PullReplyMessage.decode(bytes).map { $0.message.encoded(with: Array($0.records)) }
        },
        MessageKind(
            name: "letGo",
            samples: [notices(["k"]), notices([Key([0]), "key-2", Key([7, 7, 7])])]
        ) { bytes in
            var rest = bytes
            var again: [UInt8] = []
            while !rest.isEmpty {
                guard let (key, version, size) = EvictionNotice.first(of: rest) else { return nil }
                EvictionNotice.append(key, version, to: &again)
                rest = UnsafeRawBufferPointer(rebasing: rest[size...])
            }
            return again
        },
    ]

    private static let grep = [
        MessageKind(
            name: "grepOpen",
            samples: [
                GrepOpenMessage(partitions: partitions, after: nil, query: GrepQuery("a.*b")),
                GrepOpenMessage(
                    partitions: partitions, after: record.key, query: GrepQuery("x|y")),
                GrepOpenMessage(
                    partitions: partitions, after: nil,
                    position: GrepPosition(key: record.key, line: 9, matchingLines: .max),
                    query: GrepQuery("x|y")),
            ].map { $0.encoded() }
        ) { GrepOpenMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "grepBatch",
            samples: [
                GrepBatchMessage(.overloaded).encoded(),
                GrepBatchMessage(
                    number: 3, .goesOn, refused: partitions,
                    work: SearchWork(numbers: [1, 2, 3, 4, 5, 6, 0, .max]),
                    hits: [
                        DocumentHit(
                            key: record.key, version: version, matchingLines: 1,
                            lines: [
                                DocumentHit.Line(
                                    number: 1, offset: 0, text: Array("a line".utf8),
                                    isMatch: true, matches: [0..<1])
                            ])
                    ]
                ).encoded(),
            ]
        ) { GrepBatchMessage(decoding: $0)?.encoded() },
    ]

    private static let keys = [
        MessageKind(
            name: "keys",
            samples: [
                KeysMessage.count(partitions).encoded(),
                KeysMessage.page(cursor: 1 << 54, limit: 10).encoded(),
            ]
        ) { KeysMessage(decoding: $0)?.encoded() },
        MessageKind(
            name: "keysPage",
            samples: [
                KeysPage().encoded(),
                {
                    var page = KeysPage()
                    (page.count, page.cursor) = (2, 3)
                    page.keys = [Key("a"), record.key]
                    return page.encoded()
                }(),
            ]
        ) { KeysPage(decoding: $0)?.encoded() },
    ]
}

@Suite("Messages between nodes")
struct MessageTests {
    @Test("what is encoded decodes to the same bytes, wherever it lies", arguments: MessageKind.all)
    func roundTrip(_ kind: MessageKind) {
        for sample in kind.samples {
            for offset in 0..<9 {
                let shifted = Array(repeating: UInt8(0xaa), count: offset) + sample
                let again = shifted.withUnsafeBytes {
                    kind.recode(UnsafeRawBufferPointer(rebasing: $0[offset...]))
                }
                #expect(again == sample, "at offset \(offset)")
            }
        }
    }

    @Test("no prefix of a message is that message", arguments: MessageKind.all)
    func prefixes(_ kind: MessageKind) {
        for sample in kind.samples {
            for end in sample.indices {
                let again = Self.withExactCopy(sample[..<end], kind.recode)
                // What a prefix of a list of records means is up to who reads the records.
                #expect(again == nil || again == Array(sample[..<end]), "\(end) bytes")
            }
        }
    }

    @Test(
        "a message with any byte changed is refused or still makes sense",
        arguments: MessageKind.all)
    func corruption(_ kind: MessageKind) {
        for sample in kind.samples {
            for index in sample.indices {
                for change: UInt8 in [1, 0x80, 0xff, 0x20] {
                    var damaged = sample
                    damaged[index] ^= change
                    guard let again = Self.withExactCopy(damaged[...], kind.recode) else {
                        continue
                    }
                    // Whatever was understood is written in a form that means the same.
                    #expect(Self.withExactCopy(again[...], kind.recode) == again)
                }
            }
        }
    }

    /// Raised for the long runs: `GREPVINE_FUZZ=10000000 swift test --filter MessageTests`.
    private static let rounds = getenv("GREPVINE_FUZZ").flatMap { Int(String(cString: $0)) } ?? 5000

    @Test(
        "noise of any length and damaged messages are survived, and what is understood is stable",
        arguments: MessageKind.all)
    func noise(_ kind: MessageKind) {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<Self.rounds {
            let bytes = Self.hostile(kind, &generator)
            guard let again = Self.withExactCopy(bytes[...], kind.recode) else { continue }
            guard Self.withExactCopy(again[...], kind.recode) != again else { continue }
            Issue.record("\(bytes) is understood as \(again), which is understood otherwise")
        }
    }

    /// Noise, mostly zeroes, or a message with up to four bytes changed and its end cut or longer.
    private static func hostile(
        _ kind: MessageKind, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        let choice = generator.next()
        if choice % 4 > 1 {
            var bytes = kind.samples[Int(choice >> 8) % kind.samples.count]
            for _ in 0...(choice >> 40) % 4 where !bytes.isEmpty {
                let word = generator.next()
                bytes[Int(word >> 8) % bytes.count] = UInt8(truncatingIfNeeded: word)
            }
            if choice >> 50 % 4 == 0 { bytes.removeLast(min(bytes.count, Int(choice >> 52) % 16)) }
            return bytes
        }
        return (0..<Int(choice >> 8) % 200).map { _ -> UInt8 in
            let word = generator.next()
            return choice % 4 == 0 && word % 4 != 0 ? 0 : UInt8(truncatingIfNeeded: word >> 8)
        }
    }

    @Test("a frame of noise from a peer is counted and changes nothing")
    func hostilePeer() throws {
        let test = TestNode()
        let face = TestFace(test)
        #expect(try face.value("SET k v") == .simple("OK"))
        var generator = SeededGenerator(seed: 8)
        for round in 0..<4000 {
            let kind = MessageKind.all[round % MessageKind.all.count]
            var bytes = kind.samples[round / 7 % kind.samples.count]
            if !bytes.isEmpty {
                bytes[Int(generator.next() % UInt64(bytes.count))] ^= UInt8(round & 0xff)
            }
            test.receive(kind: UInt8(32 + round % 34), bytes)
        }
        #expect(test.metrics.frames == 4000)
        #expect(test.metrics.invalidFrames > 1000)
        #expect(try face.value("GET k").text == "v")
    }

    private static func withExactCopy<Result>(
        _ bytes: ArraySlice<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { block.deallocate() }
        block.copyBytes(from: bytes)
        return body(UnsafeRawBufferPointer(block))
    }
}
