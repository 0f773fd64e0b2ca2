import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

/// Processes come and go.
extension Simulator {
    func start(_ index: Int) {
        let machine = machines[index]
        precondition(machine.process == nil, "n\(index) runs already")
        machine.life += 1
        let moment = moment(machine)
        let state = remembered(machine, moment)
        note { "start n\(index), boot epoch \(state.bootEpoch)" }
        if machine.hasDisk { machine.disk = state }
        var configuration = machine.configuration
        let vault = plan.isSealed ? vault(machine) : nil
        configuration.gossipEncryption = plan.isSealed ? .require : .off
        configuration.keyring = vault?.ring
        machine.process = Process(
            configuration: configuration, state: state, vault: vault, seed: dice.next(),
            now: moment)
        settle(machine)
    }

    /// Real keys and the real cipher: under one seed they seal to the same bytes every time. The
    /// nonces have dice of their own, so that a seed means the same with and without a seal.
    private func vault(_ machine: Machine) -> KeyVault {
        var dice = SeededGenerator(
            seed: plan.seed ^ UInt64(machine.index) << 32 ^ UInt64(machine.life))
        guard let key = SecretKey(Array(repeating: UInt8(7), count: SecretKey.size)),
            let ring = Keyring(number: 0, keys: [key.id], primary: key.id),
            let content = KeyringContent(ring, [key])
        else { preconditionFailure("a key of \(SecretKey.size) bytes") }
        return KeyVault(
            cluster: machine.configuration.cluster, content,
            nonce: UInt128(dice.next()) << 64 | UInt128(dice.next()))
    }

    /// As the server's runtime decides it (S1).
    private func remembered(_ machine: Machine, _ moment: Moment) -> PersistentState {
        let started = UInt64(max(1, moment.wall.milliseconds))
        guard var state = machine.disk else {
            return PersistentState(id: machine.id, bootEpoch: started)
        }
        state.bootEpoch = max(state.bootEpoch + 1, started)
        return state
    }

    /// The process is gone at once, with its memory. Its peers hear of it as they hear of any
    /// killed process: their connections break soon. What it had sent still arrives.
    func crash(_ index: Int) {
        let machine = machines[index]
        guard let process = machine.process else { return }
        note { "crash n\(index)" }
        machine.process = nil
        machine.isPaused = false
        machine.backlog = []
        checker.crashed(index)
        for (_, link) in process.links.sorted(by: { $0.key < $1.key }) {
            guard let connection = link.connection else { continue }
            connection.isCallerOpen = false
            queue.add(.hungUp(connection), at: max(now, connection.lastArrival) + 1000)
        }
        // One in five machines takes its kernel with it: nobody is told before it is back.
        let isSilent = Int.random(in: 0..<5, using: &dice) == 0
        if !isSilent { breakConnections(to: index) }
        failCalls(at: index)
    }

    private func breakConnections(to index: Int) {
        for machine in machines {
            guard let process = machine.process else { continue }
            for (_, link) in process.links.sorted(by: { $0.key < $1.key }) {
                guard let connection = link.connection, connection.callee.machine == index
                else { continue }
                reset(connection)
            }
        }
    }

    /// The caller hears soon that the other end is gone.
    func reset(_ connection: SimulatedConnection) {
        connection.isCalleeOpen = false
        let delay = Int64.random(in: 20_000...1_000_000, using: &dice)
        queue.add(.broken(connection), at: now + delay)
    }

    /// What waited is taken in, in the order of its arrival.
    func resume(_ index: Int) {
        let machine = machines[index]
        guard machine.isPaused else { return }
        note { "resume n\(index)" }
        machine.isPaused = false
        let backlog = machine.backlog
        machine.backlog = []
        for occurrence in backlog { happen(occurrence) }
    }
}
