import GrepvineDistCore
package import GrepvineGossip

/// Lifeguard's experiment: some of the nodes stall again and again, all at the same time, while the
/// others are well. Whoever declares a healthy node dead is wrong.
package struct StallExperiment {
    /// What is switched on, by name.
    package struct Variant: Sendable {
        package let name: String
        package let lifeguard: Lifeguard

        package static let all = [
            Variant(name: "off (SWIM)", lifeguard: []),
            Variant(name: "probe", lifeguard: .probe),
            Variant(name: "suspicion", lifeguard: .suspicion),
            Variant(name: "buddy", lifeguard: .buddy),
            Variant(name: "on (all three)", lifeguard: .whole),
        ]
    }

    /// How long a stall lasts, and how long the nodes work before the next one.
    package struct Rhythm: Sendable {
        package let stall: Duration
        package let pause: Duration

        package init(stall: Duration, pause: Duration) {
            self.stall = stall
            self.pause = pause
        }

        package static let all: [Rhythm] = [128, 512, 2048, 8192, 32768].flatMap { stall in
            [1, 64, 512, 4096, 16384].map { pause in
                Rhythm(stall: .milliseconds(stall), pause: .milliseconds(pause))
            }
        }
    }

    package struct Outcome: Sendable {
        /// Healthy nodes declared dead, seen by anybody and seen by healthy nodes.
        package var falsePositives = 0
        package var atHealthy = 0
        /// Stalling nodes declared dead, seen by healthy nodes.
        package var stallersDeclared = 0
        package var packets = 0

        package init() {}

        package static func += (sum: inout Outcome, other: Outcome) {
            sum.falsePositives += other.falsePositives
            sum.atHealthy += other.atHealthy
            sum.stallersDeclared += other.stallersDeclared
            sum.packets += other.packets
        }
    }

    package static func run(
        nodes: Int, stalling: Int, rhythm: Rhythm, lifeguard: Lifeguard,
        length: Duration = .seconds(120), seed: UInt64
    ) -> Outcome {
        var configuration = GossipConfiguration.lan
        configuration.lifeguard = lifeguard
        let cluster = MembershipCluster(nodes, configuration: configuration, seed: seed)
        cluster.startFormed()
        cluster.run(for: .seconds(15))
        var outcome = Outcome()
        cluster.onChange = { [unowned cluster] observer, event in
            guard event.kind == .died, let subject = cluster.index(of: event.member.id)
            else { return }
            if subject < stalling {
                if observer >= stalling { outcome.stallersDeclared += 1 }
            } else {
                outcome.falsePositives += 1
                if observer >= stalling { outcome.atHealthy += 1 }
            }
        }
        let end = cluster.now + length.wholeNanoseconds
        while cluster.now < end {
            for index in 0..<stalling { cluster.stall(index) }
            cluster.run(for: rhythm.stall)
            for index in 0..<stalling { cluster.resume(index) }
            cluster.run(for: rhythm.pause)
        }
        outcome.packets = cluster.nodes.reduce(0) { $0 + ($1?.statistics.sent.total.packets ?? 0) }
        return outcome
    }

    package static func table(
        _ rows: [(variant: Variant, stalling: Int, outcome: Outcome)], runs: Int
    ) -> String {
        let head = [
            "Lifeguard", "stalling", "runs", "false, at healthy nodes", "false, at any node",
            "stalling nodes declared", "packets",
        ]
        return Columns.text(
            [head]
                + rows.map {
                    [
                        $0.variant.name, "\($0.stalling)", "\(runs)", "\($0.outcome.atHealthy)",
                        "\($0.outcome.falsePositives)", "\($0.outcome.stallersDeclared)",
                        "\($0.outcome.packets)",
                    ]
                })
    }
}
