import GrepvineClient
import GrepvineDistCore

extension Command {
    static let grep = Command(
        "grep", arguments: "PATTERN [--files PATH…]", arity: 0...100_000,
        summary: "Search every document of the cluster, or plain files.",
        details: [
            "Looks and behaves like ripgrep, with the key in the place of the path; hits are in "
                + "the order of their keys. Exit codes: 0 something was found, 1 nothing, 2 error, "
                + "3 part of the cluster could not be searched, which standard error names.",
            "Patterns have RE2's syntax: no back references, no look-around, linear time. A "
                + "document with a NUL byte is searched up to there, as ripgrep does; -a searches "
                + "it as text.",
            "With --files it searches files as `rg -uu --sort path` does: hidden and ignored ones "
                + "too, in the order of their paths.",
        ],
        refusals: GrepRefusals.reasons
    ) { invocation in
        let request = try GrepRequest(
            invocation.values, arguments: invocation.arguments, console: invocation.console)
        if let files = request.files {
            var search = try FileGrep(request, invocation.console)
            return try search.run(files)
        }
        if invocation.values.toggle("explain") {
            return try await invocation.cluster.use { client in
                try await GrepExplanation(request, invocation.console).run(client)
            }
        }
        return try await invocation.cluster.use { client in
            try await GrepRun(request, invocation.console).run(client)
        }
    }
}

/// One search, printed as it comes in.
struct GrepRun {
    private let request: GrepRequest
    private let console: Console

    init(_ request: GrepRequest, _ console: Console) {
        self.request = request
        self.console = console
    }

    func run(_ client: Client) async throws -> ExitCode {
        var printer = GrepPrinter(request.style)
        var summary = GrepSummary()
        let start = ProcessFacts.monotonicNanoseconds
        var bytes: [UInt8] = []
        for try await event in client.grep(request.query) {
            switch event {
            case .hit(let hit):
                printer.print(hit, to: &bytes)
                show(&bytes)
                // Nobody reads on: leaving the loop stops the search everywhere.
                if console.output.isClosed { return .success }
            case .summary(let last): summary = last
            }
        }
        let elapsed = Duration.nanoseconds(ProcessFacts.monotonicNanoseconds - start)
        printer.finish(summary, elapsed: elapsed, to: &bytes)
        show(&bytes)
        _ = console.output.flush()
        let verdict = GrepVerdict(
            summary, foundSomething: printer.statistics.documents > 0,
            query: request.isQuiet ? nil : request.query)
        for message in verdict.messages { console.say("grepvine: \(message)") }
        return verdict.code
    }

    /// At once on a terminal, in large pieces elsewhere.
    private func show(_ bytes: inout [UInt8]) {
        if !request.isQuiet { console.output.write(bytes: bytes) }
        bytes.removeAll(keepingCapacity: true)
        if console.output.isTerminal { _ = console.output.flush() }
    }
}
