import GrepvineClient
import GrepvineDistCore
import GrepvineTransport

/// The verbs about gossip keys.
extension Command {
    private static let rotation =
        "A rotation is add, use, remove, in this order. Each one works on all nodes through any of"
        + " them and prints what every node holds then; exit code 3 says that some node does not"
        + " hold it yet. Such a node is offered the keyring when it returns."
    private static let proof =
        "A key that the cluster holds now must be given with --gossip-key-file, GREPVINE_GOSSIP_KEY"
        + " or --gossip-key: it proves that you may do this, and what is sent is sealed with it."

    static let keyringGenerate = Command(
        "keyring generate", summary: "Print a new gossip key."
    ) { invocation in
        var text: [UInt8] = []
        Base64.append(SecretKey.random().bytes, to: &text)
        invocation.console.output.write(String(decoding: text, as: UTF8.self) + "\n")
        return .success
    }

    static let keyringList = Command(
        "keyring list", summary: "Print which gossip keys each node holds, by name.",
        details: ["The key with the star seals what is sent; the others are accepted."]
    ) { invocation in
        let report = try await invocation.cluster.proxied.use { try await $0.keyring() }
        return invocation.print(report)
    }

    static let keyringAdd = Command(
        "keyring add", arguments: "KEY|@FILE|-", arity: 1...1,
        summary: "Give all nodes one more gossip key, which they accept from then on.",
        details: [rotation, proof]
    ) { invocation in
        let key = try GossipKeys.key(invocation.arguments[0], invocation.console)
        return try await invocation.change(.add(key.id), adding: key)
    }

    static let keyringUse = Command(
        "keyring use", arguments: "NAME", arity: 1...1,
        summary: "Let all nodes seal with one of their gossip keys.",
        details: [
            rotation,
            "Refused while some node is not known to hold the key, unless --force is given.",
            proof,
        ]
    ) { invocation in
        try await invocation.change(
            .use(try GossipKeys.name(invocation.arguments[0], invocation.console)))
    }

    static let keyringRemove = Command(
        "keyring remove", arguments: "NAME", arity: 1...1,
        summary: "Let all nodes forget a gossip key that does not seal.",
        details: [
            rotation,
            "Refused while some node is not known to seal with another key, unless --force is"
                + " given: what such a node sends would not be heard any more.",
            proof,
        ]
    ) { invocation in
        try await invocation.change(
            .remove(try GossipKeys.name(invocation.arguments[0], invocation.console)))
    }
}

extension Invocation {
    /// Looks at the ring, then changes that very ring.
    fileprivate func change(
        _ operation: KeyringChange.Operation, adding key: SecretKey? = nil
    ) async throws -> ExitCode {
        guard let present = try GossipKeys.configured(values, console).first else {
            throw Stop(
                "a key that the cluster holds is needed: give --gossip-key-file FILE or"
                    + " GREPVINE_GOSSIP_KEY")
        }
        let isForced = command.settings.contains { $0.flag == "force" } && values.toggle("force")
        let report = try await cluster.proxied.use { client in
            let seen = try await client.keyring()
            let cluster = try await client.topology().cluster
            return try await client.change(
                keyring: KeyringChange(operation, base: seen.ring.version, isForced: isForced),
                adding: key, with: present, cluster: cluster)
        }
        return print(report)
    }

    fileprivate func print(_ report: KeyringReport) -> ExitCode {
        console.output.write(
            values.toggle("json") ? KeyringListing.json(report) : KeyringListing.table(report))
        return report.nodes.allSatisfy { $0.standing == .current } ? .success : .partial
    }
}

/// Keyrings as a table for people or JSON for programs. Names of keys, never keys.
enum KeyringListing {
    static func table(_ report: KeyringReport) -> String {
        let rows = report.nodes.map { node in
            [
                node.name, node.standing.rawValue,
                node.ring.map { "\($0.version.number)" } ?? "-",
                node.ring.map(keys) ?? "-", node.id.short,
            ]
        }
        return TextTable.text(
            [["name", "keyring", "version", "keys", "id"]] + rows, leftAligned: 5)
    }

    private static func keys(_ ring: Keyring) -> String {
        ring.keys.map { $0 == ring.primary ? "*\($0)" : "\($0)" }.joined(separator: " ")
    }

    static func json(_ report: KeyringReport) -> String {
        let nodes = report.nodes.map { node in
            "{\"name\":\(JSONText.quoted(node.name)),\"id\":\"\(node.id)\","
                + "\"standing\":\"\(node.standing.rawValue)\","
                + "\"keyring\":\(node.ring.map(json) ?? "null")}"
        }
        return "{\"keyring\":\(json(report.ring)),\"nodes\":[\(nodes.joined(separator: ","))]}\n"
    }

    private static func json(_ ring: Keyring) -> String {
        "{\"version\":\(ring.version.number),\"primary\":\"\(ring.primary)\",\"keys\":["
            + ring.keys.map { "\"\($0)\"" }.joined(separator: ",") + "]}"
    }
}
