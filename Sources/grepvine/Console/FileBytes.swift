import Glibc

/// Whole files, read with a bound.
enum FileBytes {
    /// Larger than any configuration file or value.
    static let largest = 512 << 20

    static func read(_ path: String) throws(Stop) -> [UInt8] {
        switch read(path, limit: largest) {
        case .success(let bytes): return bytes
        case .failure(let refusal): throw Stop("\(path): \(refusal.reason)")
        }
    }

    struct Refusal: Error, Hashable {
        let reason: String
    }

    /// Reads to the end, whatever size the file claimed to have: it may be growing.
    static func read(_ path: String, limit: Int) -> Result<[UInt8], Refusal> {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .failure(Refusal(reason: systemError)) }
        defer { close(file) }
        return readAll(file, limit: limit)
    }

    static func readAll(_ file: Int32, limit: Int) -> Result<[UInt8], Refusal> {
        var facts = stat()
        fstat(file, &facts)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(max(0, Int(facts.st_size)), limit) + 1)
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(Refusal(reason: systemError)) }
            if count == 0 { return .success(bytes) }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                return .failure(
                    Refusal(reason: "larger than the limit of \(ByteText.text(limit))"))
            }
        }
    }
}
