import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

/// Gossip keys as people give them: in a setting, in a file, or as a word that names a file.
enum GossipKeys {
    /// What `--gossip-key` or `--gossip-key-file` says; empty when neither does.
    static func configured(_ values: Values, _ console: Console) throws(Stop) -> [SecretKey] {
        let text = values.optionalText("gossip-key")
        guard let path = values.optionalText("gossip-key-file") else {
            return text.flatMap { SecretKey(text: $0) }.map { [$0] } ?? []
        }
        guard text == nil else {
            throw Stop("--gossip-key and --gossip-key-file say the same; give one of them")
        }
        let keys = try inFile(path, console)
        guard (1...Keyring.capacity).contains(keys.count), Set(keys).count == keys.count else {
            throw Stop(
                "\(path): holds \(keys.count) keys, it must hold 1 to \(Keyring.capacity) different"
                    + " ones, one a line")
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
    mutating func useGossipKeys(_ invocation: Invocation) throws(Stop) {
        let values = invocation.values
        gossipKeys = try GossipKeys.configured(values, invocation.console)
        guard let word = values.optionalText("gossip-encryption") else { return }
        gossipEncryption = GossipEncryption(rawValue: word)
        if gossipEncryption != .off, gossipKeys.isEmpty, dataDirectory == nil {
            throw Stop(
                "--gossip-encryption \(word) needs a key: give --gossip-key-file FILE; `grepvine"
                    + " keyring generate` makes one")
        }
    }
}
