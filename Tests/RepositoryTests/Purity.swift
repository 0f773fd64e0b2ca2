/// What pure code must not touch: the world's modules, concurrency, clocks, unseeded randomness
/// and anything whose answer differs from process to process.
enum Purity {
    /// `DistCore`, `Gossip`, `Search`, and the node without its runtime.
    static func covers(_ path: String) -> Bool {
        ["Sources/DistCore/", "Sources/Gossip/", "Sources/Search/"].contains {
            path.hasPrefix($0)
        } || (path.hasPrefix("Sources/Node/") && !path.hasPrefix("Sources/Node/Runtime/"))
    }

    private static let modules: Set = [
        "Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch",
        "Synchronization", "CLinux", "COpenSSL", "CMsgpack", "CZlib",
    ]
    private static let words: [String: String] = [
        "async": "concurrency", "await": "concurrency", "Task": "concurrency",
        "TaskGroup": "concurrency", "withTaskGroup": "concurrency", "AsyncStream": "concurrency",
        "ContinuousClock": "a clock", "SuspendingClock": "a clock", "clock_gettime": "a clock",
        "gettimeofday": "a clock", "Date": "a clock", "DispatchTime": "a clock",
        "SystemRandomNumberGenerator": "unseeded randomness",
        "hashValue": "a hash that differs per process",
        "UUID": "unseeded randomness", "getenv": "the environment",
        "ProcessInfo": "the environment", "CommandLine": "the environment",
    ]
    /// Without `using:` they roll the system's dice.
    private static let dice: Set = ["random", "randomElement", "shuffle", "shuffled"]

    static func violations(in file: SwiftFile) -> [Violation] {
        var found = file.imports.filter { modules.contains($0.text) }
            .map { Violation(path: file.path, line: $0.line, reason: "imports \($0.text)") }
        for (index, token) in file.tokens.enumerated() where token.kind == .word {
            if let reason = reason(against: token, at: index, in: file.tokens) {
                found.append(Violation(path: file.path, line: token.line, reason: reason))
            }
        }
        return found
    }

    private static func reason(
        against token: SwiftToken, at index: Int, in tokens: [SwiftToken]
    ) -> String? {
        if let what = words[token.text], !isLabel(index, tokens) {
            return "`\(token.text)` is \(what)"
        }
        guard index + 1 < tokens.count, tokens[index + 1].isMark("(") else { return nil }
        if token.text == "Hasher" { return "`Hasher` differs per process" }
        if dice.contains(token.text), index > 0, tokens[index - 1].isMark("."),
            !hasGenerator(tokens[(index + 1)...])
        {
            return "`\(token.text)` without `using:` is unseeded randomness"
        }
        return nil
    }

    /// A label of an argument or a parameter, which names nothing.
    private static func isLabel(_ index: Int, _ tokens: [SwiftToken]) -> Bool {
        index + 1 < tokens.count && tokens[index + 1].isMark(":") && index > 0
            && (tokens[index - 1].isMark("(") || tokens[index - 1].isMark(","))
    }

    /// Does the call that begins with this parenthesis pass a generator itself?
    private static func hasGenerator(_ call: ArraySlice<SwiftToken>) -> Bool {
        var depth = 0
        for token in call {
            if token.isMark("(") { depth += 1 }
            if token.isMark(")") {
                depth -= 1
                if depth == 0 { return false }
            }
            if depth == 1, token.isWord("using") { return true }
        }
        return false
    }
}
