import Glibc

/// The content of one file at a time: small ones are read into a buffer that all share, large ones
/// are mapped.
final class FileContent {
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

    deinit { buffer.deallocate() }

    /// Calls `body` with all of the file. The bytes are valid until it returns.
    func withBytes<Answer>(
        of path: [UInt8], size: Int, _ body: (UnsafeRawBufferPointer) throws -> Answer
    ) throws -> Answer {
        let file = (path + [0]).withUnsafeBytes {
            open($0.assumingMemoryBound(to: CChar.self).baseAddress!, O_RDONLY | O_CLOEXEC)
        }
        guard file >= 0 else { throw FileBytes.Refusal(reason: systemError) }
        defer { close(file) }
        // Files of the kernel claim to be empty, and others may grow while they are read.
        if size > buffer.count {
            let flags = MAP_PRIVATE | MAP_POPULATE
            if let map = mmap(nil, size, PROT_READ, flags, file, 0), map != MAP_FAILED {
                defer { munmap(map, size) }
                return try body(UnsafeRawBufferPointer(start: map, count: size))
            }
        }
        return try body(UnsafeRawBufferPointer(rebasing: buffer[..<readAll(file)]))
    }

    private func readAll(_ file: Int32) throws -> Int {
        var count = 0
        while true {
            if count == buffer.count { try grow() }
            let got = read(file, buffer.baseAddress! + count, buffer.count - count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw FileBytes.Refusal(reason: systemError) }
            if got == 0 { return count }
            count += got
        }
    }

    private func grow() throws {
        guard buffer.count < FileBytes.largest else {
            throw FileBytes.Refusal(
                reason: "larger than the limit of \(ByteText.text(FileBytes.largest))")
        }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: buffer.count * 2, alignment: 64)
        larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
        buffer.deallocate()
        buffer = larger
    }
}
