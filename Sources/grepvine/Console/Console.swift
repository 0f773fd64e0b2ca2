import Glibc

/// Everything around the process that a command may touch, so that tests can stand in for it.
struct Console: Sendable {
    /// Data goes here, messages never.
    let output: Output
    /// Messages go here, data never.
    let errors: Output
    let variables: [String: String]
    let hostName: String
    /// Bytes of a file, for `--config` and for values given as `@FILE`.
    let readFile: @Sendable (String) throws(Stop) -> [UInt8]

    init(
        output: Output, errors: Output, variables: [String: String], hostName: String,
        readFile: @escaping @Sendable (String) throws(Stop) -> [UInt8]
    ) {
        self.output = output
        self.errors = errors
        self.variables = variables
        self.hostName = hostName
        self.readFile = readFile
    }

    /// The real one.
    static func process() -> Console {
        Console(
            output: Output(descriptor: STDOUT_FILENO),
            errors: Output(descriptor: STDERR_FILENO), variables: ProcessFacts.environment,
            hostName: ProcessFacts.hostName, readFile: FileBytes.read)
    }

    /// One message line, at once.
    func say(_ message: String) {
        errors.write(message + "\n")
        _ = errors.flush()
    }

    /// Whether data should be coloured. The flag decides; then NO_COLOR, CLICOLOR_FORCE and TERM.
    func usesColor(_ choice: String, evenOffTerminal: Bool = false) -> Bool {
        switch choice {
        case "always": return true
        case "never": return false
        default: break
        }
        if let value = variables["NO_COLOR"], !value.isEmpty { return false }
        if let value = variables["CLICOLOR_FORCE"], !value.isEmpty, value != "0" { return true }
        guard output.isTerminal || evenOffTerminal, let term = variables["TERM"] else {
            return false
        }
        return term != "dumb"
    }
}
