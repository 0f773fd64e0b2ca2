import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import GrepvineNode

@Suite("Reads while answers get lost or come twice")
struct LostAnswerTests {
    private static let other = NodeID(high: 2, low: 2)
    private let test: TestNode

    /// Two owners of everything, the other one connected.
    init() {
        test = TestNode { $0.replicas = 2 }
        let members = [test.node.id, Self.other].map { id in
            Member(
                id: id, name: "n\(id.high)", address: Address(host: "h\(id.high)", port: 1),
                respPort: 0, httpPort: 0, bootEpoch: 7, zone: "", host: "", weight: 100,
                state: .active)
        }
        test.node.topology = Topology(
            cluster: "grepvine", clusterID: NodeID(high: 9, low: 9), epoch: 1, replicas: 2,
            members: members, ownerTable: (0..<Partition.count).flatMap { _ in [0, 1] })
        test.node.isSoleOwner = false
        test.node.updatePeers(now: test.now)
        test.node.handle(.linkUp(Self.other), at: test.now)
        _ = questions()
    }

    /// Reads that were sent to the other owner since the last call: number and whether the value
    /// is wanted.
    private func questions() -> [(number: UInt64, wantsValue: Bool)] {
        var found: [(UInt64, Bool)] = []
        for peer in test.node.peers.all {
            peer.outbox.drain { bytes in
                var rest = bytes
                while case .frame(let header, let body, let length) = FrameDecoder().decode(rest) {
                    if header.kind == FrameKind.read.rawValue, let ask = ReadMessage.decode(body) {
                        found.append((header.requestID, ask.wantsValue))
                    }
                    rest = UnsafeRawBufferPointer(rebasing: rest[length...])
                }
            }
        }
        return found
    }

    private func answer(_ number: UInt64, _ answer: ReadAnswer) {
        let header = FrameHeader(
            kind: FrameKind.readReply.rawValue, requestID: number, epoch: 1)
        ReadReplyMessage(answer).encoded().withUnsafeBytes {
            test.node.handle(.frame(header, body: $0, from: Self.other), at: test.now)
        }
    }

    @Test("a version that comes twice does not end the question for the value (R1)")
    func repeatedVersion() throws {
        let record = Record(
            key: "k", version: Version(clock: HybridClock(TestNode.start), origin: 5),
            kind: .value, expiry: nil, contentType: .bytes, value: [7])
        let version = ReadAnswer(record, at: TestNode.start, withValue: false)
        let id = RequestID(session: 1, number: 2)
        test.node.handle(.request(.get("k", .quorum), id, deadline: nil), at: test.now)
        let first = try #require(questions().first)
        #expect(!first.wantsValue)
        answer(first.number, version)
        #expect(questions().map(\.wantsValue) == [true])
        // The network brings the same answer again, and loses that with the value.
        answer(first.number, version)
        test.advance(.milliseconds(600))
        let again = try #require(questions().first)
        #expect(again.wantsValue)
        test.node.effects = []
        answer(again.number, ReadAnswer(record, at: TestNode.start))
        let found = test.effects.contains {
            guard case .reply(.entry(let entry?), id) = $0 else { return false }
            return entry.value == [7]
        }
        // What this node lacked is written back first, which is at once here.
        #expect(found)
    }
}
