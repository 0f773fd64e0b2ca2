/// Finds the command, gathers its settings from all sources, runs it, and turns whatever ends it
/// into a message and an exit code.
enum CommandLineTool {
    static func run(_ words: [String], on console: Console) async -> ExitCode {
        do {
            let code = try await dispatch(words, on: console)
            return console.output.flush() ? code : .failure
        } catch let stop as Stop {
            return report(stop.message, stop.code, on: console)
        } catch {
            return report("\(error)", .failure, on: console)
        }
    }

    private static func report(
        _ message: String, _ code: ExitCode, on console: Console
    ) -> ExitCode {
        _ = console.output.flush()
        console.say("grepvine: \(message)")
        return code
    }

    private static func dispatch(_ words: [String], on console: Console) async throws -> ExitCode {
        guard let first = words.first else {
            console.output.write(HelpPage.overview)
            return .failure
        }
        if first == "help" || first == "--help" || first == "-h" {
            return try help(Array(words.dropFirst()), on: console)
        }
        if first == "--version" || first == "-V" {
            return try await dispatch(["version"] + words.dropFirst(), on: console)
        }
        let (command, rest) = try find(words)
        var parser = ArgumentParser(
            command, rest, over: try settle(command, words: rest, on: console))
        try parser.parse()
        if parser.wantsHelp {
            console.output.write(HelpPage.page(for: command))
            return .success
        }
        try checkArity(command, parser.arguments)
        var values = parser.values
        values.fillDefaults(hostName: console.hostName)
        return try await command.run(
            Invocation(
                command: command, values: values, arguments: parser.arguments, console: console))
    }

    /// The command that the words begin with, and the words after its name.
    static func find(_ words: [String]) throws(Stop) -> (Command, ArraySlice<String>) {
        if let command = Command.all.first(where: {
            $0.name == words.prefix(2).joined(separator: " ")
        }) {
            return (command, words.dropFirst(command.name.contains(" ") ? 2 : 1))
        }
        guard let first = words.first else { throw Stop("no command given") }
        if let command = Command.all.first(where: { $0.name == first }) {
            return (command, words.dropFirst())
        }
        let below = Command.all.map(\.name).filter { $0.hasPrefix(first + " ") }
        if !below.isEmpty {
            throw Stop("`\(first)` needs another word: \(below.joined(separator: ", "))")
        }
        let hint = Suggestion.hint(
            for: first, among: Command.all.map(\.name), shown: { "`grepvine \($0)`" })
        throw Stop(
            "unknown command `\(first)`" + (hint.isEmpty ? "; see `grepvine help`" : hint))
    }

    /// What the file and the environment say, before any flag.
    private static func settle(
        _ command: Command, words: ArraySlice<String>, on console: Console
    ) throws(Stop) -> Values {
        var values = Values(command.settings)
        guard command.settings.contains(where: { $0.flag == "config" }) else { return values }
        let path =
            ArgumentParser.configPath(in: words)
            ?? console.variables["GREPVINE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if let path {
            let file = ConfigurationFile.self
            try file.init(path: path, bytes: console.readFile(path)).apply(to: &values)
        }
        try EnvironmentSource.apply(console.variables, to: &values)
        return values
    }

    private static func checkArity(_ command: Command, _ arguments: [String]) throws(Stop) {
        guard !command.arity.contains(arguments.count) else { return }
        let usage = "usage: grepvine \(command.name) [FLAGS] \(command.arguments)".trimmed
        if arguments.count > command.arity.upperBound {
            throw Stop("unexpected argument `\(arguments[command.arity.upperBound])`; \(usage)")
        }
        throw Stop("too few arguments; \(usage)")
    }

    private static func help(_ words: [String], on console: Console) throws(Stop) -> ExitCode {
        if words.isEmpty {
            console.output.write(HelpPage.overview)
        } else {
            console.output.write(HelpPage.page(for: try find(words).0))
        }
        return .success
    }
}

/// Settings from variables that begin with `GREPVINE_`.
enum EnvironmentSource {
    /// Variables of the scripts and tests around the tool, which are not its settings.
    private static let others: Set = [
        "GREPVINE_BINARY", "GREPVINE_FUZZ", "GREPVINE_GREP_TREE",
    ]

    static func apply(
        _ variables: [String: String], to values: inout Values
    ) throws(Stop) {
        let known = Setting.all.compactMap(\.environmentName) + ["GREPVINE_CONFIG"]
        for (name, text) in variables.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("GREPVINE_") && !others.contains(name) {
            guard known.contains(name) else {
                throw Stop(
                    "unknown environment variable \(name)"
                        + Suggestion.hint(for: name, among: known))
            }
            guard let setting = values.settings.first(where: { $0.environmentName == name })
            else { continue }
            try values.set(setting, to: text, from: .environment(name))
        }
    }
}
