/// Which part of a document ripgrep has searched when it notices a NUL byte. It reads 64 KiB at a
/// time, looks at what it read, and searches the whole lines in it; so what counts is the end of
/// the last line before the read that brought the NUL.
struct BinaryWindow {
    /// The lines before this were searched.
    private(set) var start = 0

    private static let capacity = 64 << 10

    /// - Parameters:
    ///   - context: lines that are kept in front of what is read next, when there may be context.
    ///   - visited: ends of the lines that are hits or context, ascending: these are not kept.
    init(
        of offset: Int, in bytes: UnsafeRawBufferPointer, context: Int = 0, visited: [Int] = []
    ) {
        var capacity = Self.capacity
        // The buffer holds these bytes of the document.
        var kept = 0
        var filled = 0
        while true {
            if filled - kept == capacity { capacity *= 2 }
            // It looks at three bytes first: there might be a byte order mark.
            let free = filled == 0 ? 3 : capacity - (filled - kept)
            let end = min(bytes.count, filled + free)
            guard end <= offset else { return }
            let lineEnd = unsafe bytes.lineStart(of: end, from: filled)
            let hasLine = lineEnd > filled
            filled = end
            guard hasLine else { continue }
            start = lineEnd
            guard context > 0 else {
                kept = lineEnd
                continue
            }
            var contextStart = lineEnd
            for _ in 0...context where contextStart > kept {
                contextStart = unsafe bytes.lineStart(of: contextStart - 1, from: kept)
            }
            kept = max(contextStart, visited.last { $0 <= lineEnd } ?? 0)
        }
    }

    static func firstNUL(in bytes: UnsafeRawBufferPointer) -> Int? {
        let index = unsafe bytes.first(of: 0, from: 0, to: bytes.count)
        return index < bytes.count ? index : nil
    }
}
