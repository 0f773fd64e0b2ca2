import GrepvineDistCore
import GrepvineGossip

/// Faults that a cluster must get over by itself, one seed at a time.
package enum HealingExperiment {
    /// Halves that cannot hear each other for so long; then how long until all nodes have one view.
    /// Nil when that takes more than 30 s (S3). Without streams, so that nothing but probes heals.
    package static func partition(
        nodes: Int, lasting time: Duration, seed: UInt64
    ) -> Duration? {
        let cluster = MembershipCluster(
            nodes, configuration: .lan, seed: seed, hasStreams: false)
        cluster.delay = 100_000...20_000_000
        cluster.loss = 0.01
        cluster.startFormed()
        cluster.keepEverybody()
        cluster.run(for: .seconds(10))
        var dice = SeededGenerator(seed: seed ^ 0x9a17)
        let order = Array(0..<nodes).shuffled(using: &dice)
        var groups = Array(repeating: 0, count: nodes)
        for index in order.prefix(nodes / 2) { groups[index] = 1 }
        cluster.regroup(groups)
        cluster.run(for: time)
        let halves = [0, 1].map { half in (0..<nodes).filter { groups[$0] == half } }
        // Each half must have given up the other, or there is nothing to heal.
        guard
            halves.allSatisfy({ half in
                half.allSatisfy { cluster.nodes[$0]?.liveCount == half.count }
            })
        else { return nil }
        cluster.regroup(Array(repeating: 0, count: nodes))
        return cluster.run(atMost: .seconds(30)) { cluster.agree(Array(0..<nodes)) }
    }

    /// Every node is killed at once and all but one come back, each with the topology that it
    /// stored. How long until all have one view, in which nobody of the earlier life is left, nor
    /// the one that stayed away; nil when that takes more than a minute, or does not last.
    package static func massRestart(nodes: Int, seed: UInt64) -> Duration? {
        let cluster = MembershipCluster(
            nodes, configuration: .lan, seed: seed, hasStreams: false)
        cluster.loss = 0.02
        cluster.startFormed()
        cluster.keepEverybody()
        cluster.run(for: .seconds(5))
        // Words of the earlier life are still on their way when the next one begins.
        cluster.delay = 100_000...5_000_000_000
        cluster.run(for: .seconds(5))
        for index in 0..<nodes { cluster.crash(index) }
        cluster.delay = 100_000...20_000_000
        var dice = SeededGenerator(seed: seed ^ 0x4e57)
        let absent = Int.random(in: 0..<nodes, using: &dice)
        let present = (0..<nodes).filter { $0 != absent }
        for index in present.shuffled(using: &dice) {
            cluster.start(index, seeds: [], remembering: cluster.topology())
            cluster.run(for: .milliseconds(Int64.random(in: 0...200, using: &dice)))
        }
        cluster.keepEverybody()
        let time = cluster.run(atMost: .seconds(60)) { cluster.agree(present) }
        cluster.run(for: .seconds(30))
        let isClean =
            cluster.agree(present)
            && present.allSatisfy { index in
                cluster.nodes[index]?.members.allSatisfy {
                    $0.liveness != .alive || $0.bootEpoch == 2
                } == true
            }
        return isClean ? time : nil
    }

    /// Two halves of one cluster start while the network is cut between them, and have never heard
    /// of each other in this life; how long after it is whole until all have one view.
    package static func bootedApart(nodes: Int, seed: UInt64) -> Duration? {
        let cluster = MembershipCluster(
            nodes, configuration: .lan, seed: seed, hasStreams: false)
        cluster.groups = (0..<nodes).map { $0 * 2 / nodes }
        for index in 0..<nodes { cluster.start(index, remembering: cluster.topology()) }
        cluster.keepEverybody()
        cluster.run(for: .seconds(120))
        cluster.regroup(Array(repeating: 0, count: nodes))
        return cluster.run(atMost: .seconds(30)) { cluster.agree(Array(0..<nodes)) }
    }

    package static func summary(_ times: [Duration], failed: [UInt64]) -> String {
        let head = ["seeds", "held", "one view after p50", "p99", "max"]
        let row = ["\(times.count + failed.count)", "\(times.count)"] + Percentiles(times).cells
        let seeds =
            failed.isEmpty ? "" : "failed: \(failed.map(String.init).joined(separator: " "))\n"
        return Columns.text([head, row]) + seeds
    }
}
