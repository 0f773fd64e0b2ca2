import GrepvineClient
import GrepvineDistCore
import GrepvineTransport

/// The verbs that show the cluster itself.
extension Command {
    static let members = Command(
        "members", summary: "Print who is in the cluster, as one node sees it.",
        details: [
            "Liveness is what the asked node believes. Partitions are those that a member owns; "
                + "those that recover take writes and answer no reads yet."
        ]
    ) { invocation in
        let console = invocation.console
        let members = try await invocation.cluster.use { try await $0.members() }
        let color = console.usesColor(invocation.values.text("color"))
        console.output.write(
            invocation.values.toggle("json")
                ? MemberListing.json(members) + "\n" : MemberListing.table(members, color: color))
        return .success
    }

    static let explain = Command(
        "explain", arguments: "KEY", arity: 1...1,
        summary: "Print where a key lives and how a node would serve it."
    ) { invocation in
        let explanation = try await invocation.cluster.use {
            try await $0.explain(invocation.key)
        }
        invocation.console.output.write(
            invocation.values.toggle("json")
                ? ExplanationListing.json(explanation) : ExplanationListing.text(explanation))
        return .success
    }
}

/// Members as a table for people or JSON for programs.
enum MemberListing {
    private static let columns = [
        "name", "state", "address", "resp", "http", "zone", "partitions", "recovering",
        "incarnation", "accusers", "rtt", "id",
    ]

    static func table(_ members: [MemberStatus], color: Bool = false) -> String {
        let rows = members.map { member in
            [
                member.name, member.liveness.rawValue, "\(member.address)",
                port(member.respPort), port(member.httpPort),
                member.zone.isEmpty ? "-" : member.zone, "\(member.partitions)",
                "\(member.recovering)", "\(member.incarnation)", "\(member.accusers)",
                member.roundTrip.map(milliseconds) ?? "-", member.id.short,
            ]
        }
        let text = TextTable.text([columns] + rows, leftAligned: 3)
        guard color else { return text }
        let lines = text.split(separator: "\n")
        return zip(lines, [nil] + members.map(\.liveness)).map { line, liveness in
            liveness.map { "\u{1b}[\(paint($0))m\(line)\u{1b}[0m\n" } ?? "\(line)\n"
        }.joined()
    }

    static func json(_ members: [MemberStatus]) -> String {
        "[" + members.map(json).joined(separator: ",") + "]"
    }

    private static func json(_ member: MemberStatus) -> String {
        "{\"name\":\(JSONText.quoted(member.name)),\"id\":\"\(member.id)\","
            + "\"state\":\"\(member.liveness.rawValue)\","
            + "\"address\":\(JSONText.quoted("\(member.address)")),"
            + "\"respPort\":\(member.respPort),\"httpPort\":\(member.httpPort),"
            + "\"zone\":\(JSONText.quoted(member.zone)),\"incarnation\":\(member.incarnation),"
            + "\"bootEpoch\":\(member.bootEpoch),\"partitions\":\(member.partitions),"
            + "\"recovering\":\(member.recovering),\"accusers\":\(member.accusers),"
            + "\"roundTripMicros\":\(micros(member.roundTrip)),"
            + "\"callMicros\":\(micros(member.callTime)),\"avoided\":\(member.isAvoided),"
            + "\"protocols\":[\(member.protocols.lowerBound),\(member.protocols.upperBound)]}"
    }

    private static func micros(_ time: Duration?) -> String {
        time.map { "\($0.wholeNanoseconds / 1000)" } ?? "null"
    }

    /// Two decimals: `0.35ms`.
    private static func milliseconds(_ time: Duration) -> String {
        let hundredths = time.wholeNanoseconds / 10_000
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)ms"
    }

    private static func port(_ number: UInt16) -> String { number == 0 ? "-" : "\(number)" }

    private static func paint(_ liveness: MemberStatus.Liveness) -> Int {
        switch liveness {
        case .alive: 32
        case .suspect: 33
        case .dead: 31
        case .left: 2
        }
    }
}

/// An explanation as text or JSON.
enum ExplanationListing {
    static func text(_ explanation: Explanation) -> String {
        let rows = [
            ["key", "\(explanation.key)"], ["slot", "\(explanation.slot.number)"],
            ["partition", "\(explanation.partition.number)"],
            ["epoch", "\(explanation.epoch)"], ["route", explanation.route],
        ]
        return TextTable.text(rows, leftAligned: 2) + "owners, preferred first:\n"
            + MemberListing.table(explanation.owners)
    }

    static func json(_ explanation: Explanation) -> String {
        var bytes = Array("{\"key\":".utf8)
        JSONText.appendData(explanation.key.bytes, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
            + ",\"slot\":\(explanation.slot.number)"
            + ",\"partition\":\(explanation.partition.number),\"epoch\":\(explanation.epoch)"
            + ",\"route\":\(JSONText.quoted(explanation.route))"
            + ",\"owners\":\(MemberListing.json(explanation.owners))}\n"
    }
}
