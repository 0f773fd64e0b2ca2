import GrepvineDistCore
import GrepvineGossip
import GrepvineNode

extension Command {
    static let serve = Command(
        "serve", summary: "Run a node.",
        details: [
            "Without seeds the node forms a cluster of one at once. With --seeds and --expect N"
                + " it waits until N nodes see one another. With --seeds alone it looks for the"
                + " cluster that it belongs to.",
            "SIGTERM or SIGINT ends the node; a second one ends it at once.",
        ]
    ) { invocation in
        var configuration = try ServerConfiguration(invocation.values)
        try configuration.useGossipKeys(invocation.values, invocation.console)
        let server = try Server(
            configuration, log: LogWriter(invocation.values, name: configuration.node.name))
        StopSignals.watch { server.stop() }
        server.run()
        if let failure = server.failure { throw Stop(failure) }
        return .success
    }
}

extension ServerConfiguration {
    /// What the settings of `serve` say.
    init(_ values: Values) throws(Stop) {
        self.init(common: values)
        advertisedHost = values.optionalText("advertise")
        dataDirectory = values.optionalText("data")
        fsync = FsyncPolicy(rawValue: values.optionalText("fsync") ?? "batch") ?? .batch
        node.name = values.optionalText("name") ?? ""
        node.seeds = values.addresses("seeds")
        node.expected = values.optionalInteger("expect")
        node.zone = values.optionalText("zone") ?? ""
        node.host = values.optionalText("host-label") ?? ""
        try check()
    }

    /// What `serve` and `dev` have in common.
    init(common values: Values) {
        self.init()
        listenHost = values.text("listen")
        port = values.port("port")
        respPort = values.optionalPort("resp-port")
        httpPort = values.optionalPort("http-port")
        maximumConnections = values.integer("max-connections")
        patience = values.duration("client-patience")
        node.cluster = values.text("cluster")
        node.replicas = values.integer("replicas")
        node.readConsistency = values.consistency("read-consistency") ?? .quorum
        node.writeConsistency = values.consistency("write-consistency") ?? .quorum
        node.respMode = NodeConfiguration.RESPMode(rawValue: values.text("resp-mode")) ?? .proxy
        node.compression =
            NodeConfiguration.Compression(rawValue: values.text("compression")) ?? .zones
        node.indexesForGrep = values.text("grep-index") == "on"
        node.limits.searchBytes = values.optionalByteCount("grep-max-bytes")
        node.limits.grepStreams = values.integer("grep-max-concurrent")
        node.limits.searches = node.limits.grepStreams
        node.limits.memory = values.byteCount("max-memory")
        node.limits.eviction = Eviction(rawValue: values.text("eviction")) ?? .noeviction
        node.limits.value = values.byteCount("max-value-size")
        node.repair = RepairSettings(values)
        node.hints = HintSettings(values)
        node.allowsChaos = values.toggle("enable-chaos")
        node.settings = values.listed
        node.gossip = GossipConfiguration(values)
    }

    /// Relations between settings that no single one can see.
    private func check() throws(Stop) {
        if node.expected != nil, node.seeds.isEmpty {
            throw Stop("--expect needs --seeds: nodes that expect others must know where to look")
        }
        if ["0.0.0.0", "::"].contains(listenHost),
            advertisedHost == nil || advertisedHost == listenHost
        {
            throw Stop(
                "--listen \(listenHost) is every address, which others cannot connect to; say"
                    + " with --advertise HOST where they reach this node")
        }
        if node.gossip.probeTimeout * 2 > node.gossip.probeInterval {
            throw Stop(
                "--gossip-probe-timeout is \(DurationText.text(node.gossip.probeTimeout)), more"
                    + " than half of --gossip-probe-interval,"
                    + " \(DurationText.text(node.gossip.probeInterval)): others need as long again")
        }
        if node.limits.value > Server.largestValue {
            throw Stop(
                "--max-value-size is \(node.limits.value) bytes, the most is"
                    + " \(Server.largestValue)")
        }
    }
}

extension Values {
    /// Nil for 0: none.
    func optionalPort(_ flag: String) -> UInt16? {
        let port = port(flag)
        return port == 0 ? nil : port
    }
}

extension LogWriter {
    init(_ values: Values, name: String) {
        self.init(
            node: name, format: Format(rawValue: values.text("log-format")),
            minimum: LogEvent.Level(name: values.text("log-level")) ?? .info)
    }
}
