import GrepvineTransport

extension Command {
    static let version = Command("version", summary: "Print the version.") { invocation in
        let number = ToolVersion.number
        invocation.console.output.write(
            invocation.values.toggle("json")
                ? "{\"version\":\(JSONText.quoted(number))}\n" : "grepvine \(number)\n")
        return .success
    }
}

/// Raised by a release, together with the change log.
enum ToolVersion {
    static let number = "0.1.0"
}
