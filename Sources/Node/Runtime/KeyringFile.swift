import GrepvineTransport

/// The keyring with its keys in the data directory, for the owner's eyes only.
struct KeyringFile {
    let directory: String
    let fsync: FsyncPolicy

    private static let name = "keyring"
    private static let magic = Array("GRVKEYS1".utf8)

    var path: String { "\(directory)/\(Self.name)" }

    /// Nil when the directory has none.
    func read() throws(StateError) -> KeyringContent? {
        guard let bytes = try DurableFile.read(path, atMost: 4096) else { return nil }
        guard let content = Self.decode(bytes) else {
            throw StateError(
                description: "\(path) is damaged; remove it to start with the key of"
                    + " --gossip-key-file")
        }
        return content
    }

    func write(_ content: KeyringContent) throws(StateError) {
        try DurableFile.replace(
            directory, Self.name, with: Self.encode(content), mode: 0o600,
            isSynced: fsync != .off)
    }

    /// Magic, SHA-256 of the rest, the ring as letters have it.
    static func encode(_ content: KeyringContent) -> [UInt8] {
        let body = content.encoded
        return magic + SHA256.digest(body) + body
    }

    static func decode(_ bytes: [UInt8]) -> KeyringContent? {
        guard bytes.count > magic.count + 32, bytes.starts(with: magic) else { return nil }
        let body = bytes[(magic.count + 32)...]
        guard bytes[magic.count..<magic.count + 32].elementsEqual(SHA256.digest(Array(body)))
        else { return nil }
        return KeyringContent(body)
    }
}
