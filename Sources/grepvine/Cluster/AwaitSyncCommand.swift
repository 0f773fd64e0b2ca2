import GrepvineClient
import GrepvineDistCore
import GrepvineTransport

extension Command {
    static let awaitSync = Command(
        "await-sync",
        summary: "Wait until everything written before is on all of its owners.",
        details: [
            "Nodes hand over what others missed and compare their replicas by themselves all the "
                + "time; this hastens it and waits, also for owners that are away.",
            "The exit code is 1 when the time was not enough; what is missing is said then.",
        ]
    ) { invocation in
        let values = invocation.values
        return try await invocation.cluster.use { client in
            var wait = SyncWait(client, invocation.console, limit: values.duration("timeout"))
            let isDone = try await wait.run()
            wait.print(json: values.toggle("json"), isDone: isDone)
            return isDone ? .success : .negative
        }
    }
}

/// Nodes that are asked until what they held at the start is known to be on all owners.
private struct SyncWait {
    private struct Node {
        let name: String
        /// Nil when it gave no answer.
        let report: RepairReport?
        let isInSync: Bool
    }

    private let client: Client
    private let console: Console
    private let limit: Duration
    private let began = ContinuousClock.now
    /// The last answer of each node.
    private var nodes: [Node] = []

    init(_ client: Client, _ console: Console, limit: Duration) {
        self.client = client
        self.console = console
        self.limit = limit
    }

    /// False when the time was not enough.
    mutating func run() async throws -> Bool {
        while true {
            try await ask()
            if nodes.allSatisfy(\.isInSync) { return true }
            guard elapsed < limit else { return false }
            console.say(progress)
            try await Task.sleep(for: min(.milliseconds(200), limit - elapsed))
        }
    }

    private var elapsed: Duration { began.duration(to: .now) }

    /// Everybody compares once more, unless it is proven already.
    private mutating func ask() async throws {
        var answers: [Node] = []
        for member in try await client.members() where member.liveness != .left {
            let wasInSync = nodes.first { $0.name == member.name }?.isInSync ?? false
            let request = RepairRequest(starts: !wasInSync)
            // The age counts from the answer, which comes later than this.
            let asked = elapsed
            let report = try? await client.repair(request, of: member.address)
            let isProven = report?.oldestProof.map { $0 < asked } ?? false
            answers.append(
                Node(
                    name: member.name, report: report,
                    isInSync: isProven && report?.recovering == 0))
        }
        nodes = answers
    }

    private var progress: String {
        nodes.map { "\($0.name): \(state(of: $0))" }.joined(separator: "; ")
    }

    private func state(of node: Node) -> String {
        guard let report = node.report else { return "does not answer" }
        if node.isInSync { return "in sync" }
        var parts: [String] = []
        if report.unreachable > 0 {
            parts.append("\(report.unreachable) partitions with an owner that is away")
        }
        if report.recovering > 0 { parts.append("\(report.recovering) partitions recovering") }
        if report.hints > 0 { parts.append("\(report.hints) hints") }
        if report.differing > 0 { parts.append("\(report.differing) partitions differ") }
        return parts.isEmpty ? "comparing" : parts.joined(separator: ", ")
    }

    func print(json: Bool, isDone: Bool) {
        if json {
            let objects = nodes.map { node in
                "{\"name\":\(JSONText.quoted(node.name)),\"inSync\":\(node.isInSync),"
                    + "\"state\":\(JSONText.quoted(state(of: node)))}"
            }
            console.output.write(
                "{\"inSync\":\(isDone),\"milliseconds\":\(elapsed.wholeMilliseconds),"
                    + "\"nodes\":[\(objects.joined(separator: ","))]}\n")
        } else if isDone {
            console.output.write(
                "in sync: everything written before is on all of its owners\n")
        } else {
            console.output.write("not in sync after \(limit): \(progress)\n")
        }
    }
}
