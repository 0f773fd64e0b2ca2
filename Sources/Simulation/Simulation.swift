import GrepvineDistCore
package import GrepvineNode

/// How to run a seed; none of it changes what the seed means but the planted bug.
package struct SimulationOptions: Sendable {
    package var plantedBug: NodeConfiguration.PlantedBug?
    /// Keep what happened as text.
    package var keepsTrace = false

    package init() {}
}

/// What one seed showed.
package struct SimulationReport: Sendable {
    package let seed: UInt64
    /// Empty when everything held.
    package let violations: [String]
    /// Two runs of a seed have the same, or the simulation is not deterministic.
    package let traceHash: UInt64
    package let nodes: Int
    package let calls: Int
    package let succeeded: Int
    package let greps: Int
    /// Writes that were tried again under their version.
    package let retries: Int
    /// By name.
    package let faults: [String: Int]
    package let steps: Int
    package let virtualTime: Duration
    package let trace: [String]
}

/// Whole clusters on one thread from a seed (section 16).
package enum Simulation {
    package static func run(
        seed: UInt64, options: SimulationOptions = SimulationOptions()
    ) -> SimulationReport {
        let simulator = Simulator(Plan(seed: seed), options: options)
        simulator.runAll()
        var faults: [String: Int] = [:]
        for (fault, count) in simulator.counts { faults[fault.rawValue] = count }
        faults["lost message"] = simulator.network.lost
        faults["duplicated message"] = simulator.network.duplicated
        faults["value that went for room"] = simulator.evictions
        return SimulationReport(
            seed: seed, violations: simulator.checker.violations + simulator.complaints,
            traceHash: simulator.trace.hash, nodes: simulator.plan.nodes,
            calls: simulator.checker.ended, succeeded: simulator.checker.succeeded,
            greps: simulator.greps, retries: simulator.retries, faults: faults,
            steps: simulator.steps,
            virtualTime: .nanoseconds(simulator.now), trace: simulator.trace.lines)
    }
}

extension Simulator {
    private static let second: Int64 = 1_000_000_000

    /// The cluster forms, works under faults, and comes to rest.
    func runAll() {
        for machine in machines { start(machine.index) }
        if plan.formsUnderFaults { beginFaults() }
        wait(until: "the cluster forms", atMost: 30) { simulator in
            simulator.machines.contains { $0.process?.node.topology != nil }
        }
        if !plan.formsUnderFaults {
            wait(until: "everybody belongs to the cluster", atMost: 30) { $0.unrest() == nil }
            beginFaults()
        }
        beginClients()
        run(until: now + plan.faultyTime.wholeNanoseconds)
        endFaults()
        // Life goes on for a while in a cluster that heals.
        run(until: now + Self.second)
        areClientsOn = false
        run(until: now + 3 * Self.second)
        wait(until: "the cluster comes to rest", atMost: 60) { $0.unrest() == nil }
        finalReads()
    }

    /// Runs until the condition holds; what never does is a violation of liveness.
    private func wait(until what: String, atMost seconds: Int64, _ holds: (Simulator) -> Bool) {
        let end = now + seconds * Self.second
        while !holds(self) {
            guard now < end else {
                return complaints.append(
                    "\(seconds) s were not enough until \(what): \(unrest() ?? "")")
            }
            run(until: now + Self.second / 4)
        }
    }
}
