import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

/// Gossip keys as people give them: in a setting, in a file, or as a word that names a file.
enum GossipKeys {
    /// What `--gossip-key` and `--gossip-key-file` say, the key that seals first; empty when
    /// neither says anything.
    static func configured(_ values: Values, _ console: Console) throws(Stop) -> [SecretKey] {
        var keys =
            values.optionalText("gossip-key").flatMap { SecretKey(text: $0) }.map { [$0] } ?? []
        guard let path = values.optionalText("gossip-key-file") else { return keys }
        let more = try inFile(path, console)
        keys += more.filter { !keys.contains($0) }
        guard !more.isEmpty, keys.count <= Keyring.capacity, Set(keys).count == keys.count else {
            throw Stop(
                "\(path): a node starts with 1 to \(Keyring.capacity) different keys, one a line;"
                    + " here are \(more.count)")
        }
        return keys
    }

    /// One key a line; empty lines and those that begin with `#` say nothing.
    static func inFile(_ path: String, _ console: Console) throws(Stop) -> [SecretKey] {
        let text = String(decoding: try console.readFile(path), as: UTF8.self)
        var keys: [SecretKey] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let word = line.trimmed
            if word.isEmpty || word.hasPrefix("#") { continue }
            guard let key = SecretKey(text: word) else {
                throw Stop(
                    "\(path): line \(index + 1) is no key; a key is 32 bytes as base64 or"
                        + " hexadecimal digits")
            }
            keys.append(key)
        }
        return keys
    }

    /// A word of the command line: `@FILE`, `-` for the standard input, or the key itself.
    static func key(_ word: String, _ console: Console) throws(Stop) -> SecretKey {
        if word == "-" || word.hasPrefix("@") {
            let path = word == "-" ? "/dev/stdin" : String(word.dropFirst())
            let keys = try inFile(path, console)
            guard keys.count == 1 else {
                throw Stop("\(path): holds \(keys.count) keys, one is wanted")
            }
            return keys[0]
        }
        guard let key = SecretKey(text: word) else {
            throw Stop(
                "that is no key; a key is 32 bytes as base64 or hexadecimal digits, and @FILE and"
                    + " `-` read one")
        }
        return key
    }

    /// The name of a key as `keyring list` shows it, or the key itself.
    static func name(_ word: String, _ console: Console) throws(Stop) -> KeyID {
        if let name = KeyID(hex: word) { return name }
        return try key(word, console).id
    }
}

extension ServerConfiguration {
    /// Keys and what they are used for, and whether the two fit.
    mutating func useGossipKeys(_ values: Values, _ console: Console) throws(Stop) {
        gossipKeys = try GossipKeys.configured(values, console)
        guard let word = values.optionalText("gossip-encryption") else { return }
        gossipEncryption = GossipEncryption(rawValue: word)
        if gossipEncryption != .off, gossipKeys.isEmpty, dataDirectory == nil {
            throw Stop(
                "--gossip-encryption \(word) needs a key: give --gossip-key-file FILE; `grepvine"
                    + " keyring generate` makes one")
        }
    }
}
