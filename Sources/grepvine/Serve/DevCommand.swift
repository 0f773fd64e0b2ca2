import GrepvineDistCore
import GrepvineNode

extension Command {
    static let dev = Command(
        "dev", summary: "Run a cluster of several nodes on loopback, to try things.",
        details: [
            "Real nodes on real sockets in one process. Ports count up from --port, --resp-port"
                + " and --http-port; memory is all that they have."
        ]
    ) { invocation in
        let servers = try DevCluster.servers(invocation.values)
        StopSignals.watch { for server in servers { server.stop() } }
        let threads = servers.map { server in
            WorkerThread(server.configuration.node.name) { server.run() }
        }
        invocation.console.output.write(DevCluster.welcome(servers))
        _ = invocation.console.output.flush()
        for thread in threads { thread.join() }
        return .success
    }
}

enum DevCluster {
    static func servers(_ values: Values) throws -> [Server] {
        let count = values.integer("nodes")
        let seeds = (0..<count).map {
            Address(host: values.text("listen"), port: values.port("port") + UInt16($0))
        }
        return try (0..<count).map { index in
            var configuration = ServerConfiguration()
            configuration.listenHost = values.text("listen")
            configuration.port = values.port("port") + UInt16(index)
            configuration.respPort = values.optionalPort("resp-port").map { $0 + UInt16(index) }
            configuration.httpPort = values.optionalPort("http-port").map { $0 + UInt16(index) }
            configuration.maximumConnections = values.integer("max-connections")
            configuration.node.name = "n\(index + 1)"
            configuration.node.cluster = values.text("cluster")
            configuration.node.seeds = count == 1 ? [] : seeds
            configuration.node.expected = count == 1 ? nil : count
            configuration.node.replicas = values.integer("replicas")
            configuration.node.readConsistency = values.consistency("read-consistency") ?? .quorum
            configuration.node.writeConsistency =
                values.consistency("write-consistency") ?? .quorum
            configuration.node.respMode =
                NodeConfiguration.RESPMode(rawValue: values.text("resp-mode")) ?? .proxy
            configuration.node.limits.memory = values.byteCount("max-memory")
            configuration.node.limits.value = values.byteCount("max-value-size")
            configuration.node.settings = values.listed
            configuration.node.use(gossipPreset: values.text("gossip-preset"))
            return try Server(
                configuration, log: LogWriter(values, name: configuration.node.name))
        }
    }

    /// What to try next, with the ports that are really bound.
    static func welcome(_ servers: [Server]) -> String {
        let first = servers[0]
        let lines = servers.map { server in
            "  \(server.configuration.node.name)  \(server.address)"
                + (server.respPort == 0 ? "" : "  redis-cli -p \(server.respPort)")
                + (server.httpPort == 0 ? "" : "  http port \(server.httpPort)")
        }
        return """
            \(servers.count) nodes:
            \(lines.joined(separator: "\n"))

            try, in another terminal:
              grepvine set greeting hello --server \(first.address)
              grepvine load /usr/share/doc --server \(first.address)
              grepvine grep -i 'free software' --server \(first.address)

            Ctrl-C ends them.

            """
    }
}
