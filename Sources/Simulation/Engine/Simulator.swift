import GrepvineDistCore
import GrepvineNode

/// A whole cluster on one thread: the same `Node` values that servers run, driven by virtual time,
/// a virtual network and virtual disks. Everything follows from the plan's seed.
final class Simulator {
    let plan: Plan
    let addresses: [Address]
    let machines: [Machine]
    var network: SimulatedNetwork
    var queue = EventQueue<Occurrence>()
    /// True time in nanoseconds.
    var now: Int64 = 10_000_000_000
    var dice: SeededGenerator
    var trace: Trace
    var lastSession: UInt64 = 1 << 32
    var steps = 0

    var faults: [ActiveFault] = []
    var areFaultsOn = true
    var counts: [Plan.Fault: Int] = [:]

    var checker: HistoryChecker
    var clients: [Client]
    var calls: [Call] = []
    var areClientsOn = false
    var greps = 0
    var retries = 0
    var workload: Workload
    /// The last phase: what is read now is the outcome of the run.
    var isFinal = false
    var finalEntries: [Key: Entry?] = [:]
    /// What is wrong apart from the history of keys.
    var complaints: [String] = []

    /// 2023-11-14, the wall clock at true time 0.
    static let epoch: Int64 = 1_700_000_000_000

    init(_ plan: Plan, options: SimulationOptions) {
        self.plan = plan
        var dice = SeededGenerator(seed: plan.seed)
        addresses = (0..<plan.nodes).map { Address(host: "10.0.0.\($0 + 1)", port: 7946) }
        network = SimulatedNetwork(count: plan.nodes, seed: dice.next())
        trace = Trace(keepsLines: options.keepsTrace)
        checker = HistoryChecker(
            skew: plan.isClockWild ? .seconds(11) : .seconds(1),
            allowsEviction: plan.evictingMemory != nil)
        clients = (0..<plan.clients).map { Client(number: $0) }
        workload = Workload(plan)
        var machines: [Machine] = []
        for index in 0..<plan.nodes {
            var configuration = plan.configuration(of: index, addresses: addresses)
            configuration.plantedBug = options.plantedBug
            let id = NodeID(high: dice.next(), low: dice.next())
            machines.append(
                Machine(
                    index: index, configuration: configuration, id: id,
                    hasDisk: plan.disks[index], skew: plan.skews[index]))
        }
        self.machines = machines
        self.dice = dice
    }

    var wall: WallTime { WallTime(milliseconds: Self.epoch + now / 1_000_000) }

    /// The time as a machine sees it.
    func moment(_ machine: Machine) -> Moment {
        Moment(instant: Instant(nanoseconds: now), wall: wall + machine.skew)
    }

    func note(_ text: () -> String) { trace.note(now, text) }

    /// Lets everything happen up to then.
    func run(until end: Int64) {
        while let next = queue.nextTime, next <= end, let (time, occurrence) = queue.next() {
            now = max(now, time)
            steps += 1
            happen(occurrence)
        }
        now = max(now, end)
    }

    func happen(_ occurrence: Occurrence) {
        if let index = occurrence.machine {
            guard !machines[index].isPaused else {
                machines[index].backlog.append(occurrence)
                return
            }
            trace.fold(UInt64(bitPattern: now) ^ UInt64(index) << 56)
        }
        switch occurrence {
        case .wake(let machine, let life): wake(machine, life: life)
        case .datagram(let bytes, let source, let target):
            receive(bytes, from: source, at: target)
        case .frames(let bytes, let connection, let toCallee):
            receive(bytes, on: connection, toCallee: toCallee)
        case .connect(let machine, let life, let peer): connect(machine, life: life, peer)
        case .greetingDue(let connection): if connection.link.state != .up { sever(connection) }
        case .broken(let connection): broken(connection)
        case .hungUp(let connection): hungUp(connection)
        case .search(let machine, let life): search(machine, life: life)
        case .index(let machine, let life, let task): index(machine, life: life, task)
        case .request(let machine, let operation): receive(request: operation, at: machine)
        case .departure(let machine, let life, let session):
            drive(machine, life: life) { $0.handle(.sessionClosed(session), at: $1) }
        case .response(let call, let response): answered(call, response)
        case .client(let number): beginCall(of: number)
        case .patienceOver(let call): giveUp(call)
        case .fault(let index): turn(index)
        }
    }

    /// Hands something to a node that runs and carries out what follows.
    func drive(
        _ index: Int, life: Int? = nil, _ body: (inout Node, Moment) -> Void
    ) {
        let machine = machines[index]
        guard let process = machine.process, life == nil || life == machine.life else { return }
        body(&process.node, moment(machine))
        settle(machine)
    }

    private func receive(_ bytes: [UInt8], from source: Int, at target: Int) {
        trace.fold(bytes)
        let vault = machines[target].process?.vault
        let event = vault?.event(for: bytes, from: addresses[source])
        drive(target) {
            $0.handle(event ?? .datagram(bytes, from: addresses[source]), at: $1)
        }
    }

    private func wake(_ index: Int, life: Int) {
        let machine = machines[index]
        guard let process = machine.process, life == machine.life,
            process.wakeTime == now
                || process.wakeTime.map({ $0 < now }) == true
        else { return }
        process.wakeTime = nil
        drive(index) { node, moment in
            if node.nextWake <= moment.instant { node.handle(.wake, at: moment) }
        }
    }
}
