import Foundation

/// Runs ripgrep over documents in a temporary folder.
final class RipgrepOracle {
    static let isInstalled = path != nil

    private static let path: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/rg" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    private let folder: URL
    private let count: Int

    init(_ documents: [[UInt8]]) throws {
        count = documents.count
        folder = URL(fileURLWithPath: NSTemporaryDirectory())
            .appendingPathComponent("grepvine-search-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (index, document) in documents.enumerated() {
            try Data(document).write(to: folder.appendingPathComponent("\(index)"))
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The matching lines of each document; nil when ripgrep refuses the pattern.
    func found(_ pattern: String, options: String) throws -> [[FoundLine]]? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path ?? "rg")
        process.currentDirectoryURL = folder
        process.arguments =
            ["-a", "-uuu", "--no-config", "-j1", "-E", "none", "--json"]
            + options.map { "-\($0)" } + ["-e", pattern, "."]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus != 2 else { return nil }
        return try parse(data)
    }

    private func parse(_ data: Data) throws -> [[FoundLine]] {
        var found: [[FoundLine]] = Array(repeating: [], count: count)
        for line in data.split(separator: 10) {
            guard let message = try JSONSerialization.jsonObject(with: line) as? [String: Any],
                message["type"] as? String == "match",
                let body = message["data"] as? [String: Any],
                let path = (body["path"] as? [String: Any])?["text"] as? String,
                let document = Int(path.dropFirst(2)),
                let number = body["line_number"] as? Int,
                let matches = body["submatches"] as? [[String: Any]]
            else { continue }
            let ranges = matches.compactMap { match -> Range<Int>? in
                guard let start = match["start"] as? Int, let end = match["end"] as? Int else {
                    return nil
                }
                return start..<end
            }
            found[document].append(FoundLine(number: number, matches: ranges))
        }
        return found
    }
}
