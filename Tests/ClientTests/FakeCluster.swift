import GrepvineClient
import GrepvineTransport

/// A few scripted nodes that agree on a topology.
struct FakeCluster {
    let nodes: [FakeNode]

    /// By default each node answers reads with its name and accepts writes.
    init(_ count: Int, replicas: Int = 1) throws {
        nodes = try (1...count).map { try FakeNode($0) }
        let topology = topology(epoch: 1, replicas: replicas)
        for node in nodes { node.onRequest(Self.script(node, topology)) }
    }

    var seeds: [Address] { nodes.map(\.address) }

    /// Partition p belongs to the nodes p, p + 1, … modulo their number, `shift` further on.
    func topology(epoch: UInt64, replicas: Int = 1, shift: Int = 0) -> Topology {
        let table = (0..<Partition.count).flatMap { partition in
            (0..<replicas).map { UInt16((partition + $0 + shift) % nodes.count) }
        }
        let topology = Topology(
            cluster: "vines", clusterID: NodeID(high: 9, low: 9), epoch: epoch,
            replicas: replicas, members: nodes.map(\.member), ownerTable: table)
        guard let topology else { preconditionFailure("the fake contradicts itself") }
        return topology
    }

    /// A key whose first owner is `node`.
    func key(ownedBy node: Int, _ salt: Int = 0) -> Key {
        let keys = (salt * 10_000..<(salt + 1) * 10_000).lazy.map { Key("key-\($0)") }
        guard let key = keys.first(where: { Int(Partition(of: $0).number) % nodes.count == node })
        else { preconditionFailure("ten thousand keys miss node \(node)") }
        return key
    }

    /// From now on only questions for the topology are answered.
    func holdData() {
        let topology = topology(epoch: 1, replicas: min(2, nodes.count))
        for node in nodes {
            node.onRequest { $0.isTopology ? .answer(.topology(topology)) : .hold }
        }
    }

    func stop() { for node in nodes { node.stop() } }

    static func script(_ node: FakeNode, _ topology: Topology) -> FakeNode.Script {
        { [name = node.name] exchange in .answer(answer(exchange.request, name, topology)) }
    }

    static func answer(_ request: Request, _ name: String, _ topology: Topology) -> Response {
        switch request {
        case .get: .entry(entry(name))
        case .set, .delete, .expire: .written(receipt)
        case .topology: .topology(topology)
        case .members: .members([])
        case .settings: .settings([SettingValue(name: "name", value: name, origin: "default")])
        case .grep, .grepNext, .grepCancel, .explain, .keyring, .repair, .chaos:
            .failure(Failure(.badRequest, "not here"))
        }
    }

    static let version = Version(clock: HybridClock(rawValue: 77), origin: 7)
    static let receipt = WriteReceipt(version: version, acks: 1, owners: 1)

    static func entry(_ text: String) -> Entry {
        Entry(
            value: Array(text.utf8), contentType: .text, version: version, expiry: nil,
            mayBeStale: false)
    }

    /// An address where nobody listens.
    static func deadAddress() throws -> Address {
        try Listener(Address(host: "127.0.0.1", port: 0)).local.address
    }
}

extension FakeNode.Exchange {
    var isTopology: Bool { request == .topology }
}

extension FakeNode {
    /// The requests so far that are not about the topology.
    var data: [Exchange] { requests.all.filter { !$0.isTopology } }

    var dataRequests: [Request] { data.map(\.request) }

    /// Waits until `stop` has taken effect.
    func isGone() async { await stopped.count(1) }

    /// Waits for `count` requests that are not about the topology.
    @discardableResult
    func data(_ count: Int) async -> [Exchange] {
        let all = await requests.first { $0.filter { !$0.isTopology }.count >= count }
        return all.filter { !$0.isTopology }
    }
}

/// The failure that `body` throws; nil when it throws none.
func thrown<Value>(_ body: () async throws -> Value) async -> Failure? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? Failure
    }
}
