import CLinux

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A named thread of the system. `body` runs once on it; `join` waits for its end.
public final class WorkerThread: @unchecked Sendable {
    // Sendable: `thread` is written once, before anybody else holds the object.
    private var thread = pthread_t()

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    package init(_ name: String, body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name, body))
        let code = pthread_create(
            &thread, nil,
            { argument in
                let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                grepvine_name_thread(String(start.name.prefix(15)))
                start.body()
                return nil
            }, start.toOpaque())
        precondition(code == 0, "pthread_create: error \(code)")
    }

    /// Call once.
    public func join() { pthread_join(thread, nil) }
}
