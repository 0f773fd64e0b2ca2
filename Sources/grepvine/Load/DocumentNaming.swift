import GrepvineDistCore

/// The key of a file: its path without what is stripped, behind what is put before it.
struct DocumentNaming: Sendable {
    let prefix: [UInt8]
    let strip: [UInt8]

    init(prefix: String, strip: String) {
        self.prefix = Array(prefix.utf8)
        self.strip = Array(strip.utf8)
    }

    /// Nil when nothing is left, or more than a key may have.
    func key(for path: [UInt8]) -> Key? {
        let rest = path.starts(with: strip) ? path.dropFirst(strip.count) : path[...]
        let name = prefix + rest
        return rest.isEmpty || name.count > Key.longest ? nil : Key(name)
    }
}

extension ContentType {
    private static let textEndings: Set = [
        "txt", "text", "md", "rst", "log", "csv", "tsv", "html", "htm", "xml", "yaml", "yml",
        "toml", "ini", "conf", "cfg", "c", "h", "cc", "cpp", "hpp", "swift", "rs", "go", "py", "js",
        "ts", "css", "sh", "java", "rb", "sql", "tex", "ndjson", "jsonl",
    ]
    private static let byteEndings: Set = [
        "gz", "xz", "bz2", "zst", "zip", "tar", "png", "jpg", "jpeg", "gif", "webp", "ico", "pdf",
        "o", "a", "so", "bin", "wasm", "class", "woff", "woff2", "mp3", "mp4",
    ]

    /// By the ending of the name; without one that is known, by whether the content begins as text
    /// does, which a zero byte in its first 8 KiB denies.
    init(path: [UInt8], content: [UInt8]) {
        let name = path.split(separator: UInt8(ascii: "/")).last ?? []
        let parts = name.split(separator: UInt8(ascii: "."))
        let ending = parts.count > 1 ? String(decoding: parts[parts.count - 1], as: UTF8.self) : ""
        switch ending.lowercased() {
        case "json": self = .json
        case let known where Self.textEndings.contains(known): self = .text
        case let known where Self.byteEndings.contains(known): self = .bytes
        default: self = content.prefix(8 << 10).contains(0) ? .bytes : .text
        }
    }
}
