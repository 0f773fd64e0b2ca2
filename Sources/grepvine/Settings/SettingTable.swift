/// Every setting of every command. Order here is the order in help and in `config show`.
extension Setting {
    static let all: [Setting] =
        serve + chaos + repair + gossip + connection + grep + load + bench + general

    static func taken(by command: String) -> [Setting] {
        all.filter { $0.commands.contains(command) }
    }

    private static let serving = ["serve", "config show"]
    private static let nodes = ["serve", "dev", "config show"]
    private static let levels = ["one", "quorum", "all"]

    private static let serve: [Setting] = [
        Setting(
            key: "name", .text("NAME"), default: .hostAndPort, .node, for: serving,
            "What people and logs call the node; unique in its cluster. Default: the host's name "
                + "and the port."),
        Setting(
            key: "listen", .text("HOST"), default: .text("127.0.0.1"), .node, for: nodes,
            "Address to listen on, for every port."),
        Setting(
            key: "port", .port, default: .text("7946"), .node, for: nodes,
            "RPC on TCP and gossip on UDP."),
        Setting(
            key: "resp.port", .optionalPort, default: .text("7379"), .node, for: nodes,
            "Redis protocol; 0 for none."),
        Setting(
            key: "http.port", .optionalPort, default: .text("8379"), .node, for: nodes,
            "HTTP: health, metrics, grep; 0 for none."),
        Setting(
            key: "advertise", .text("HOST"), default: .same(as: "listen"), .node, for: serving,
            "Address that others use to reach this node."),
        Setting(
            key: "resp.mode", .choice(["proxy", "cluster"]), default: .text("proxy"), .node,
            for: nodes,
            "proxy: any node serves any key. cluster: a node that does not own the key answers "
                + "MOVED."),
        Setting(
            key: "zone", .text("NAME"), default: .text(""), .node, for: serving,
            "Failure zone: replicas go to different zones while there are enough."),
        Setting(
            key: "host.label", .text("NAME"), default: .hostName, .node, for: serving,
            "Nodes with one label share a machine, and no two replicas do while another is free."),
        Setting(
            key: "compression", .choice(["none", "zones", "all"]), default: .text("zones"), .node,
            for: nodes,
            "Which peers are sent bodies above a kilobyte as zlib data: none, those of another "
                + "zone, or all. Costs processor time, worth it where the network is slow or paid."
        ),
        Setting(
            key: "cluster", .text("NAME"), default: .text("grepvine"), .cluster, for: nodes,
            "Nodes of another cluster name are refused."),
        Setting(
            key: "seeds", .list(.address), default: .text(""), .cluster, for: serving,
            "Nodes to join. None: form a cluster of one at once."),
        Setting(
            key: "expect", .integer(1...1000), default: .none, .cluster, for: serving,
            "Form a new cluster once this many nodes see one another. Without it a node with "
                + "seeds only joins."),
        Setting(
            key: "replicas", .integer(1...7), default: .text("3"), .cluster, for: nodes,
            "Owners of each key."),
        Setting(
            key: "read.consistency", .choice(levels), default: .text("quorum"), .cluster,
            for: nodes, "Owners that must answer a read that does not say."),
        Setting(
            key: "write.consistency", .choice(levels), default: .text("quorum"), .cluster,
            for: nodes, "Owners that must hold a write that does not say."),
        Setting(
            key: "gossip.preset", .choice(["local", "lan", "wan"]), default: .text("lan"),
            .cluster, for: nodes,
            "Pace of failure detection: several nodes on one machine, one site, several sites."),
        Setting(
            key: "gossip.encryption", .choice(["off", "accept", "prefer", "require"]),
            default: .none, .cluster, for: serving,
            "off: in clear. accept: sends in clear, takes both. prefer: sends sealed, takes both. "
                + "require: sealed only. Default: require with a key, off without."),
        Setting(
            key: "gossip.key", .secretKey, default: .none, .cluster,
            for: serving + ["keyring add", "keyring use", "keyring remove"], isSecret: true,
            "Key that seals gossip: 32 bytes as base64 or hexadecimal digits. A file or the "
                + "environment hides it better than a flag."),
        Setting(
            key: "gossip.keyFile", .text("FILE"), default: .none, .cluster,
            for: serving + ["keyring add", "keyring use", "keyring remove"],
            "File with one to three keys, one a line. The first one seals, unless --gossip-key "
                + "gives one; all are accepted."),
        Setting(
            key: "data", .text("DIR"), default: .none, .storage, for: serving,
            "Keep here what the node must remember, its identity and the topology. Records stay in "
                + "memory."),
        Setting(
            key: "fsync", .choice(["always", "batch", "off"]), default: .text("batch"), .storage,
            for: serving,
            "Whether the files under --data are synced. For what they hold today always and batch "
                + "are the same."),
        Setting(
            key: "grep.index", .choice(["on", "off"]), default: .text("on"), .storage, for: nodes,
            "Whether quiet data gets an index in memory for greps, about a sixth of its size. "
                + "Without one a grep finds the same and reads everything."),
        Setting(
            key: "grep.maxBytes", .bytes(1...(1 << 50)), default: .none, .limits, for: nodes,
            "Bytes that one grep may look at on this node. Default: no bound."),
        Setting(
            key: "grep.maxConcurrent", .integer(1...10_000), default: .text("64"), .limits,
            for: nodes,
            "Greps that the node answers at once, and searches of its replicas that it runs or "
                + "keeps waiting; past it greps are refused as overloaded."),
        Setting(
            key: "max.memory", .bytes((16 << 20)...(1 << 46)), default: .text("1g"), .limits,
            for: nodes, "Bytes of records and indexes. --eviction says what happens there."),
        Setting(
            key: "eviction", .choice(["noeviction", "s3fifo"]), default: .text("noeviction"),
            .limits, for: nodes,
            "At the memory limit noeviction refuses writes as overloaded; s3fifo lets go of what "
                + "has expired and of what nobody read lately, first seen first gone. The same on "
                + "all nodes."),
        Setting(
            key: "max.valueSize", .bytes(1...(512 << 20)), default: .text("8m"), .limits,
            for: nodes + ["load"], "Largest value."),
        Setting(
            key: "max.connections", .integer(1...1_000_000), default: .text("10000"), .limits,
            for: nodes, "Clients at once, over all ports."),
        Setting(
            key: "client.patience", .duration(.milliseconds(100)...(.seconds(3600))),
            default: .text("30s"), .limits, for: nodes,
            "Longest that a client may take to finish what it began to say, or to take its "
                + "answers; then it is cut off."),
        Setting(
            key: "log.format", .choice(["auto", "text", "json"]), default: .text("auto"), .logs,
            for: nodes, "auto: text on a terminal, JSON otherwise."),
        Setting(
            key: "log.level", .choice(["debug", "info", "warning", "error"]),
            default: .text("info"), .logs, for: nodes, "The least that is logged."),
    ]

    private static let clients =
        [
            "get", "set", "del", "ttl", "expire", "grep", "members", "explain", "repair", "load",
            "bench", "keyring list", "keyring add", "keyring use", "keyring remove", "await-sync",
        ] + chaosCommands

    private static let connection: [Setting] = [
        Setting(
            key: "server", .list(.address), default: .text("127.0.0.1:7946"), .connection,
            for: clients, "Nodes to ask, first to last; one that answers is enough."),
        Setting(
            flag: "server", .address, .connection, for: ["config show"],
            "Show the settings of this running node instead."),
        Setting(
            key: "timeout", .duration(.milliseconds(1)...(.seconds(86_400))),
            default: .text("5s"), .connection,
            for: clients.filter { $0 != "grep" && $0 != "await-sync" } + ["config show"],
            "Longest wait for one answer."),
        Setting(
            flag: "timeout", .duration(.milliseconds(1)...(.seconds(86_400))),
            default: .text("30s"), .connection, for: ["grep"],
            "Longest wait for the whole search."),
        Setting(
            flag: "timeout", .duration(.milliseconds(1)...(.seconds(86_400))),
            default: .text("60s"), .connection, for: ["await-sync"],
            "Longest wait for all owners to hold the same."),
        Setting(
            key: "consistency", .choice(levels), default: .none, .connection,
            for: ["get", "set", "del", "ttl", "expire", "load", "bench"],
            "Owners that must answer. Default: the node's own."),
        Setting(
            flag: "nodes", .integer(1...9), default: .text("3"), .general, for: ["dev"],
            "How many nodes; ports count up from the first node's."),
        Setting(
            flag: "ttl", .duration(.milliseconds(1)...(.seconds(1 << 30))), .general,
            for: ["set"], "Time until the key expires. Default: never."),
        Setting(
            flag: "force", .toggle, .general, for: ["keyring use", "keyring remove"],
            "Go on although some node has not confirmed the keyring; it may be cut off."),
        Setting(
            flag: "retrying", .text("VERSION"), .general, for: ["set", "del"],
            "Once more what may have been written: the version that the failure named. Written "
                + "once whatever happened before, and never over something newer."),
        Setting(
            flag: "at-least", .text("VERSION"), .general, for: ["get"],
            "Nothing older than this version, which --json shows, whatever the level."),
        Setting(
            flag: "partition", .integer(0...1023), .general, for: ["repair"],
            "Only this partition, as `explain KEY` names it. Default: all."),
        Setting(
            flag: "watch", .toggle, .general, for: ["repair"],
            "Print progress and wait until all owners that can be reached hold the same."),
        Setting(
            flag: "type", .choice(["bytes", "text", "json"]), default: .text("text"), .general,
            for: ["set"], "How readers should take the value."),
    ]

    private static let general: [Setting] = [
        Setting(
            flag: "json", .toggle, .output,
            for: [
                "get", "set", "members", "explain", "repair", "await-sync", "config show", "bench",
                "load", "version",
                "keyring list", "keyring add", "keyring use", "keyring remove",
            ] + chaosCommands,
            "Machine-readable output."),
        Setting(
            flag: "color", .choice(["auto", "always", "never"]), default: .text("auto"), .output,
            for: ["grep", "members"],
            "auto: on a terminal, as NO_COLOR, CLICOLOR_FORCE and TERM allow."),
        Setting(
            flag: "config", .text("FILE"), .general, for: clients + nodes,
            "JSON file of settings; comments are allowed. Also GREPVINE_CONFIG."),
    ]
}
