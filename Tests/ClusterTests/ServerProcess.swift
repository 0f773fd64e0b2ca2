import Foundation
import Glibc

/// One process of the tool with its output in a file. Ends with the object, whatever happens.
final class ServerProcess {
    let pid: pid_t
    private let log: String
    private var status: Int32?

    /// The tool that was built with the tests, unless `GREPVINE_BINARY` names another.
    static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["GREPVINE_BINARY"] { return path }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent("grepvine").path
    }()

    /// - Parameter environment: besides what this process has, without its `GREPVINE_` variables.
    init(
        _ words: [String], environment: [String: String] = [:], log: String,
        executable: String = ServerProcess.binary
    ) throws {
        self.log = log
        var variables = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("GREPVINE_")
        }
        variables.merge(environment) { $1 }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments = ([executable] + words).map { strdup($0) } + [nil]
        var pairs = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + pairs { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, executable, &actions, nil, &arguments, &pairs)
        guard code == 0 else {
            throw HarnessError("cannot start \(executable): \(String(cString: strerror(code)))")
        }
        self.pid = pid
    }

    deinit { kill9() }

    var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Exit code, or 128 and the signal; nil while it runs.
    var exitCode: Int32? {
        if let status { return status }
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
        status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + raw & 0x7f
        return status
    }

    func signal(_ number: Int32) { if exitCode == nil { kill(pid, number) } }

    func kill9() {
        guard exitCode == nil else { return }
        kill(pid, SIGKILL)
        var raw: Int32 = 0
        waitpid(pid, &raw, 0)
        status = 128 + SIGKILL
    }

    /// Bytes of memory that the process really uses.
    var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Runs to its end and gives exit code and output.
    static func run(
        _ executable: String, _ words: [String], within limit: Duration = .seconds(60)
    ) async throws -> (code: Int32, output: String) {
        let directory = try TemporaryDirectory()
        let process = try ServerProcess(
            words, log: directory.path + "/output", executable: executable)
        let code = try await eventually("\(executable) ends", within: limit) { process.exitCode }
        return (code, process.logText)
    }

    /// Where a program is; nil when it is not installed.
    static func find(_ program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// A directory that goes with the object.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("grepvine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Asks until there is an answer, or the time is over.
func eventually<Answer>(
    _ what: String, within limit: Duration = .seconds(20), _ answer: () async throws -> Answer?
) async throws -> Answer {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var last = ""
    repeat {
        do {
            if let answer = try await answer() { return answer }
        } catch {
            last = ": \(error)"
        }
        try await Task.sleep(for: .milliseconds(20))
    } while clock.now < end
    throw HarnessError("not within \(limit): \(what)\(last)")
}

/// The same for a condition.
func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let _: Bool = try await eventually(what, within: limit) { try await condition() ? true : nil }
}
