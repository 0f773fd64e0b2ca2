import GrepvineClient
import GrepvineDistCore
import GrepvineTransport

extension Command {
    static let repair = Command(
        "repair", summary: "Let nodes compare their replicas now, and show how they stand.",
        details: [
            "Nodes compare and repair by themselves all the time; this only hastens it. Every node "
                + "that is alive is asked.",
            "With --watch the exit code is 1 when some owner cannot be reached, so that not all is "
                + "known to be the same.",
        ]
    ) { invocation in
        let values = invocation.values
        let request = RepairRequest(
            partition: values.optionalInteger("partition").map {
                Partition(number: UInt16($0))
            },
            starts: true)
        return try await invocation.cluster.use { client in
            var watch = RepairWatch(client, request, invocation.console)
            try await watch.start()
            if values.toggle("watch") { try await watch.wait() }
            watch.print(json: values.toggle("json"))
            return values.toggle("watch") && !watch.isWhole ? .negative : .success
        }
    }
}

/// Nodes that were told to compare, and how far they are.
private struct RepairWatch {
    private let client: Client
    private let request: RepairRequest
    private let console: Console
    private let began = ContinuousClock.now
    private var nodes: [(member: MemberStatus, report: RepairReport)] = []

    init(_ client: Client, _ request: RepairRequest, _ console: Console) {
        self.client = client
        self.request = request
        self.console = console
    }

    /// Nodes that own nothing of what was asked about are left out.
    mutating func start() async throws {
        for member in try await client.members() where member.liveness == .alive {
            guard let report = try await report(of: member) else { continue }
            nodes.append((member, report))
        }
        if nodes.isEmpty { throw Stop("no node that is alive has anything to compare") }
    }

    /// Nil when the node owns nothing of what was asked about.
    private func report(of member: MemberStatus) async throws -> RepairReport? {
        do {
            return try await client.repair(request, of: member.address)
        } catch {
            if error.code == .notOwner { return nil }
            throw error
        }
    }

    /// Asks on until everything that can be reached was seen to be the same after the start.
    mutating func wait() async throws {
        while !isOver {
            console.say(progress)
            try await Task.sleep(for: .milliseconds(500))
            let question = RepairRequest(partition: request.partition)
            for index in nodes.indices {
                nodes[index].report = try await client.repair(
                    question, of: nodes[index].member.address)
            }
        }
    }

    private var isOver: Bool {
        let elapsed = began.duration(to: .now)
        return nodes.allSatisfy { _, report in
            report.running == 0 && report.recovering == 0
                && report.oldestClean.map { $0 <= elapsed } ?? false
        }
    }

    /// Every owner could be compared with.
    var isWhole: Bool { nodes.allSatisfy { $0.report.unreachable == 0 } }

    private var progress: String {
        nodes.map { member, report in
            "\(member.name): \(report.differing) of \(report.partitions) differ,"
                + " \(report.running) exchanges, \(report.applied) records repaired"
        }.joined(separator: "; ")
    }

    func print(json: Bool) {
        console.output.write(json ? self.json + "\n" : table)
    }

    private var table: String {
        let columns = [
            "name", "partitions", "differ", "dirty", "recovering", "unreachable", "hints", "clean",
            "running", "rounds", "differences", "repaired", "sent", "received",
        ]
        let rows = nodes.map { member, report in
            [
                member.name, "\(report.partitions)", "\(report.differing)", "\(report.dirty)",
                "\(report.recovering)", "\(report.unreachable)", "\(report.hints)",
                report.oldestClean.map { "\($0.wholeMilliseconds / 1000)s" } ?? "never",
                "\(report.running)", "\(report.rounds)", "\(report.differences)",
                "\(report.applied)", "\(report.sentBytes)", "\(report.receivedBytes)",
            ]
        }
        return TextTable.text([columns] + rows, leftAligned: 1)
    }

    private var json: String {
        let objects = nodes.map { member, report in
            "{\"name\":\(JSONText.quoted(member.name)),\"partitions\":\(report.partitions),"
                + "\"differing\":\(report.differing),\"dirty\":\(report.dirty),"
                + "\"recovering\":\(report.recovering),\"unreachable\":\(report.unreachable),"
                + "\"cleanMilliseconds\":"
                + (report.oldestClean.map { "\($0.wholeMilliseconds)" } ?? "null")
                + ",\"hints\":\(report.hints),\"running\":\(report.running)"
                + ",\"rounds\":\(report.rounds),"
                + "\"exchanges\":\(report.exchanges),\"differences\":\(report.differences),"
                + "\"repaired\":\(report.applied),\"sentBytes\":\(report.sentBytes),"
                + "\"receivedBytes\":\(report.receivedBytes)}"
        }
        return "[" + objects.joined(separator: ",") + "]"
    }
}
