import GrepvineDistCore
import GrepvineTransport
import Testing

@Suite("Messages come out as they went in")
struct MessageRoundTripTests {
    @Test("a hello", arguments: MessageCorpus.hellos)
    func hello(_ hello: Hello) throws {
        #expect(try hello.encoded().withUnsafeBytes { try Hello(decoding: $0) } == hello)
    }

    @Test("a welcome", arguments: MessageCorpus.welcomes)
    func welcome(_ welcome: Welcome) throws {
        #expect(try welcome.encoded().withUnsafeBytes { try Welcome(decoding: $0) } == welcome)
    }

    @Test("a refusal", arguments: MessageCorpus.refusals)
    func refused(_ refused: Refused) throws {
        #expect(try refused.encoded().withUnsafeBytes { try Refused(decoding: $0) } == refused)
    }

    @Test("every request", arguments: MessageCorpus.requests.indices)
    func request(_ index: Int) throws {
        let request = MessageCorpus.requests[index]
        #expect(try request.encoded().withUnsafeBytes { try Request(decoding: $0) } == request)
    }

    @Test("every response", arguments: MessageCorpus.responses.indices)
    func response(_ index: Int) throws {
        let response = MessageCorpus.responses[index]
        #expect(try response.encoded().withUnsafeBytes { try Response(decoding: $0) } == response)
    }

    @Test("a topology of 1000 members and 3 replicas takes less than 64 kB")
    func topologyIsCompact() {
        let topology = MessageCorpus.topology(members: 1000, replicas: 3)
        let table = 2 * 3 * Partition.count
        #expect(Response.topology(topology).encoded().count < table + 1000 * 64)
    }

    @Test("a limit above the largest count arrives as the largest count")
    func hugeLimit() throws {
        var query = GrepQuery("x")
        query.limit = .max
        query.after = .max
        let bytes = Request.grep(query).encoded()
        query.limit = MsgpackReader.largestCount
        query.after = MsgpackReader.largestCount
        #expect(try bytes.withUnsafeBytes { try Request(decoding: $0) } == .grep(query))
    }

    @Test("one writer may hold message after message")
    func reusedWriter() {
        var writer = MsgpackWriter()
        for request in MessageCorpus.requests {
            writer.clear()
            request.encode(into: &writer)
            #expect(writer.bytes == request.encoded())
        }
    }

    @Test("a refusal names both clusters, and both ids when only those differ")
    func refusalsNameBoth() {
        let names = Refused.wrongCluster(
            ours: "red", oursID: MessageCorpus.id, theirs: "blue", theirsID: nil)
        #expect(names.failure.message.contains("\"red\""))
        #expect(names.failure.message.contains("\"blue\""))
        let other = NodeID(high: 1, low: 2)
        let ids = Refused.wrongCluster(
            ours: "red", oursID: MessageCorpus.id, theirs: "red", theirsID: other)
        #expect(ids.failure.message.contains(MessageCorpus.id.description))
        #expect(ids.failure.message.contains(other.description))
        let versions = Refused.unsupportedProtocol(ours: 1...2, theirs: 3...4).failure.message
        #expect(versions.contains("1 to 2") && versions.contains("3 to 4"))
    }

    @Test(
        "the version in common is the highest that both speak",
        arguments: [
            (1...1, 1...1, 1), (1...3, 2...9, 3), (4...5, 1...3, nil), (1...3, 4...5, nil),
        ] as [(ClosedRange<UInt16>, ClosedRange<UInt16>, UInt16?)])
    func common(ours: ClosedRange<UInt16>, theirs: ClosedRange<UInt16>, highest: UInt16?) {
        #expect(ProtocolVersion.common(ours, theirs) == highest)
    }

    @Test(
        "between nodes nothing newer is spoken than what all members know",
        arguments: [(2, 1...2), (3, 1...3), (4, 1...3), (nil, 1...3)]
            as [(UInt16?, ClosedRange<UInt16>)])
    func spoken(common: UInt16?, versions: ClosedRange<UInt16>) {
        #expect(ProtocolVersion.spoken(among: common, of: 1...3) == versions)
    }
}
