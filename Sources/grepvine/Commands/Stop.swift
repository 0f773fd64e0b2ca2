/// What a process answers to whoever started it.
enum ExitCode: Int32, Sendable {
    case success = 0
    /// The answer is no: no match, no such key.
    case negative = 1
    /// Used wrongly, or failed.
    case failure = 2
    /// Part of the answer is missing.
    case partial = 3
    /// No node answered.
    case unreachable = 4
}

/// Why a command ends before its work is done.
struct Stop: Error, Hashable {
    /// One line for stderr, without the program's name.
    let message: String
    let code: ExitCode

    init(_ message: String, _ code: ExitCode = .failure) {
        self.message = message
        self.code = code
    }
}
