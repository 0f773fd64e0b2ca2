import GrepvineTransport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// SIGINT and SIGTERM ask for an orderly end; the second one ends the process.
enum StopSignals {
    /// `stop` runs on a thread of its own, at the first signal. Call before other threads start,
    /// because they inherit which signals are held back.
    static func watch(_ stop: @escaping @Sendable () -> Void) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        _ = WorkerThread.detach("signals") {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGINT)
            sigaddset(&signals, SIGTERM)
            var received: Int32 = 0
            sigwait(&signals, &received)
            stop()
            sigwait(&signals, &received)
            _exit(128 + received)
        }
    }
}
