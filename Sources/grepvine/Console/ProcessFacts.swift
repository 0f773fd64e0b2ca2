import FoundationEssentials
import Glibc

/// What the operating system says about this process.
enum ProcessFacts {
    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Up to the first dot; `localhost` when the system does not know.
    static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
        return name.isEmpty ? "localhost" : name
    }

    /// Since 1970.
    static var wallMilliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Only differences mean anything.
    static var monotonicNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Why the last call into the system failed, in its words.
var systemError: String { String(cString: strerror(errno)) }
