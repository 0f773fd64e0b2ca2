import GrepvineDistCore
import GrepvineNode

@testable import GrepvineSimulation

/// A cluster of the simulator without faults, with documents in it.
final class SimulatedDocuments {
    struct Stuck: Error {
        let what: String
    }

    private let simulator: Simulator

    init(seed: UInt64, _ documents: [(String, [UInt8])]) throws {
        simulator = Simulator(Plan(seed: seed), options: SimulationOptions())
        simulator.areFaultsOn = false
        for machine in simulator.machines { simulator.start(machine.index) }
        try wait("the cluster forms") { self.simulator.unrest() == nil }
        for (index, document) in documents.enumerated() {
            let machine = simulator.machines[index % 3]
            let number = simulator.calls.count
            simulator.call(
                .init(.set(value: document.1, expiry: nil), Key(document.0), .quorum), of: 0,
                at: machine)
            try wait("\(document.0) is stored") { self.simulator.calls[number].isOver }
        }
    }

    func kill(_ index: Int) {
        simulator.crash(index)
        rest()
    }

    /// Without what it held; it copies that from the others.
    func restart(_ index: Int) {
        simulator.start(index)
        rest()
    }

    /// Lets five seconds pass.
    func rest() { simulator.run(until: simulator.now + 5_000_000_000) }

    func isUp(_ index: Int) -> Bool { simulator.machines[index].process != nil }

    /// One page; nil when it is not whole, or the node could not say.
    func page(
        _ query: GrepQuery, at machine: Int
    ) throws -> (hits: [DocumentHit], cursor: String?)? {
        let number = simulator.calls.count
        simulator.grep(query, of: 0, at: simulator.machines[machine])
        try wait("a page of \(query.pattern) ends") { self.simulator.calls[number].isOver }
        guard case .grep(let grep) = simulator.calls[number].purpose,
            let summary = grep.summary, summary.isComplete
        else { return nil }
        return (grep.hits, summary.cursor)
    }

    /// What a grep answers while another machine stands still for a while, and how long it takes.
    func grep(
        _ query: GrepQuery, at machine: Int, pausing victim: Int, after delay: Int64,
        for pause: Int64, loss: Double = 0
    ) throws -> (hits: [DocumentHit], summary: GrepSummary?, elapsed: Int64) {
        let number = simulator.calls.count
        let start = simulator.now
        simulator.network.conditions.loss = loss
        simulator.grep(query, of: 0, at: simulator.machines[machine])
        simulator.run(until: start + delay)
        simulator.machines[victim].isPaused = true
        var (hits, summary, elapsed) = ([DocumentHit](), GrepSummary?.none, Int64(0))
        try wait("a grep for \(query.pattern) ends", step: 10_000_000) {
            if self.simulator.now >= start + delay + pause { self.resume(victim) }
            guard self.simulator.calls[number].isOver else { return false }
            elapsed = self.simulator.now - start
            return true
        }
        if case .grep(let grep) = simulator.calls[number].purpose {
            (hits, summary) = (grep.hits, grep.summary)
        }
        simulator.network.conditions.loss = 0
        resume(victim)
        rest()
        return (hits, summary, elapsed)
    }

    private func resume(_ index: Int) {
        if simulator.machines[index].isPaused { simulator.resume(index) }
    }

    /// Of one node since its start.
    func metrics(_ index: Int) -> NodeMetrics? { simulator.machines[index].process?.node.metrics }

    /// What went wrong besides.
    var complaints: [String] { simulator.complaints }

    /// `key:line:text`, sorted.
    func grep(_ pattern: String, at machine: Int) throws -> [String] {
        let number = simulator.calls.count
        simulator.grep(GrepQuery(pattern), of: 0, at: simulator.machines[machine])
        try wait("grep \(pattern) ends") { self.simulator.calls[number].isOver }
        guard case .grep(let grep) = simulator.calls[number].purpose else { return [] }
        return grep.hits.flatMap { hit in
            hit.lines.filter(\.isMatch).map {
                "\(hit.key):\($0.number):\(String(decoding: $0.text, as: UTF8.self))"
            }
        }.sorted()
    }

    private func wait(
        _ what: String, step: Int64 = 50_000_000, _ holds: () -> Bool
    ) throws {
        let end = simulator.now + 60_000_000_000
        while !holds() {
            guard simulator.now < end else { throw Stuck(what: what) }
            simulator.run(until: simulator.now + step)
        }
    }
}
