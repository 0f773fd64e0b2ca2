import GrepvineDistCore
import GrepvineGossip

/// What a healthy cluster sends: packets and bytes for each node and second.
package struct TrafficExperiment {
    package let nodes: Int
    package private(set) var packets = 0.0
    package private(set) var bytes = 0.0
    private var largestQueue = 0

    package init(nodes: Int, seconds: Int, seed: UInt64) {
        self.nodes = nodes
        let cluster = MembershipCluster(nodes, configuration: .lan, seed: seed)
        cluster.startFormed()
        cluster.run(for: .seconds(20))
        let before = Self.total(cluster)
        cluster.run(for: .seconds(seconds))
        let after = Self.total(cluster)
        let share = Double(nodes * seconds)
        packets = Double(after.packets - before.packets) / share
        bytes = Double(after.bytes - before.bytes) / share
        largestQueue = cluster.nodes.map { $0?.queuedNews ?? 0 }.max() ?? 0
    }

    private static func total(_ cluster: MembershipCluster) -> TrafficCount {
        cluster.nodes.reduce(into: TrafficCount()) { sum, node in
            let own = node?.statistics.sent.total ?? TrafficCount()
            sum.packets += own.packets
            sum.bytes += own.bytes
        }
    }

    package static func table(_ experiments: [TrafficExperiment]) -> String {
        let rows = experiments.map { experiment in
            [
                "\(experiment.nodes)", decimal(experiment.packets), decimal(experiment.bytes),
                "\(experiment.largestQueue)",
            ]
        }
        return Columns.text([["nodes", "packets/s", "bytes/s", "news waiting"]] + rows)
    }

    private static func decimal(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
