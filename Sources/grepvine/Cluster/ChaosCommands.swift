import GrepvineClient
import GrepvineDistCore
import GrepvineTransport

/// The verbs about faults on purpose. Each goes to one node, which disturbs its own traffic with
/// its peers, and prints what is at work then.
extension Command {
    private static let scope =
        "Only the node that is asked disturbs anything: what it sends to its peers and what comes"
        + " from them, gossip and data alike. Clients are never disturbed. The node must have been"
        + " started with --enable-chaos."

    static let chaosSet = Command(
        "chaos set", summary: "Lose, delay or double what a node exchanges with its peers.",
        details: [
            "What was said before for the same peer and direction is forgotten. What is said for"
                + " one peer goes before what is said for all.",
            scope,
        ]
    ) { invocation in
        let values = invocation.values
        var faults = Faults()
        faults.drop = values.chance("drop")
        faults.duplicate = values.chance("duplicate")
        faults.delay = values.duration("delay")
        faults.jitter = values.duration("jitter")
        guard faults != .none else {
            throw Stop("say what goes wrong: --drop, --delay, --jitter or --duplicate")
        }
        return try await invocation.set(faults)
    }

    static let chaosPartition = Command(
        "chaos partition", summary: "Cut a node off from its peers, in one direction or both.",
        details: [
            "Nothing passes, what is sent is swallowed, and no connection is made. The other side"
                + " is not told: to cut both ways off, it is enough to tell one of the two nodes.",
            scope,
        ]
    ) { invocation in
        var faults = Faults()
        faults.isCut = true
        return try await invocation.set(faults)
    }

    static let chaosShow = Command(
        "chaos show", summary: "Print what goes wrong on purpose, and how much of it did.",
        details: [scope]
    ) { invocation in
        try await invocation.ask(.show)
    }

    static let chaosHeal = Command(
        "chaos heal", summary: "Let everything pass again, or everything of one peer.",
        details: [
            "What is held back still comes when it is due. Without --peer all is forgotten; with"
                + " it, what was said for all peers stays.",
            scope,
        ]
    ) { invocation in
        try await invocation.ask(.heal(peer: invocation.peer))
    }
}

extension Invocation {
    /// Nil for all of them.
    fileprivate var peer: String? {
        let name = values.optionalText("peer")
        return name == "all" ? nil : name
    }

    fileprivate func set(_ faults: Faults) async throws -> ExitCode {
        let directions: ChaosDirections =
            switch values.text("direction") {
            case "in": .incoming
            case "out": .outgoing
            default: .both
            }
        return try await ask(
            .set(faults, peer: peer, directions, lasting: values.optionalDuration("for")))
    }

    fileprivate func ask(_ request: ChaosRequest) async throws -> ExitCode {
        let report = try await cluster.proxied.use { try await $0.chaos(request) }
        console.output.write(
            values.toggle("json") ? ChaosListing.json(report) : ChaosListing.table(report))
        return .success
    }
}

/// Faults as a table for people or JSON for programs.
enum ChaosListing {
    static func table(_ report: ChaosReport) -> String {
        let counts = report.counts
        let done =
            "dropped \(counts.dropped), delayed \(counts.delayed), duplicated"
            + " \(counts.duplicated), overflowed \(counts.overflowed),"
            + " held back \(counts.heldBytes) bytes\n"
        guard !report.rules.isEmpty else { return "no faults\n" + done }
        let columns = ["peer", "direction", "drop", "duplicate", "delay", "jitter", "left"]
        return TextTable.text([columns] + report.rules.map(row), leftAligned: 2) + done
    }

    private static func row(_ rule: ChaosRule) -> [String] {
        let faults = rule.faults
        return [
            rule.peer ?? "all", "\(rule.directions)", faults.isCut ? "cut" : "\(faults.drop)",
            "\(faults.duplicate)", time(faults.delay), time(faults.jitter),
            rule.remaining.map { "\($0.wholeMilliseconds / 1000)s" } ?? "-",
        ]
    }

    private static func time(_ duration: Duration) -> String {
        let microseconds = duration.wholeNanoseconds / 1000
        return microseconds % 1000 == 0 ? "\(microseconds / 1000)ms" : "\(microseconds)us"
    }

    static func json(_ report: ChaosReport) -> String {
        let counts = report.counts
        return "{\"rules\":[\(report.rules.map(json).joined(separator: ","))],"
            + "\"dropped\":\(counts.dropped),\"delayed\":\(counts.delayed),"
            + "\"duplicated\":\(counts.duplicated),\"overflowed\":\(counts.overflowed),"
            + "\"heldBytes\":\(counts.heldBytes)}\n"
    }

    private static func json(_ rule: ChaosRule) -> String {
        let faults = rule.faults
        return "{\"peer\":\(rule.peer.map { JSONText.quoted($0) } ?? "null"),"
            + "\"direction\":\"\(rule.directions)\",\"cut\":\(faults.isCut),"
            + "\"drop\":\"\(faults.drop)\",\"duplicate\":\"\(faults.duplicate)\","
            + "\"delayMicros\":\(faults.delay.wholeNanoseconds / 1000),"
            + "\"jitterMicros\":\(faults.jitter.wholeNanoseconds / 1000),"
            + "\"remainingMilliseconds\":"
            + (rule.remaining.map { "\($0.wholeMilliseconds)" } ?? "null") + "}"
    }
}
