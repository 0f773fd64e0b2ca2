import GrepvineDistCore
import GrepvineNode
import GrepvineTransport

/// Does what a server's runtime does with effects and frames, on virtual things.
extension Simulator {
    func settle(_ machine: Machine) {
        guard let process = machine.process else { return }
        while !process.node.effects.isEmpty {
            var effects: [Effect] = []
            swap(&effects, &process.node.effects)
            for effect in effects { carryOut(effect, of: machine, process) }
        }
        sendFrames(of: machine, process)
        let wake = max(now, process.node.nextWake.nanoseconds)
        guard process.wakeTime.map({ wake < $0 }) ?? true, wake < .max else { return }
        process.wakeTime = wake
        queue.add(.wake(machine: machine.index, life: machine.life), at: wake)
    }

    private func carryOut(_ effect: Effect, of machine: Machine, _ process: Process) {
        switch effect {
        case .reply(let response, let id): reply(response, to: id, from: machine)
        case .keys: break
        case .datagram(let bytes, let address):
            send(process.vault?.seal(bytes) ?? bytes, to: address, from: machine)
        case .keyring(let effect):
            guard let event = process.vault?.carryOut(effect) else { return }
            process.node.handle(.keyring(event), at: moment(machine))
        case .peers(let peers): want(peers, machine, process)
        case .search(let task):
            process.searches.open(task, now: moment(machine).instant)
            scheduleSearch(machine)
        case .searchNext(let id):
            process.searches.next(id)
            scheduleSearch(machine)
        case .searchCancel(let id):
            guard let report = process.searches.cancel(id) else { return }
            process.node.handle(.searched(report), at: moment(machine))
        case .index(let task):
            // A fifth of a second for a full segment; nothing rolls dice for it.
            queue.add(
                .index(machine: machine.index, life: machine.life, task), at: now + 200_000_000)
        case .persist(let state): if machine.hasDisk { machine.disk = state }
        case .resolve, .chaos: break
        case .halt(let reason): complaints.append("\(machine.name) halted: \(reason)")
        case .log(let event):
            note {
                String(decoding: LogLine.text(event, node: machine.name, at: wall), as: UTF8.self)
            }
        }
    }

    private func send(_ bytes: [UInt8], to address: Address, from machine: Machine) {
        guard let target = addresses.firstIndex(of: address) else { return }
        for copy in network.copies(from: machine.index, to: target) {
            let event = Occurrence.datagram(bytes, from: machine.index, to: target)
            queue.add(event, at: now + copy.delay)
        }
    }

    private func scheduleSearch(_ machine: Machine) {
        let delay = Int64.random(in: 50_000...5_000_000, using: &dice)
        queue.add(.search(machine: machine.index, life: machine.life), at: now + delay)
    }

    /// The index thread of a machine is done.
    func index(_ index: Int, life: Int, _ task: IndexTask) {
        guard life == machines[index].life, machines[index].process != nil else { return }
        drive(index) { $0.handle(.indexed(task.run()), at: $1) }
    }

    func search(_ index: Int, life: Int) {
        guard life == machines[index].life, let process = machines[index].process else { return }
        let time = moment(machines[index]).instant
        for report in process.searches.advance(clock: { time }) {
            drive(index) { $0.handle(.searched(report), at: $1) }
        }
    }

    private func sendFrames(of machine: Machine, _ process: Process) {
        for peer in process.node.peers.all where !peer.outbox.isEmpty {
            let connection = process.links[peer.id]?.connection
            peer.outbox.drain { bytes in
                guard let connection, connection.link.state == .up else { return }
                cut(bytes) { send($0, on: connection, toCallee: true) }
            }
        }
    }

    /// Whole frames, one by one: each has its own fate on the way.
    private func cut(_ bytes: UnsafeRawBufferPointer, _ send: ([UInt8]) -> Void) {
        let decoder = FrameDecoder(limit: RPCSession.largestFrame)
        var rest = bytes
        while !rest.isEmpty {
            guard case .frame(_, _, let length) = decoder.decode(rest) else {
                complaints.append("a node put something into an outbox that is no frame")
                return
            }
            send(Array(rest[..<(rest.startIndex + length)]))
            rest = UnsafeRawBufferPointer(rebasing: rest[(rest.startIndex + length)...])
        }
    }

    private func isWrite(_ frame: [UInt8]) -> Bool {
        frame.withUnsafeBytes { bytes in
            guard case .frame(let header, _, _) = FrameDecoder().decode(bytes) else { return false }
            return FrameKind(rawValue: header.kind) == .write
        }
    }

    func send(_ bytes: [UInt8], on connection: SimulatedConnection, toCallee: Bool) {
        let ends = (connection.caller.machine, connection.callee.machine)
        let (source, target) = toCallee ? ends : (ends.1, ends.0)
        var copies = network.copies(from: source, to: target)
        // A stream delivers each frame at most once. Most frames may come twice all the same; but
        // that an owner's refusal of a write is its last word rests on it (W4). Writes that are
        // sent again are retries, and there are plenty of those.
        if copies.count > 1, isWrite(bytes) { copies.removeLast() }
        for copy in copies {
            var time = now + copy.delay
            if copy.keepsOrder {
                time = max(time, connection.lastArrival + 1)
                connection.lastArrival = time
            }
            queue.add(.frames(bytes, connection, toCallee: toCallee), at: time)
        }
    }
}
