import GrepvineDistCore
import GrepvineTransport

/// Learning the topology: one question at a time, whoever needs the answer waits for it.
extension Engine {
    /// After a question that brought nothing new: a node that boasts of an epoch which it does not
    /// have cannot keep us busy.
    private static let fruitlessPause = Duration.milliseconds(100)

    func needsTopology(_ call: Call) -> Bool {
        guard topology == nil, case .owner = call.target, case .direct = configuration.routing
        else { return false }
        return true
    }

    /// The call goes on when there is a topology, or fails with the reason why there is none.
    func park(_ call: Call, first: Address? = nil) {
        guard parked.count < configuration.maxInFlight else {
            return finish(
                call,
                Failure(
                    .overloaded,
                    "\(parked.count) calls wait for the topology, the limit is "
                        + "\(configuration.maxInFlight) (maxInFlight); nothing was sent"))
        }
        wake(at: call.deadline)
        call.place = .parked
        parked.append(call)
        startRefresh(first: first)
    }

    /// Whether a refusal as no owner is worth a new topology, rather than another owner.
    func canLearn(epoch: UInt64?) -> Bool {
        guard case .direct = configuration.routing, let topology else { return false }
        return refreshNotBefore <= now && (epoch ?? .max) > topology.epoch
    }

    /// A node at `address` may know a newer topology than we do (P4).
    func hint(epoch: UInt64, at address: Address?) {
        guard canLearn(epoch: epoch) else { return }
        startRefresh(first: address)
    }

    private func startRefresh(first: Address?) {
        guard refresh == nil else { return }
        let call = Call(
            .topology, to: .anyNode(first: first), timeout: configuration.timeout, at: now,
            isInternal: true)
        refresh = call
        backlog.append(call)
    }

    func refreshed(_ result: Result<Response, Failure>) {
        refresh = nil
        refreshNotBefore = now + Self.fruitlessPause
        let waiting = parked
        parked = []
        for call in waiting { call.place = .nowhere }
        switch result {
        case .success(.topology(let found)):
            if adopt(found) {
                refreshNotBefore = now
                for call in waiting { (call.tried, call.reasons) = ([], []) }
            }
            backlog += waiting
        case .success: giveUp(waiting, "a node answered the wrong question", .badResponse)
        case .failure(let failure): giveUp(waiting, failure.message, failure.code)
        }
    }

    /// With an older topology at hand there are still owners to try.
    private func giveUp(_ waiting: [Call], _ message: String, _ code: Failure.Code) {
        guard topology == nil else {
            backlog += waiting
            return
        }
        let code = code == .timedOut || code == .disconnected ? Failure.Code.unreachable : code
        for call in waiting { finish(call, Failure(code, "no topology: \(message)")) }
    }

    /// True when it is news.
    private func adopt(_ found: Topology) -> Bool {
        if let topology, topology.clusterID == found.clusterID, topology.epoch >= found.epoch {
            return false
        }
        topology = found
        mapMembers()
        for link in Array(links.values) { forgetIfUnused(link) }
        return true
    }
}
