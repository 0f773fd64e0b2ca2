import CLinux

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A named thread of the system that runs one body once, and is joined; `detach` starts one that
/// nobody joins.
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
        let code = Self.create(&thread, Start(name, body))
        precondition(code == 0, "pthread_create: error \(code)")
    }

    /// False when the system has no room for another thread, and then `body` never runs.
    package static func detach(_ name: String, body: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        guard create(&thread, Start(name, body)) == 0 else { return false }
        pthread_detach(thread)
        return true
    }

    private static func create(_ thread: inout pthread_t, _ start: Start) -> Int32 {
        let argument = Unmanaged.passRetained(start)
        let code = pthread_create(
            &thread, nil,
            { argument in
                let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                grepvine_name_thread(String(start.name.prefix(15)))
                start.body()
                return nil
            }, argument.toOpaque())
        if code != 0 { argument.release() }
        return code
    }

    /// Waits for the end of the body. Call once.
    public func join() { pthread_join(thread, nil) }
}
