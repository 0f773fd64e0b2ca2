public import GrepvineDistCore
import GrepvineTransport

/// Talks to a Grepvine cluster: straight to the owners of each key, over one connection per node
/// that all calls share.
///
/// A client works while it runs. `withClient` runs one for a closure; a service calls `start()`,
/// hands the client out, and keeps `run()` in one of its tasks:
///
///     let client = Client(ClientConfiguration(seeds: [Address(host: "10.0.0.1", port: 7000)]))
///     try client.start()
///     try await withThrowingTaskGroup { group in
///         group.addTask { try await client.run() }
///         …
///     }
///
/// Every call has a timeout and ends at once when its task is cancelled, without harm to others.
/// Reads are tried again on other nodes; a write only when it certainly did not happen (W4).
public final class Client: Sendable {
    public let configuration: ClientConfiguration
    private let lifetime = Lifetime()

    public init(_ configuration: ClientConfiguration) { self.configuration = configuration }

    deinit { lifetime.stop() }

    /// Begins to run. It connects to nothing before the first call.
    ///
    /// - Throws: `alreadyRunning` when it runs, `notRunning` when it was shut down,
    ///   `badConfiguration` with the reason.
    public func start() throws(Failure) { try lifetime.start(configuration) }

    /// Runs until the task is cancelled or `shutdown` is called. Starts the client unless
    /// `start()` did; throws when another `run()` did.
    public func run() async throws(Failure) {
        try claim()
        let lifetime = lifetime
        let failure = await withTaskCancellationHandler {
            await lifetime.wait()
        } onCancel: {
            lifetime.stop()
        }
        if let failure { throw failure }
    }

    /// Ends the client and waits until its thread and connections are gone. Calls that are under
    /// way fail as cancelled: await them first.
    public func shutdown() async {
        lifetime.stop()
        _ = await lifetime.wait()
    }

    private func claim() throws(Failure) {
        guard lifetime.claim() else {
            throw Failure(.alreadyRunning, "run() was called before; call it once")
        }
        if !lifetime.isStarted { try start() }
    }
}

/// Runs a client for as long as `body` runs.
///
///     let value = try await withClient(configuration) { client in
///         try await client.get("greeting")?.value
///     }
@discardableResult
public func withClient<Value>(
    _ configuration: ClientConfiguration, _ body: (Client) async throws -> Value
) async throws -> Value {
    let client = Client(configuration)
    try client.start()
    do {
        let value = try await body(client)
        await client.shutdown()
        return value
    } catch {
        await client.shutdown()
        throw error
    }
}

extension Client {
    /// Sends a request and waits for its answer.
    func perform(
        _ request: Request, to target: Call.Target, timeout: Duration?
    ) async throws(Failure) -> Response {
        if Task.isCancelled { throw .taskCancelled }
        let call = try submit(request, to: target, timeout: timeout ?? configuration.timeout)
        return try await answer(to: call).result.get()
    }

    /// Sends a request; `answer(to:)` waits.
    func submit(
        _ request: Request, to target: Call.Target, timeout: Duration, isInternal: Bool = false
    ) throws(Failure) -> Call {
        let engine = try lifetime.engine()
        let call = Call(
            request, to: target, timeout: timeout, at: SystemClock.instant(),
            isInternal: isInternal)
        if engine.submissions.post(call) { return call }
        if engine.isStopping { throw .ended }
        throw Failure(
            .overloaded,
            "\(engine.submissions.capacity) calls wait for the client's thread; nothing was sent")
    }

    func answer(to call: Call) async -> Call.Reply {
        await withTaskCancellationHandler {
            await call.reply()
        } onCancel: {
            cancel(call)
        }
    }

    /// The answer will be a failure as cancelled, unless it is there already.
    func cancel(_ call: Call) {
        // Without an engine every call has been answered.
        try? lifetime.engine().cancel(call)
    }
}
