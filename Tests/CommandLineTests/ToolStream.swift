import Foundation

/// What a program writes to standard output, piece by piece, and in the end its exit code. The
/// program waits while nobody reads, so only one piece is in memory.
final class ToolStream {
    /// The tool that was built with the tests, unless `GREPVINE_BINARY` names another.
    static let binary: String = {
        if let path = ProcessInfo.processInfo.environment["GREPVINE_BINARY"] { return path }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent("grepvine").path
    }()

    private let process = Process()
    private let output = Pipe()
    private var piece = Data()

    init(_ program: String, _ words: [String], in folder: URL) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("GREPVINE_")
        }
        process.environment?["TERM"] = "xterm"
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    /// What comes next; empty at the end only.
    func peek() throws -> Data {
        if piece.isEmpty {
            piece = try output.fileHandleForReading.read(upToCount: 1 << 16) ?? Data()
        }
        return piece
    }

    func skip(_ count: Int) { piece = Data(piece.dropFirst(count)) }

    /// The next line without its line feed; nil at the end.
    func line() throws -> Data? {
        var line = Data()
        while true {
            let next = try peek()
            guard !next.isEmpty else { return line.isEmpty ? nil : line }
            guard let end = next.firstIndex(of: 0x0a) else {
                line += next
                skip(next.count)
                continue
            }
            line += next[..<end]
            skip(next.distance(from: next.startIndex, to: end) + 1)
            return line
        }
    }

    /// Waits for the program's end; what was not read is lost.
    func end() -> Int32 {
        try? output.fileHandleForReading.close()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
