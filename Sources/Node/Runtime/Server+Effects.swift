import GrepvineDistCore
import GrepvineTransport

/// Carries out what the node wants.
extension Server {
    /// Effects first, in order; then frames, datagrams and answers, in one system call each.
    func settle() {
        repeat {
            carryOutEffects()
            sendFrames()
            for session in takeTouched() { flush(session) }
        } while !node.effects.isEmpty || !touched.isEmpty
        datagrams.flush()
    }

    private func takeTouched() -> [Session] {
        let taken = touched
        touched = []
        return taken
    }

    private func carryOutEffects() {
        var rounds = 0
        while !node.effects.isEmpty, rounds < 16 {
            rounds += 1
            var effects: [Effect] = []
            swap(&effects, &node.effects)
            for effect in effects { carryOut(effect) }
        }
    }

    private func carryOut(_ effect: Effect) {
        switch effect {
        case .reply(let response, let id): answer(response, id)
        case .keys(let page, let id):
            guard let session = sessions[id.session] else { return }
            session.deliver(page, id.number)
            touch(session)
        case .datagram(let bytes, let address): sendDatagram(bytes, to: address)
        case .keyring(let effect): carryOut(effect)
        case .peers(let peers): want(peers)
        case .search(let task):
            if !search.open(task) { node.handle(.searched(.refusal(task.id)), at: now) }
        case .searchNext(let id): _ = search.next(id)
        case .searchCancel(let id): search.cancel(id)
        case .index(let task):
            if !indexThread.index(task) { node.handle(.indexed(task.refusal), at: now) }
        case .persist(let remembered): persist(remembered)
        case .log(let event): note(event)
        case .resolve(let name): resolveSeed(name)
        case .chaos(let request, let id): answer(carryOut(request), id)
        case .halt(let reason): halt(reason)
        }
    }

    private func answer(_ response: Response, _ id: RequestID) {
        guard let session = sessions[id.session] else { return }
        session.deliver(response, id.number, node: &node, now: now)
        touch(session)
    }

    /// Names are looked up away from the loop, because that may take seconds.
    private func resolveSeed(_ name: Address) {
        let commands = commands
        _ = WorkerThread("resolve") {
            let found = (try? Resolver.resolve(name)) ?? []
            _ = commands.post(.resolvedSeed(name, found.map(\.address)))
        }
    }

    private func halt(_ reason: String) {
        failure = reason
        stopDeadline = now.instant
    }

    private func persist(_ remembered: PersistentState) {
        do {
            try state?.write(remembered)
            countStateWrites()
        } catch {
            note(LogEvent(.error, "state-not-written", ["reason": .text("\(error)")]))
        }
    }

    func countStateWrites() {
        node.metrics.stateWrites = state?.writes ?? 0
        node.metrics.stateSyncs = state?.syncs ?? 0
    }

    /// Frames for peers go to their links. Without a link they wait for none: the node was told.
    private func sendFrames() {
        for peer in node.peers.all where !peer.outbox.isEmpty {
            guard let session = links[peer.id]?.session.flatMap({ sessions[$0] }),
                session.link?.state == .up
            else {
                peer.outbox.removeAll()
                continue
            }
            if !screen(outbox: peer.outbox, of: peer.id, on: session) {
                peer.outbox.drain { session.connection.output.append($0) }
            }
            touch(session)
        }
    }
}
