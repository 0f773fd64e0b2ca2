import GrepvineDistCore
import GrepvineGossip

/// How long it takes until a crash is first suspected, first known and known to everybody.
package struct CrashExperiment {
    package let nodes: Int
    package let crashes: Int
    private var suspected: [Duration] = []
    private var died: [Duration] = []
    private var told: [Duration] = []
    /// Declared dead though it was alive, seen by anybody.
    package private(set) var falsePositives = 0

    package init(nodes: Int, crashes: Int, seed: UInt64) {
        self.nodes = nodes
        self.crashes = crashes
        run(seed: seed)
    }

    /// One node after the other crashes and comes back, at any moment of the probe interval.
    private mutating func run(seed: UInt64) {
        let cluster = MembershipCluster(
            nodes, configuration: .lan, seed: seed, hasStreams: true)
        var dice = SeededGenerator(seed: seed ^ 0x5eed)
        cluster.startFormed()
        cluster.run(for: .seconds(5))
        for _ in 0..<crashes {
            crash(Int.random(in: 0..<nodes, using: &dice), cluster)
            cluster.run(for: .milliseconds(Int64.random(in: 2000...3000, using: &dice)))
        }
    }

    private mutating func crash(_ victim: Int, _ cluster: MembershipCluster) {
        let start = cluster.now
        var first: Int64?
        var dead: Int64?
        var wrong = 0
        var deaf = nodes - 1
        cluster.onChange = { [unowned cluster] _, event in
            guard event.member.id == MembershipCluster.id(victim) else {
                if event.kind == .died { wrong += 1 }
                return
            }
            switch event.kind {
            case .suspected: first = first ?? cluster.now
            case .died:
                dead = dead ?? cluster.now
                deaf -= 1
            default: break
            }
        }
        cluster.crash(victim)
        let time = cluster.run(atMost: .seconds(180)) { deaf <= 0 }
        falsePositives += wrong
        cluster.onChange = { _, _ in }
        if let first, let dead, let time {
            suspected.append(.nanoseconds(first - start))
            died.append(.nanoseconds(dead - start))
            told.append(time)
        }
        cluster.start(victim, seeds: [(victim + 1) % nodes])
        _ = cluster.run(atMost: .seconds(60)) { cluster.agree(Array(0..<nodes)) }
    }

    /// Whether each crash became known to everybody.
    package var isComplete: Bool { told.count == crashes }

    /// Seconds; nil when there was no crash that everybody heard of.
    package var slowest: Duration? { isComplete ? Percentiles(told).largest : nil }

    /// SWIM's expected time until some node probes the victim, e/(e − 1) intervals, and one more
    /// until that probe has failed.
    private var expectedFirst: Duration {
        let interval = GossipConfiguration.lan.probeInterval
        return interval * 1.582 + interval
    }

    /// The latest that a probe may come, since rounds are shuffled anew (2n − 1 intervals for one
    /// prober; all of them together are far sooner), is no bound of use: the bound here is the
    /// expectation, the longest suspicion, and the rounds of gossip until everybody has heard.
    private var bound: Duration {
        let lan = GossipConfiguration.lan
        let rounds = lan.transmissions(members: nodes) / lan.retransmitMultiplier * 4
        return expectedFirst + lan.shortestSuspicion(members: nodes) + lan.gossipInterval * rounds
    }

    package func row() -> [String] {
        [
            ["\(nodes)", "\(told.count)"], Percentiles(suspected).cells, Percentiles(died).cells,
            Percentiles(told).cells,
            [expectedFirst.cell, bound.cell, "\(falsePositives)"],
        ].flatMap { $0 }
    }

    package static func table(_ experiments: [CrashExperiment]) -> String {
        let head = [
            "nodes", "crashes", "suspected p50", "p99", "max", "dead p50", "p99", "max",
            "everybody p50", "p99", "max", "expected first", "expected last", "false",
        ]
        return Columns.text([head] + experiments.map { $0.row() })
    }
}
