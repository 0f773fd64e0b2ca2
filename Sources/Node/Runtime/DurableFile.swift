#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Small files that are there whole or not at all: written under a temporary name, renamed, and
/// the directory synced.
enum DurableFile {
    /// Nil when there is none.
    static func read(_ path: String, atMost limit: Int) throws(StateError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StateError.system("open", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = Glibc.read(descriptor, &chunk, chunk.count)
            guard got >= 0 else { throw StateError.system("read", path) }
            guard got > 0 else { return bytes }
            bytes += chunk[..<got]
            guard bytes.count <= limit else { throw StateError.damaged(path) }
        }
    }

    /// Returns how many times it waited for the disk.
    @discardableResult
    static func replace(
        _ directory: String, _ name: String, with bytes: [UInt8], mode: mode_t, isSynced: Bool
    ) throws(StateError) -> UInt64 {
        let path = "\(directory)/\(name)"
        let temporary = path + ".tmp"
        // What an earlier try left may have another mode.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw StateError.system("create", temporary) }
        let isWritten = write(bytes, to: descriptor)
        var syncs: UInt64 = 0
        var isOnDisk = isWritten
        if isWritten, isSynced {
            isOnDisk = fsync(descriptor) == 0
            syncs += 1
        }
        let code = errno
        close(descriptor)
        errno = code
        guard isWritten else { throw StateError.system("write", temporary) }
        guard isOnDisk else { throw StateError.system("sync", temporary) }
        guard rename(temporary, path) == 0 else { throw StateError.system("rename", temporary) }
        if isSynced {
            try sync(directory)
            syncs += 1
        }
        return syncs
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    private static func sync(_ directory: String) throws(StateError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StateError.system("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StateError.system("sync", directory) }
    }
}

extension StateError {
    static func system(_ what: String, _ path: String) -> StateError {
        StateError(description: "cannot \(what) \(path): \(String(cString: strerror(errno)))")
    }

    static func damaged(_ path: String) -> StateError {
        StateError(
            description: "\(path) is damaged; restore it, or remove the directory to start as a"
                + " new node")
    }
}
