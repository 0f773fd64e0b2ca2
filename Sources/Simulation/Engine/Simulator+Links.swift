import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

/// Connections as the server's runtime keeps them, with its own sessions at both ends.
extension Simulator {
    func want(_ peers: [Peer], _ machine: Machine, _ process: Process) {
        let ids = Set(peers.map(\.id))
        for (id, link) in process.links.sorted(by: { $0.key < $1.key }) where !ids.contains(id) {
            process.links[id] = nil
            if let connection = link.connection { abandon(connection) }
        }
        for peer in peers where process.links[peer.id]?.address != peer.address {
            if let connection = process.links[peer.id]?.connection { abandon(connection) }
            process.links[peer.id] = Process.Link(address: peer.address)
            tryLater(peer.id, machine, process, after: 0)
        }
    }

    private func abandon(_ connection: SimulatedConnection) {
        connection.isCallerOpen = false
        queue.add(.hungUp(connection), at: max(now, connection.lastArrival) + 1000)
    }

    private func tryLater(
        _ peer: NodeID, _ machine: Machine, _ process: Process, after delay: Int64
    ) {
        guard process.links[peer]?.isTrying == false else { return }
        process.links[peer]?.isTrying = true
        queue.add(
            .connect(machine: machine.index, life: machine.life, peer: peer), at: now + delay)
    }

    func connect(_ index: Int, life: Int, _ peer: NodeID) {
        let machine = machines[index]
        guard life == machine.life, let process = machine.process,
            let link = process.links[peer], let target = addresses.firstIndex(of: link.address)
        else { return }
        process.links[peer]?.isTrying = false
        guard link.connection == nil else { return }
        // A lost SYN is noticed late, a closed port at once.
        if network.isBlocked(from: index, to: target) || network.isBlocked(from: target, to: index)
        {
            return failed(peer, machine, process, after: 1_000_000_000)
        }
        guard machines[target].process != nil else {
            return failed(peer, machine, process, after: 0)
        }
        lastSession += 1
        let connection = SimulatedConnection(
            caller: (index, life, peer), callee: (target, machines[target].life),
            session: lastSession, address: addresses[index])
        process.links[peer]?.connection = connection
        var greeting = IOBuffer()
        connection.link.greet(node: process.node, output: &greeting)
        send(greeting.bytes, on: connection, toCallee: true)
        queue.add(.greetingDue(connection), at: now + 1_000_000_000)
    }

    /// 50 ms, doubling to 1 s, as in the server.
    private func failed(_ peer: NodeID, _ machine: Machine, _ process: Process, after delay: Int64)
    {
        let failures = min(process.links[peer]?.failures ?? 0, 5)
        process.links[peer]?.failures = failures + 1
        tryLater(
            peer, machine, process, after: delay + min(1000, 50 << Int64(failures)) * 1_000_000)
    }

    func receive(_ bytes: [UInt8], on connection: SimulatedConnection, toCallee: Bool) {
        trace.fold(bytes)
        if toCallee {
            receiveAtCallee(bytes, connection)
        } else {
            receiveAtCaller(bytes, connection)
        }
    }

    private func receiveAtCallee(_ bytes: [UInt8], _ connection: SimulatedConnection) {
        let machine = machines[connection.callee.machine]
        guard let process = machine.process else { return }
        // A machine that came back knows nothing of the connection and says so.
        guard connection.callee.life == machine.life else {
            if connection.isCalleeOpen { reset(connection) }
            return
        }
        guard connection.isCalleeOpen else { return }
        bytes.withUnsafeBytes { connection.input.append($0) }
        var output = IOBuffer()
        connection.rpc.receive(
            &connection.input, node: &process.node, output: &output, now: moment(machine))
        if !output.isEmpty { send(output.bytes, on: connection, toCallee: false) }
        settle(machine)
        if connection.rpc.state == .over { sever(connection) }
    }

    private func receiveAtCaller(_ bytes: [UInt8], _ connection: SimulatedConnection) {
        let machine = machines[connection.caller.machine]
        guard let process = machine.process, connection.caller.life == machine.life,
            connection.isCallerOpen
        else { return }
        bytes.withUnsafeBytes { connection.answers.append($0) }
        connection.link.receive(&connection.answers, node: &process.node, now: moment(machine))
        if connection.link.state == .up {
            process.links[connection.caller.peer]?.failures = 0
        }
        settle(machine)
        if connection.link.state == .over { sever(connection) }
    }

    /// Both ends hear that the connection is over.
    func sever(_ connection: SimulatedConnection) {
        if connection.isCalleeOpen { queue.add(.hungUp(connection), at: now + 1000) }
        if connection.isCallerOpen { reset(connection) }
    }

    func broken(_ connection: SimulatedConnection) {
        let machine = machines[connection.caller.machine]
        guard let process = machine.process, connection.caller.life == machine.life,
            connection.isCallerOpen
        else { return }
        connection.isCallerOpen = false
        let peer = connection.caller.peer
        guard process.links[peer]?.connection === connection else { return }
        process.links[peer]?.connection = nil
        failed(peer, machine, process, after: 0)
        drive(machine.index) { $0.handle(.linkDown(peer), at: $1) }
    }

    func hungUp(_ connection: SimulatedConnection) {
        connection.isCalleeOpen = false
        let session = connection.rpc.id
        drive(connection.callee.machine, life: connection.callee.life) {
            $0.handle(.sessionClosed(session), at: $1)
        }
    }
}
