import GrepvineDistCore

extension Membership {
    /// Looks at everything that waits, so that nothing can be forgotten or needs to be cancelled.
    mutating func earliestWake() -> Instant {
        var wake = Instant.distantFuture
        if !isDrained && !isIsolated { wake = min(wake, nextGossip) }
        guard !hasLeft else { return wake }
        wake = min(wake, probing.wake, nextSeedContact, unsettledDue)
        if !isIsolated { wake = min(wake, probing.next) }
        return wake
    }

    /// Scans those who are not alive, once for each revision of the table.
    var unsettledDue: Instant {
        mutating get {
            if let due, due.revision == table.revision { return due.at }
            var first = Instant.distantFuture
            for id in table.unsettled {
                guard let index = table.index(of: id) else { continue }
                first = min(first, dueTime(at: index))
            }
            due = (table.revision, first)
            return first
        }
    }

    private func dueTime(at index: Int) -> Instant {
        switch table.peers[index].liveness {
        case .alive: .distantFuture
        case .suspect:
            table.peers[index].suspicion?.deadline(witnesses: witnesses) ?? .distantFuture
        case .dead: min(table.peers[index].retry.next, forgetTime(at: index))
        case .left: table.peers[index].id == id ? .distantFuture : forgetTime(at: index)
        }
    }

    /// Those who were not asked to be kept are forgotten in the end.
    private func forgetTime(at index: Int) -> Instant {
        table.peers[index].isKept
            ? .distantFuture : table.peers[index].since + configuration.forgetAfter
    }

    /// Suspicions that end, dead members that are to be probed, and the long dead and departed that
    /// nobody asked to keep.
    mutating func attend(now: Instant, into effects: inout [GossipEffect]) {
        for id in table.unsettled {
            guard let index = table.index(of: id), dueTime(at: index) <= now else { continue }
            let liveness = table.peers[index].liveness
            if !liveness.isLive, forgetTime(at: index) <= now {
                remove(id)
            } else if !hasLeft {
                if liveness == .suspect {
                    concludeSuspicion(at: index, now: now, into: &effects)
                } else if liveness == .dead {
                    probeDead(at: index, now: now, into: &effects)
                }
            }
        }
    }

    /// A call that comes later than the next wake by more than a probe's time means that this node
    /// stood still: what others failed to say meanwhile is not held against them.
    mutating func forgivePause(now: Instant) {
        let pause = now - nextWake
        guard pause > configuration.probeTimeout else { return }
        statistics.pauses += 1
        nextWake = now
        probing.postpone(by: pause)
        for id in table.unsettled {
            guard let index = table.index(of: id), let suspicion = table.peers[index].suspicion
            else { continue }
            table.update(index) { $0.suspicion?.start = suspicion.start + pause }
        }
    }

    /// Makes room for a newcomer by forgetting who has been dead or gone the longest.
    mutating func evict() -> Bool {
        let oldest = table.unsettled.compactMap { table[$0] }.filter {
            !$0.liveness.isLive && $0.id != id && !$0.isKept
        }
        .min { ($0.since, $0.id) < ($1.since, $1.id) }
        guard let oldest else { return false }
        remove(oldest.id)
        return true
    }

    private mutating func remove(_ id: NodeID) {
        guard let index = table.index(of: id) else { return }
        table.remove(at: index)
        dissemination.forget(id)
        windows[id] = nil
    }
}
