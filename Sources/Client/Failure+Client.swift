public import GrepvineDistCore

extension Failure.Code {
    /// The client is not running: nothing was sent.
    public static let notRunning = Failure.Code(rawValue: "not-running")
    /// `start()` or `run()` was called again.
    public static let alreadyRunning = Failure.Code(rawValue: "already-running")
    /// No node could be reached: nothing was sent.
    public static let unreachable = Failure.Code(rawValue: "unreachable")
    /// The configuration contradicts itself.
    public static let badConfiguration = Failure.Code(rawValue: "bad-configuration")
    /// A node answered something that does not answer the question.
    public static let badResponse = Failure.Code(rawValue: "bad-response")
    /// A value is not what the caller asked to decode it as.
    public static let badValue = Failure.Code(rawValue: "bad-value")
}

extension Failure {
    /// A code that a new attempt may change: on reads always, on writes when `isDefinite` too.
    public var isRetryable: Bool {
        switch code {
        case .unavailable, .unreachable, .timedOut, .overloaded, .notReady, .notOwner,
            .disconnected, .conflict:
            true
        default: false
        }
    }

    static let taskCancelled = Failure(.cancelled, "the task was cancelled")
    static let neverStarted = Failure(
        .notRunning, "the client is not running: call run() or start(), or use withClient")
    static let ended = Failure(
        .notRunning, "the client was shut down: make a new one, a client runs once")
}
