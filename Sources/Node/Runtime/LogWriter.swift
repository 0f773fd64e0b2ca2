package import GrepvineDistCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Writes log events to a descriptor, one line each, and never makes its caller wait: a reader
/// that does not keep up loses lines, and is told how many.
///
/// One owner writes. Lines of several writers on one descriptor do not mix, because a line is
/// one write of no more bytes than a pipe takes whole.
package struct LogWriter: Sendable {
    package enum Format: String, Sendable {
        /// For people.
        case text
        /// One JSON object per line.
        case json
    }

    /// `PIPE_BUF`: a longer line could be torn or block.
    private static let longestLine = 4096

    private let descriptor: Int32
    private let format: Format
    private let minimum: LogEvent.Level
    private let node: String
    private var dropped: Int64 = 0

    /// `format` nil means text on a terminal and JSON otherwise.
    package init(
        node: String, format: Format? = nil, minimum: LogEvent.Level = .info,
        descriptor: Int32 = STDERR_FILENO
    ) {
        self.descriptor = descriptor
        self.format = format ?? (isatty(descriptor) == 1 ? .text : .json)
        self.minimum = minimum
        self.node = node
    }

    /// Whether an event of this level would be written: ask before building a costly one.
    package func writes(_ level: LogEvent.Level) -> Bool { level >= minimum }

    package mutating func write(_ event: LogEvent, at time: WallTime) {
        guard writes(event.level) else { return }
        guard isWritable else {
            dropped += 1
            return
        }
        if dropped > 0 {
            let note = LogEvent(.warning, "log-lines-dropped", ["count": .integer(dropped)])
            dropped = 0
            emit(note, at: time)
        }
        emit(event, at: time)
    }

    private var isWritable: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLOUT) != 0
    }

    private func emit(_ event: LogEvent, at time: WallTime) {
        var line =
            switch format {
            case .text: LogLine.text(event, node: node, at: time)
            case .json: LogLine.json(event, node: node, at: time, limit: Self.longestLine - 1)
            }
        if line.count >= Self.longestLine {
            line.removeLast(line.count - Self.longestLine + 1)
        }
        line.append(UInt8(ascii: "\n"))
        // A log that cannot be written has nowhere to complain.
        _ = line.withUnsafeBytes { Self.put(descriptor, $0) }
    }

    private static func put(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
