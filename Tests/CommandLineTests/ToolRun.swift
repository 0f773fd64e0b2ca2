import Testing

@testable import grepvine

/// One run of the tool inside the test's process.
struct ToolRun {
    let code: ExitCode
    let output: String
    let errors: String

    init(
        _ words: [String], variables: [String: String] = [:], files: [String: String] = [:]
    ) async {
        let console = Self.console(variables: variables, files: files)
        code = await CommandLineTool.run(words, on: console)
        output = String(decoding: console.output.written, as: UTF8.self)
        errors = String(decoding: console.errors.written, as: UTF8.self)
    }

    static func console(
        isTerminal: Bool = false, variables: [String: String] = [:],
        files: [String: String] = [:]
    ) -> Console {
        Console(
            output: Output(isTerminal: isTerminal), errors: Output(isTerminal: isTerminal),
            variables: variables, hostName: "box",
            readFile: { path throws(Stop) in
                guard let text = files[path] else { throw Stop("\(path): no such file") }
                return Array(text.utf8)
            })
    }

    /// The settings that `command` would run with.
    static func values(
        _ command: String, _ words: [String], variables: [String: String] = [:]
    ) throws -> (values: Values, arguments: [String]) {
        let command = Command(command, summary: "") { _ in .success }
        var parser = ArgumentParser(command, words, over: Values(command.settings))
        try parser.parse()
        var values = parser.values
        values.fillDefaults(hostName: "box")
        return (values, parser.arguments)
    }
}
