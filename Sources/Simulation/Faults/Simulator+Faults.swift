import GrepvineDistCore

/// One course of faults while it runs.
struct ActiveFault {
    let course: Plan.Course
    /// How to take back the one that is on; nil between two.
    var cure: Cure?

    enum Cure {
        case unblock([(source: Int, target: Int)])
        case calm
        case start(Int)
        case resume(Int)
        case nothing
    }
}

/// Brings faults about and takes them back.
extension Simulator {
    func beginFaults() {
        faults = plan.courses.map { ActiveFault(course: $0) }
        for index in faults.indices { scheduleFault(index, within: faults[index].course.interval) }
    }

    private func scheduleFault(_ index: Int, within longest: Duration) {
        let wait = Int64.random(
            in: 1_000_000...max(2_000_000, longest.wholeNanoseconds), using: &dice)
        queue.add(.fault(index), at: now + wait)
    }

    /// The next one of a course begins, or the one that is on ends.
    func turn(_ index: Int) {
        guard areFaultsOn else { return }
        let course = faults[index].course
        if let cure = faults[index].cure {
            faults[index].cure = nil
            apply(cure)
            scheduleFault(index, within: course.interval * 2)
        } else if let cure = begin(course.fault) {
            counts[course.fault, default: 0] += 1
            faults[index].cure = cure
            scheduleFault(index, within: course.longest)
        } else {
            scheduleFault(index, within: course.interval)
        }
    }

    /// Nil when it cannot be done now.
    private func begin(_ fault: Plan.Fault) -> ActiveFault.Cure? {
        switch fault {
        case .partition: partition()
        case .oneWay: blockOneWay()
        case .lossy:
            disturb { conditions, dice in
                conditions.loss = Double.random(in: 0...0.2, using: &dice)
                conditions.duplication = Double.random(in: 0...0.1, using: &dice)
                conditions.reordering = Double.random(in: 0...0.2, using: &dice)
            }
        case .slow:
            disturb { conditions, dice in
                conditions.slowness = Double.random(in: 0...0.3, using: &dice)
                conditions.reordering = Double.random(in: 0...0.3, using: &dice)
                conditions.longDelay = .milliseconds(Int64.random(in: 20...2_000, using: &dice))
            }
        case .crash: crashOne()
        case .pause: pauseOne()
        case .clock: stepClock()
        case .reset: resetOne()
        }
    }

    private func partition() -> ActiveFault.Cure? {
        let shuffled = machines.indices.shuffled(using: &dice)
        let size = Int.random(in: 1..<machines.count, using: &dice)
        var ways: [(source: Int, target: Int)] = []
        for left in shuffled[..<size] {
            for right in shuffled[size...] { ways += [(left, right), (right, left)] }
        }
        note { "partition: \(shuffled[..<size].sorted()) | \(shuffled[size...].sorted())" }
        return block(ways)
    }

    private func blockOneWay() -> ActiveFault.Cure? {
        var ways: [(source: Int, target: Int)] = []
        for _ in 0..<Int.random(in: 1...machines.count, using: &dice) {
            let source = Int.random(in: 0..<machines.count, using: &dice)
            let target = Int.random(in: 0..<machines.count, using: &dice)
            if source != target { ways.append((source, target)) }
        }
        note { "one-way: \(ways.map { "\($0.source)→\($0.target)" })" }
        return ways.isEmpty ? nil : block(ways)
    }

    private func block(_ ways: [(source: Int, target: Int)]) -> ActiveFault.Cure {
        for way in ways { network.block(from: way.source, to: way.target) }
        return .unblock(ways)
    }

    private func disturb(
        _ change: (inout SimulatedNetwork.Conditions, inout SeededGenerator) -> Void
    ) -> ActiveFault.Cure? {
        change(&network.conditions, &dice)
        note { "network: \(network.conditions)" }
        return .calm
    }

    /// Only while everybody else is up and has everything it acknowledged. A QUORUM write is
    /// certain on W = 2 of RF = 3 owners, and all that they have is memory: it survives
    /// the loss of RF − W = 1 of them at a time. A second loss before the first node has
    /// reconciled (R5) may take the only other copy, and nothing kept in memory can promise
    /// otherwise.
    private func crashOne() -> ActiveFault.Cure? {
        let victim = Int.random(in: 0..<machines.count, using: &dice)
        guard machines[victim].process != nil,
            machines.allSatisfy({ $0.index == victim || $0.isWhole })
        else { return nil }
        crash(victim)
        return .start(victim)
    }

    private func pauseOne() -> ActiveFault.Cure? {
        let victim = Int.random(in: 0..<machines.count, using: &dice)
        guard machines[victim].process != nil, !machines[victim].isPaused else { return nil }
        machines[victim].isPaused = true
        note { "pause n\(victim)" }
        return .resume(victim)
    }

    private func stepClock() -> ActiveFault.Cure? {
        let victim = Int.random(in: 0..<machines.count, using: &dice)
        let widest: Int64 = plan.isClockWild ? 10_000 : 400
        machines[victim].skew = .milliseconds(Int64.random(in: -widest...widest, using: &dice))
        note { "clock of n\(victim) is \(machines[victim].skew) ahead" }
        return .nothing
    }

    private func resetOne() -> ActiveFault.Cure? {
        let open = machines.compactMap(\.process).flatMap { process in
            process.links.sorted { $0.key < $1.key }.compactMap(\.value.connection)
        }
        guard let connection = open.randomElement(using: &dice) else { return nil }
        note { "reset of \(connection.caller.machine)→\(connection.callee.machine)" }
        sever(connection)
        return .nothing
    }

    private func apply(_ cure: ActiveFault.Cure) {
        switch cure {
        case .unblock(let ways):
            note { "unblock: \(ways.map { "\($0.source)→\($0.target)" })" }
            for way in ways { network.unblock(from: way.source, to: way.target) }
        case .calm:
            note { "network calm" }
            network.conditions = SimulatedNetwork.Conditions()
        case .start(let machine): start(machine)
        case .resume(let machine): resume(machine)
        case .nothing: break
        }
    }

    /// Faults stop, everything runs again and clocks are set right.
    func endFaults() {
        note { "faults end" }
        areFaultsOn = false
        network.heal()
        for index in faults.indices { faults[index].cure = nil }
        for machine in machines {
            machine.skew = .milliseconds(Int64.random(in: -50...50, using: &dice))
            if machine.isPaused { resume(machine.index) }
            if machine.process == nil { start(machine.index) }
        }
    }
}
