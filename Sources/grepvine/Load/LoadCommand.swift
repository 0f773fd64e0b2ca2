import GrepvineClient
import GrepvineDistCore

extension Command {
    static let load = Command(
        "load", arguments: "PATH…", arity: 1...10_000,
        summary: "Put files, and all files below directories, into the cluster as documents.",
        details: [
            "The key of a document is its path as given. Symbolic links below a directory are not "
                + "followed. Exit code 3 means that some files could not be read or stored."
        ]
    ) { invocation in
        let values = invocation.values
        let walk = DocumentWalk(invocation.arguments, largest: values.byteCount("max-value-size"))
        return try await invocation.cluster.carrying(values.byteCount("max-value-size")).use {
            try await LoadRun(invocation, walk).run($0)
        }
    }
}

/// One load: a window of files on their way, progress and a summary.
struct LoadRun {
    private enum Outcome: Sendable {
        case stored(bytes: Int)
        case refused(SkippedPath)
    }

    /// Reasons that are named one by one; more are only counted.
    private static let namedReasons = 20
    private static let attempts = 6

    private let walk: DocumentWalk
    private let console: Console
    private let naming: DocumentNaming
    private let window: Int
    private let level: Consistency?
    private let largest: Int
    private let isJSON: Bool

    init(_ invocation: Invocation, _ walk: DocumentWalk) {
        let values = invocation.values
        self.walk = walk
        console = invocation.console
        naming = DocumentNaming(prefix: values.text("prefix"), strip: values.text("strip"))
        window = values.integer("concurrency")
        level = values.consistency("consistency")
        largest = values.byteCount("max-value-size")
        isJSON = values.toggle("json")
    }

    func run(_ client: Client) async throws -> ExitCode {
        let start = ProcessFacts.monotonicNanoseconds
        var progress = LoadProgress(
            totalFiles: walk.files.count, totalBytes: walk.totalBytes,
            isTerminal: console.errors.isTerminal, start: start)
        var failed: [SkippedPath] = []
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            var waiting = walk.files[...]
            for file in waiting.prefix(window) { group.addTask { try await store(file, client) } }
            waiting = waiting.dropFirst(window)
            while let outcome = try await group.next() {
                switch outcome {
                case .stored(let bytes): progress.add(bytes: bytes)
                case .refused(let refusal): failed.append(refusal)
                }
                if let line = progress.display(at: ProcessFacts.monotonicNanoseconds) {
                    console.errors.write(line)
                    _ = console.errors.flush()
                }
                if let file = waiting.popFirst() {
                    group.addTask { try await store(file, client) }
                }
            }
        }
        console.errors.write(progress.erasure)
        name(walk.skipped + failed.sorted { $0.path.lexicographicallyPrecedes($1.path) })
        summarize(
            progress, failed: failed.count,
            seconds: Double(ProcessFacts.monotonicNanoseconds - start) / 1e9)
        if failed.isEmpty { return .success }
        return progress.files > 0 ? .partial : .failure
    }

    /// Ends the load only when no node answers; whatever concerns one file is an outcome.
    private func store(_ file: DocumentFile, _ client: Client) async throws -> Outcome {
        guard let key = naming.key(for: file.path) else {
            return refused(file, "its key would be empty or longer than \(Key.longest) bytes")
        }
        let path = String(decoding: file.path, as: UTF8.self)
        switch FileBytes.read(path, limit: largest) {
        case .failure(let refusal): return refused(file, refusal.reason)
        case .success(let bytes):
            do throws(Failure) {
                try await set(key, bytes, ContentType(path: file.path, content: bytes), client)
                return .stored(bytes: bytes.count)
            } catch {
                let stop = Stop(error)
                if stop.code == .unreachable || error.code == .cancelled { throw stop }
                return refused(file, stop.message)
            }
        }
    }

    /// Writing the same bytes again does no harm, so what may pass is tried again.
    private func set(
        _ key: Key, _ bytes: [UInt8], _ type: ContentType, _ client: Client
    ) async throws(Failure) {
        for attempt in 1... {
            do throws(Failure) {
                try await client.set(key, bytes, contentType: type, consistency: level)
                return
            } catch {
                guard error.isRetryable, attempt < Self.attempts else { throw error }
            }
            try? await Task.sleep(for: .milliseconds(50 << attempt))
        }
    }

    private func refused(_ file: DocumentFile, _ reason: String) -> Outcome {
        .refused(SkippedPath(path: file.path, reason: reason))
    }

    private func name(_ skipped: [SkippedPath]) {
        for path in skipped.prefix(Self.namedReasons) {
            console.say("skipped \(String(decoding: path.path, as: UTF8.self)): \(path.reason)")
        }
        if skipped.count > Self.namedReasons {
            console.say("skipped \(skipped.count - Self.namedReasons) more")
        }
    }

    private func summarize(_ progress: LoadProgress, failed: Int, seconds: Double) {
        let skipped = walk.skipped.count
        if isJSON {
            return console.output.write(
                "{\"documents\":\(progress.files),\"bytes\":\(progress.bytes),"
                    + "\"skipped\":\(skipped),\"failed\":\(failed),\"seconds\":\(seconds)}\n")
        }
        let rate = Int(Double(progress.files) / max(seconds, 1e-3))
        console.output.write(
            "loaded \(BenchReport.grouped(progress.files)) documents "
                + "(\(ByteText.approximate(progress.bytes))) in "
                + "\((seconds * 100).rounded() / 100) s, \(BenchReport.grouped(rate)) a second; "
                + "skipped \(skipped), failed \(failed)\n")
    }
}
