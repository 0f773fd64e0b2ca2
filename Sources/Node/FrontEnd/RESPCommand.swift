import GrepvineDistCore

/// One command of the Redis face, declared once: dispatch, arity checks, COMMAND and its
/// documentation follow from the table.
struct RESPCommandSpec {
    let verb: RESPVerb
    /// Arguments with the name: exactly so many, or at least −n when negative.
    let arity: Int
    let isWrite: Bool
    /// First key, last key (−1: the last argument) and step; 0 for no keys.
    let keys: (first: Int, last: Int, step: Int)
    let group: String
    let summary: String

    init(
        _ verb: RESPVerb, _ arity: Int, _ group: String, _ summary: String, write: Bool = false,
        keys: (Int, Int, Int) = (0, 0, 0)
    ) {
        self.verb = verb
        self.arity = arity
        isWrite = write
        self.keys = keys
        self.group = group
        self.summary = summary
    }

    var name: String { verb.rawValue }

    func accepts(arguments count: Int) -> Bool { arity >= 0 ? count == arity : count >= -arity }
}

/// What clients may say.
enum RESPVerb: String, CaseIterable {
    case get, set, setex, psetex, mget, mset, del, unlink, exists, touch, strlen, type
    case ttl, pttl, expiretime, pexpiretime, expire, pexpire, expireat, pexpireat, persist
    case dbsize, scan
    case grep
    case ping, echo, hello, auth, client, select, reset, quit, readonly, readwrite, asking
    case consistency
    case command, info, config, time, role, cluster, explain

    static let table: [RESPCommandSpec] = [
        RESPCommandSpec(.get, 2, "string", "The value of a key.", keys: (1, 1, 1)),
        RESPCommandSpec(
            .set, -3, "string", "Sets a value: EX, PX, EXAT, PXAT or KEEPTTL.", write: true,
            keys: (1, 1, 1)),
        RESPCommandSpec(
            .setex, 4, "string", "Sets a value that expires in seconds.", write: true,
            keys: (1, 1, 1)),
        RESPCommandSpec(
            .psetex, 4, "string", "Sets a value that expires in milliseconds.", write: true,
            keys: (1, 1, 1)),
        RESPCommandSpec(.mget, -2, "string", "The values of keys.", keys: (1, -1, 1)),
        RESPCommandSpec(
            .mset, -3, "string", "Sets keys, each on its own.", write: true, keys: (1, -1, 2)),
        RESPCommandSpec(.strlen, 2, "string", "The length of a value.", keys: (1, 1, 1)),
        RESPCommandSpec(
            .del, -2, "generic", "Deletes keys, each on its own.", write: true, keys: (1, -1, 1)),
        RESPCommandSpec(
            .unlink, -2, "generic", "The same as DEL.", write: true, keys: (1, -1, 1)),
        RESPCommandSpec(.exists, -2, "generic", "How many keys exist.", keys: (1, -1, 1)),
        RESPCommandSpec(.touch, -2, "generic", "How many keys exist.", keys: (1, -1, 1)),
        RESPCommandSpec(.type, 2, "generic", "string or none.", keys: (1, 1, 1)),
        RESPCommandSpec(.ttl, 2, "generic", "Seconds until a key expires.", keys: (1, 1, 1)),
        RESPCommandSpec(.pttl, 2, "generic", "Milliseconds until it expires.", keys: (1, 1, 1)),
        RESPCommandSpec(
            .expiretime, 2, "generic", "When a key expires, in seconds.", keys: (1, 1, 1)),
        RESPCommandSpec(
            .pexpiretime, 2, "generic", "When it expires, in milliseconds.", keys: (1, 1, 1)),
        RESPCommandSpec(
            .expire, -3, "generic", "Lets a key expire in seconds.", write: true, keys: (1, 1, 1)),
        RESPCommandSpec(
            .pexpire, -3, "generic", "Lets it expire in milliseconds.", write: true,
            keys: (1, 1, 1)),
        RESPCommandSpec(
            .expireat, -3, "generic", "Lets it expire at a time in seconds.", write: true,
            keys: (1, 1, 1)),
        RESPCommandSpec(
            .pexpireat, -3, "generic", "Lets it expire at a time in milliseconds.", write: true,
            keys: (1, 1, 1)),
        RESPCommandSpec(
            .persist, 2, "generic", "Lets a key stay.", write: true, keys: (1, 1, 1)),
        RESPCommandSpec(.dbsize, 1, "server", "How many live keys the cluster has."),
        RESPCommandSpec(.scan, -2, "generic", "Walks the keys: MATCH, COUNT and TYPE."),
        RESPCommandSpec(
            .grep, -2, "grepvine",
            "Lines of all documents that match a pattern, and how complete they are: "
                + GrepOption.table.map { $0.name.uppercased() }.joined(separator: ", ") + "."),
        RESPCommandSpec(.ping, -1, "connection", "Answers PONG."),
        RESPCommandSpec(.echo, 2, "connection", "Answers its argument."),
        RESPCommandSpec(.hello, -1, "connection", "Chooses the protocol, 2 or 3."),
        RESPCommandSpec(.auth, -2, "connection", "There are no users yet."),
        RESPCommandSpec(.client, -2, "connection", "About this connection."),
        RESPCommandSpec(.select, 2, "connection", "There is database 0."),
        RESPCommandSpec(.reset, 1, "connection", "As if the connection were new."),
        RESPCommandSpec(.quit, -1, "connection", "Closes the connection."),
        RESPCommandSpec(.readonly, 1, "cluster", "Accepted; every owner answers reads."),
        RESPCommandSpec(.readwrite, 1, "cluster", "Accepted; every owner answers reads."),
        RESPCommandSpec(.asking, 1, "cluster", "Accepted; it changes nothing."),
        RESPCommandSpec(
            .consistency, -1, "grepvine", "ONE, QUORUM or ALL for this connection."),
        RESPCommandSpec(
            .explain, 2, "grepvine", "Slot, partition, owners and route of a key."),
        RESPCommandSpec(.command, -1, "server", "About the commands."),
        RESPCommandSpec(.info, -1, "server", "About the node."),
        RESPCommandSpec(.config, -2, "server", "GET: settings under Redis's names."),
        RESPCommandSpec(.time, 1, "server", "The node's wall clock."),
        RESPCommandSpec(.role, 1, "server", "master: every node is equal."),
        RESPCommandSpec(.cluster, -2, "cluster", "SLOTS, SHARDS, NODES, INFO, MYID, KEYSLOT."),
    ]

    private static let byName = Dictionary(
        uniqueKeysWithValues: table.map { ($0.name, $0) })

    /// The command of this name in any case.
    static func spec(_ name: UnsafeRawBufferPointer) -> RESPCommandSpec? {
        guard name.count <= 16 else { return nil }
        return byName[String(decoding: name, as: UTF8.self).lowercased()]
    }
}
