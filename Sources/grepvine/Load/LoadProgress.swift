import GrepvineDistCore

/// How far a load has come, as a line to show now and then. Times are monotonic nanoseconds.
struct LoadProgress: Sendable {
    let totalFiles: Int
    let totalBytes: Int
    /// Rewrites one line several times a second; otherwise a line is added every five seconds.
    let isTerminal: Bool
    private(set) var files = 0
    private(set) var bytes = 0
    private let start: Int64
    private var lastShown: Int64

    init(totalFiles: Int, totalBytes: Int, isTerminal: Bool, start: Int64) {
        self.totalFiles = totalFiles
        self.totalBytes = totalBytes
        self.isTerminal = isTerminal
        self.start = start
        lastShown = start
    }

    mutating func add(bytes: Int) {
        files += 1
        self.bytes += bytes
    }

    /// What to write to stderr now; nil until it is time again.
    mutating func display(at now: Int64) -> String? {
        let interval: Int64 = isTerminal ? 100_000_000 : 5_000_000_000
        guard now - lastShown >= interval else { return nil }
        lastShown = now
        return isTerminal ? "\r\u{1b}[K" + text(at: now) : text(at: now) + "\n"
    }

    /// Removes the line from the terminal.
    var erasure: String { isTerminal ? "\r\u{1b}[K" : "" }

    private func text(at now: Int64) -> String {
        let seconds = Double(max(1, now - start)) / 1e9
        var text = "\(BenchReport.grouped(files)) of \(BenchReport.grouped(totalFiles)) files"
        text += ", \(ByteText.approximate(bytes)) of \(ByteText.approximate(totalBytes))"
        text += ", \(BenchReport.grouped(Int(Double(files) / seconds))) files/s"
        text += ", \(ByteText.approximate(Int(Double(bytes) / seconds)))/s"
        if files > 0, files < totalFiles {
            let rest = seconds * (Double(totalFiles) / Double(files) - 1)
            text += ", \(Int(rest.rounded(.up))) s left"
        }
        return text
    }
}

extension ByteText {
    /// For people: `12.4 MiB`.
    static func approximate(_ bytes: Int) -> String {
        for (unit, scale) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= scale {
            let tenths = (Double(bytes) / Double(scale) * 10).rounded() / 10
            return "\(tenths) \(unit)"
        }
        return "\(bytes) B"
    }
}
