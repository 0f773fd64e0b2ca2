import GrepvineDistCore
import GrepvineStorage
import Testing

@testable import GrepvineNode
@testable import GrepvineSimulation

/// Four nodes, of which three own the key `k`, and what a script does with them.
struct KeyScript {
    let simulator: Simulator
    let owners: [Int]
    /// The one that is no owner.
    let other: Int

    init(_ plan: Plan, bug: NodeConfiguration.PlantedBug? = nil) throws {
        var options = SimulationOptions()
        options.plantedBug = bug
        let simulator = Simulator(plan, options: options)
        self.simulator = simulator
        for machine in simulator.machines { simulator.start(machine.index) }
        simulator.run(until: simulator.now + 5_000_000_000)
        let known = simulator.machines[0].process.flatMap { $0.node.topology }
        let owners = try #require(known).owners(of: Partition(of: "k")).compactMap { owner in
            simulator.machines.firstIndex { $0.id == owner }
        }
        self.owners = owners
        other = try #require((0..<4).first { !owners.contains($0) })
    }

    func pass(_ milliseconds: Int64) {
        simulator.run(until: simulator.now + milliseconds * 1_000_000)
    }

    func call(_ kind: HistoryChecker.Kind, _ key: Key = "k", at machine: Int) {
        let client = simulator.calls.count % simulator.clients.count
        simulator.call(.init(kind, key, .quorum), of: client, at: simulator.machines[machine])
    }

    func cut(off machine: Int) {
        for index in 0..<4 where index != machine {
            simulator.network.block(from: index, to: machine)
            simulator.network.block(from: machine, to: index)
        }
    }

    /// What the machine stores of a key.
    func version(_ machine: Int, _ key: Key = "k") -> Version? {
        simulator.machines[machine].process.flatMap { process in
            key.bytes.withUnsafeBytes { bytes in
                let hash = process.node.store.hash(of: bytes, partition: Partition(of: key))
                return process.node.store.find(bytes, hash)?.version
            }
        }
    }
}
