/// One verb of the tool: how it is called, what it takes, what it does.
struct Command: Sendable {
    /// One word, or two for a verb below another: `config show`.
    let name: String
    /// As help shows them: `KEY VALUE`.
    let arguments: String
    let arity: ClosedRange<Int>
    /// One line for the list of commands.
    let summary: String
    /// Further paragraphs of the command's own help.
    let details: [String]
    /// Flags that people may expect and that it does not take, each with the reason.
    let refusals: [String: String]
    let run: @Sendable (Invocation) async throws -> ExitCode

    init(
        _ name: String, arguments: String = "", arity: ClosedRange<Int> = 0...0,
        summary: String, details: [String] = [], refusals: [String: String] = [:],
        run: @escaping @Sendable (Invocation) async throws -> ExitCode
    ) {
        self.name = name
        self.arguments = arguments
        self.arity = arity
        self.summary = summary
        self.details = details
        self.refusals = refusals
        self.run = run
    }

    var settings: [Setting] { Setting.taken(by: name) }
}

/// One call of a command, with everything that it may touch.
struct Invocation: Sendable {
    let command: Command
    let values: Values
    let arguments: [String]
    let console: Console
}
