import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

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
        let first = ServerConfiguration(common: values)
        let highest = max(first.port, first.respPort ?? 0, first.httpPort ?? 0)
        guard Int(highest) + count - 1 <= Int(UInt16.max) else {
            throw Stop("\(count) nodes need ports from \(highest) up, and the last is 65535")
        }
        let seeds = (0..<count).map {
            Address(host: first.listenHost, port: first.port + UInt16($0))
        }
        return try (0..<count).map { index in
            let configuration = configuration(first, index, seeds: seeds)
            return try Server(
                configuration, log: LogWriter(values, name: configuration.node.name))
        }
    }

    /// The node at `index`: its own name and ports, and what `config show` says of them.
    private static func configuration(
        _ first: ServerConfiguration, _ index: Int, seeds: [Address]
    ) -> ServerConfiguration {
        var configuration = first
        configuration.port += UInt16(index)
        configuration.respPort = first.respPort.map { $0 + UInt16(index) }
        configuration.httpPort = first.httpPort.map { $0 + UInt16(index) }
        configuration.node.name = "n\(index + 1)"
        configuration.node.seeds = seeds.count == 1 ? [] : seeds
        configuration.node.expected = seeds.count == 1 ? nil : seeds.count
        let own = [
            "port": "\(configuration.port)", "resp.port": "\(configuration.respPort ?? 0)",
            "http.port": "\(configuration.httpPort ?? 0)", "name": configuration.node.name,
        ]
        for place in configuration.node.settings.indices {
            guard let value = own[configuration.node.settings[place].name] else { continue }
            configuration.node.settings[place].value = value
            configuration.node.settings[place].origin = "dev"
        }
        return configuration
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
