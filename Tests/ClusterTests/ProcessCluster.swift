import Foundation
import Glibc
import GrepvineClient
import Testing

/// Some nodes of one cluster, each a process of its own.
final class ProcessCluster {
    /// How one node is started.
    struct Plan {
        var name: String
        var port: UInt16
        var respPort: UInt16
        var httpPort: UInt16
        /// What comes behind ports and name.
        var words: [String]
        var environment: [String: String] = [:]

        var address: Address { Address(host: "127.0.0.1", port: port) }

        var allWords: [String] {
            [
                "serve", "--name", name, "--port", "\(port)", "--resp-port", "\(respPort)",
                "--http-port", "\(httpPort)",
            ] + words
        }
    }

    let directory: TemporaryDirectory
    var plans: [Plan]
    private(set) var processes: [ServerProcess?]

    private init(_ plans: [Plan]) throws {
        directory = try TemporaryDirectory()
        self.plans = plans
        processes = plans.map { _ in nil }
    }

    /// Runs `body` with `count` nodes that were told of one another, and ends them.
    static func run(
        _ count: Int = 3, words: [String] = [], starting: Bool = true,
        _ body: (ProcessCluster) async throws -> Void
    ) async throws {
        let ports = try LoopbackPort.free(count * 3)
        let seeds = (0..<count).map { "127.0.0.1:\(ports[$0])" }
        let plans = (0..<count).map { index in
            // Each node sees the seeds in another order.
            let own = (0..<count).map { seeds[($0 + index) % count] }.joined(separator: ",")
            let joining = count > 1 ? ["--seeds", own, "--expect", "\(count)"] : []
            return Plan(
                name: "n\(index + 1)", port: ports[index], respPort: ports[count + index],
                httpPort: ports[2 * count + index],
                words: joining + ["--gossip-preset", "local"] + words)
        }
        let cluster = try ProcessCluster(plans)
        do {
            if starting {
                for index in 0..<count { try cluster.start(index) }
                try await cluster.waitReady()
            }
            try await body(cluster)
        } catch {
            for index in 0..<count {
                print("--- log of n\(index + 1)\n\(cluster.log(index).suffix(6000))")
            }
            for process in cluster.processes { process?.kill9() }
            throw error
        }
        for process in cluster.processes { process?.kill9() }
    }

    func start(_ index: Int) throws {
        precondition(processes[index]?.exitCode != nil || processes[index] == nil)
        let plan = plans[index]
        processes[index] = try ServerProcess(
            plan.allWords, environment: plan.environment, log: logPath(index))
    }

    func waitReady(_ indices: [Int]? = nil, within limit: Duration = .seconds(30)) async throws {
        for index in indices ?? Array(plans.indices) {
            try await eventually("\(plans[index].name) is ready", within: limit) {
                try self.http(index, "/readyz").status == 200
            }
        }
    }

    func kill9(_ index: Int) { processes[index]?.kill9() }

    func stop(_ index: Int) { processes[index]?.signal(SIGSTOP) }

    func cont(_ index: Int) { processes[index]?.signal(SIGCONT) }

    func restart(_ index: Int) async throws {
        kill9(index)
        try start(index)
        try await waitReady([index])
    }

    func log(_ index: Int) -> String {
        (try? String(contentsOfFile: logPath(index), encoding: .utf8)) ?? ""
    }

    func process(_ index: Int) throws -> ServerProcess {
        try #require(processes[index])
    }

    private func logPath(_ index: Int) -> String {
        directory.path + "/\(plans[index].name).log"
    }

    func redis(_ index: Int, timeout: Duration = .seconds(8)) throws -> RedisConnection {
        try RedisConnection(port: plans[index].respPort, timeout: timeout)
    }

    /// A client that sends everything to this node.
    func proxy(_ index: Int) -> ClientConfiguration {
        ClientConfiguration(proxy: plans[index].address)
    }

    /// A client that routes by itself.
    var direct: ClientConfiguration { ClientConfiguration(seeds: plans.map(\.address)) }

    func http(_ index: Int, _ path: String) throws -> (status: Int, body: String) {
        let socket = try TCPSocket(port: plans[index].httpPort, timeout: .seconds(2))
        try socket.write(
            Array("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8))
        let text = String(decoding: try socket.readToEnd(), as: UTF8.self)
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let body = text.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first ?? ""
        return (status, String(body))
    }
}
