import GrepvineClient
import GrepvineDistCore
import GrepvineTransport

/// The verbs about one key.
extension Command {
    static let get = Command(
        "get", arguments: "KEY", arity: 1...1, summary: "Print the value of a key.",
        details: [
            "Prints exactly the bytes of the value; on a terminal a line feed follows when the "
                + "value does not end with one. Exit code 1 means that there is no value."
        ]
    ) { invocation in
        let level = invocation.values.consistency("consistency")
        let version = try invocation.values.version("at-least")
        let entry = try await invocation.cluster.use {
            try await $0.get(invocation.key, consistency: level, atLeast: version)
        }
        guard let entry else { return invocation.absent() }
        let output = invocation.console.output
        if invocation.values.toggle("json") {
            output.write(bytes: EntryText.json(entry, of: invocation.key))
        } else {
            output.write(bytes: entry.value)
            if output.isTerminal, entry.value.last != .lineFeed { output.write("\n") }
        }
        return .success
    }

    static let set = Command(
        "set", arguments: "KEY VALUE|@FILE|-", arity: 2...2, summary: "Write a value.",
        details: [
            "The value is the word itself, the content of a file after @, or what stands on "
                + "standard input for -. A word that begins with @ is written with two."
        ]
    ) { invocation in
        let values = invocation.values
        let value = try ValueSource.bytes(invocation.arguments[1], invocation.console)
        let expiration = values.optionalDuration("ttl").map(Expiration.after) ?? .never
        let version = try values.version("retrying")
        if version != nil, expiration != .never {
            throw Stop("--retrying and --ttl: the time would be another one, write anew")
        }
        let receipt = try await invocation.cluster.carrying(value.count).use {
            try await $0.set(
                invocation.key, value, contentType: .init(name: values.text("type")),
                expiration: expiration, consistency: values.consistency("consistency"),
                retrying: version)
        }
        invocation.console.output.write(
            values.toggle("json")
                ? "{\"version\":\"\(receipt.version)\",\"acks\":\(receipt.acks),"
                    + "\"owners\":\(receipt.owners)}\n"
                : "stored on \(receipt.acks) of \(receipt.owners) owners\n")
        return .success
    }

    static let del = Command(
        "del", arguments: "KEY…", arity: 1...10_000,
        summary: "Delete keys; print how many had a value."
    ) { invocation in
        let level = invocation.values.consistency("consistency")
        let version = try invocation.values.version("retrying")
        guard version == nil || invocation.arguments.count == 1 else {
            throw Stop("--retrying is the version of one write: give one key")
        }
        var deleted = 0
        try await invocation.cluster.use { client in
            for key in invocation.arguments {
                let receipt = try await client.delete(
                    Key(key), consistency: level, retrying: version)
                if receipt.existed { deleted += 1 }
            }
        }
        invocation.console.output.write("\(deleted)\n")
        return deleted > 0 ? .success : .negative
    }

    static let ttl = Command(
        "ttl", arguments: "KEY", arity: 1...1,
        summary: "Print how long a key stays: seconds, or `never`."
    ) { invocation in
        let level = invocation.values.consistency("consistency")
        let time = try await invocation.cluster.use {
            try await $0.ttl(invocation.key, consistency: level)
        }
        switch time {
        case .absent: return invocation.absent()
        case .unlimited: invocation.console.output.write("never\n")
        case .remaining(let time): invocation.console.output.write(EntryText.seconds(time) + "\n")
        }
        return .success
    }

    static let expire = Command(
        "expire", arguments: "KEY DURATION|never", arity: 2...2,
        summary: "Change when a key expires, and nothing else."
    ) { invocation in
        let level = invocation.values.consistency("consistency")
        let word = invocation.arguments[1]
        let time = DurationText.parse(word)
        guard time != nil || word == "never" else {
            throw Stop("`\(word)` is no time: write `never`, or a number and ms, s, m, h or d")
        }
        let receipt = try await invocation.cluster.use { client in
            if let time {
                try await client.expire(invocation.key, after: time, consistency: level)
            } else {
                try await client.persist(invocation.key, consistency: level)
            }
        }
        return receipt.existed ? .success : invocation.absent()
    }
}

extension Values {
    fileprivate func version(_ flag: String) throws(Stop) -> Version? {
        guard let text = optionalText(flag) else { return nil }
        guard let version = Version(text) else {
            throw Stop("--\(flag): `\(text)` is no version: write one as Grepvine printed it")
        }
        return version
    }
}

extension Invocation {
    /// The answer is no, and a person is told so.
    fileprivate func absent() -> ExitCode {
        console.say("grepvine: \(key) has no value")
        return .negative
    }
}

extension ContentType {
    /// The words that `set --type` takes; anything else is bytes.
    init(name: String) {
        switch name {
        case "json": self = .json
        case "text": self = .text
        default: self = .bytes
        }
    }

    var name: String {
        switch self {
        case .json: "json"
        case .text: "text"
        default: "bytes"
        }
    }
}

/// Where the value of `set` comes from.
enum ValueSource {
    static func bytes(_ word: String, _ console: Console) throws(Stop) -> [UInt8] {
        if word == "-" { return try console.readFile("/dev/stdin") }
        guard word.hasPrefix("@") else { return Array(word.utf8) }
        let rest = String(word.dropFirst())
        return rest.hasPrefix("@") ? Array(rest.utf8) : try console.readFile(rest)
    }
}

/// Entries as text.
enum EntryText {
    /// One JSON object and a line feed. A value that is no UTF-8 is in base64.
    static func json(_ entry: Entry, of key: Key) -> [UInt8] {
        var bytes = Array("{\"key\":".utf8)
        JSONText.appendData(key.bytes, to: &bytes)
        bytes += ",\"value\":".utf8
        JSONText.appendData(entry.value, to: &bytes)
        let expiry = entry.expiry.map { "\($0.milliseconds)" } ?? "null"
        bytes += ",\"type\":\"\(entry.contentType.name)\",\"version\":\"\(entry.version)\"".utf8
        bytes += ",\"expiry\":\(expiry),\"mayBeStale\":\(entry.mayBeStale)}\n".utf8
        return bytes
    }

    /// With three decimals, so that it sorts and never says more than is known.
    static func seconds(_ time: Duration) -> String {
        let (whole, rest) = time.wholeMilliseconds.quotientAndRemainder(dividingBy: 1000)
        let digits = String(rest)
        return "\(whole)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
