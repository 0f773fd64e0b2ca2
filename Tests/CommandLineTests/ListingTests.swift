import GrepvineDistCore
import GrepvineTransport
import Testing

@testable import grepvine

@Suite("What commands print")
struct ListingTests {
    private let member = {
        var member = MemberStatus(
            id: NodeID(high: 0xab << 56, low: 1), name: "n\"1",
            address: Address(host: "::1", port: 1), respPort: 0, httpPort: 3, zone: "",
            liveness: .suspect, incarnation: 2, bootEpoch: 4, partitions: 5, recovering: 6)
        member.accusers = 3
        member.roundTrip = .microseconds(1056)
        member.protocols = 1...2
        return member
    }()

    @Test("members line up, and a shut door or a missing zone is a dash")
    func members() {
        let lines = MemberListing.table([member]).split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(
            lines[0] == [
                "name", "state", "address", "resp", "http", "zone", "partitions", "recovering",
                "incarnation", "accusers", "rtt", "id",
            ])
        #expect(
            lines[1] == [
                "n\"1", "suspect", "[::1]:1", "-", "3", "-", "5", "6", "2", "3", "1.05ms",
                "ab000000",
            ])
        #expect(
            MemberListing.table([member], color: true).split(separator: "\n")[1].hasPrefix(
                "\u{1b}[33mn\"1"))
        #expect(
            MemberListing.json([member])
                == #"[{"name":"n\"1","id":"ab000000000000000000000000000001","state":"suspect","#
                + #""address":"[::1]:1","respPort":0,"httpPort":3,"zone":"","incarnation":2,"#
                + #""bootEpoch":4,"partitions":5,"recovering":6,"accusers":3,"#
                + #""roundTripMicros":1056,"callMicros":null,"avoided":false,"protocols":[1,2]}]"#)
    }

    @Test("an explanation names slot, partition, route and owners")
    func explanation() {
        let key = Key("k")
        let explanation = Explanation(
            key: key, slot: Slot(of: key), partition: Partition(of: key), epoch: 7,
            owners: [member], route: "asks n1")
        let text = ExplanationListing.text(explanation)
        #expect(text.contains("slot       \(Slot(of: key).number)\n"))
        #expect(text.contains("route      asks n1\n"))
        #expect(text.contains("n\"1   suspect"))
        #expect(
            ExplanationListing.json(explanation).hasPrefix(
                #"{"key":{"text":"k"},"slot":\#(Slot(of: key).number),"#))
    }

    @Test("a value that is no text is shown in base64, an absent expiry as null")
    func entry() {
        let entry = Entry(
            value: [0xff], contentType: .bytes, version: .zero, expiry: nil, mayBeStale: true)
        #expect(
            String(decoding: EntryText.json(entry, of: "k"), as: UTF8.self)
                == #"{"key":{"text":"k"},"value":{"bytes":"/w=="},"type":"bytes","#
                + #""version":"\#(Version.zero)","expiry":null,"mayBeStale":true}"# + "\n")
        #expect(EntryText.seconds(.milliseconds(61_005)) == "61.005")
    }

    @Test(
        "base64 is RFC 4648's",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, coded: String) {
        var bytes: [UInt8] = []
        Base64.append(Array(plain.utf8), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == coded)
    }

    @Test("an answer that is not whole says so and has its own exit code")
    func verdict() {
        var summary = GrepSummary()
        var query = GrepQuery("x")
        query.limit = 5
        #expect(GrepVerdict(summary, foundSomething: true, query: nil).code == .success)
        #expect(GrepVerdict(summary, foundSomething: false, query: nil).code == .negative)
        summary.limitReached = true
        #expect(
            GrepVerdict(summary, foundSomething: true, query: query)
                == GrepVerdict(.success, ["stopped at --limit 5: there are more hits"]))
        summary.cursor = "AbC-_"
        let next = "stopped at --limit 5: there are more hits; go on with --cursor AbC-_"
        #expect(
            GrepVerdict(summary, foundSomething: true, query: query)
                == GrepVerdict(.success, [next]))
        summary.missing = [7, 3, 4, 5].map { Partition(number: $0) }
        summary.reasons = [.deadline, .unreachable]
        #expect(
            GrepVerdict(summary, foundSomething: true, query: nil)
                == GrepVerdict(
                    .partial,
                    [
                        "incomplete: 4 partitions not searched to the end: no live owner in"
                            + " sync; the deadline passed (--timeout): 3-5, 7; go on with --cursor"
                            + " AbC-_"
                    ]))
        summary = GrepSummary()
        summary.limitReached = true
        (query.limit, query.maxAnswer) = (nil, 2048)
        #expect(
            GrepVerdict(summary, foundSomething: true, query: query).messages
                == ["stopped at --max-answer 2k: there are more hits"])
        query.limit = 5
        #expect(
            GrepVerdict(summary, foundSomething: true, query: query).messages
                == ["stopped at --limit 5 or --max-answer 2k: there are more hits"])
        summary = GrepSummary()
        summary.missing = [Partition(number: 9)]
        summary.reasons = [.bytes, .overloaded]
        #expect(
            GrepVerdict(summary, foundSomething: true, query: query)
                == GrepVerdict(
                    .partial,
                    [
                        "incomplete: 1 partition not searched to the end: a node looked at as many"
                            + " bytes as it may (--max-bytes); the owners run as many searches as"
                            + " they take: 9"
                    ]))
    }

    @Test("a failure's exit code tells an unreachable cluster from one that refuses")
    func failures() {
        #expect(Stop(Failure(.disconnected, "x")).code == .unreachable)
        #expect(Stop(Failure(.unavailable, "1 of 3 owners")).code == .failure)
        #expect(
            Stop(Failure(.timedOut, "x", isDefinite: false)).message
                == "timed-out: x; it may have been done all the same")
    }

    @Test(
        "colour follows the flag, then NO_COLOR, CLICOLOR_FORCE and TERM",
        arguments: [
            ("always", [:], false, true), ("never", ["CLICOLOR_FORCE": "1"], true, false),
            ("auto", ["TERM": "xterm"], true, true), ("auto", ["TERM": "xterm"], false, false),
            ("auto", ["TERM": "dumb"], true, false), ("auto", [:], true, false),
            ("auto", ["CLICOLOR_FORCE": "1"], false, true),
            ("auto", ["CLICOLOR_FORCE": "0", "TERM": "xterm"], false, false),
            ("auto", ["NO_COLOR": "1", "TERM": "xterm"], true, false),
            ("auto", ["NO_COLOR": "", "TERM": "xterm"], true, true),
        ] as [(String, [String: String], Bool, Bool)])
    func color(choice: String, variables: [String: String], isTerminal: Bool, expected: Bool) {
        let console = ToolRun.console(isTerminal: isTerminal, variables: variables)
        #expect(console.usesColor(choice) == expected)
    }
}
