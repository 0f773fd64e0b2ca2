import Glibc

/// Processor time that processes have used, as the scheduler counts it.
enum ProcessorTime {
    /// Nanoseconds of all threads of a process that are alive; nil when there is no such process
    /// or the system does not say.
    static func used(by process: Int) -> Int64? {
        let folder = "/proc/\(process)/task"
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var total: Int64 = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.first?.isNumber == true else { continue }
            total += threadTime("\(folder)/\(name)/schedstat") ?? 0
        }
        return total
    }

    /// Nanoseconds of this thread.
    static var ofThisThread: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The first number of the file; nil for a thread that just ended.
    private static func threadTime(_ path: String) -> Int64? {
        guard case .success(let bytes) = FileBytes.read(path, limit: 4096) else { return nil }
        return Int64(String(decoding: bytes.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
    }
}
