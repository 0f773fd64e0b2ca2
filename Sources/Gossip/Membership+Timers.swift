import GrepvineDistCore

extension Membership {
    /// Scans everything that waits: O(members), so that nothing can be forgotten or needs to be
    /// cancelled.
    func earliestWake() -> Instant {
        var wake = Instant.distantFuture
        if !isDrained && !isIsolated { wake = min(wake, nextGossip) }
        guard !hasLeft else { return wake }
        wake = min(wake, probing.wake, nextSeedContact)
        if !isIsolated { wake = min(wake, probing.next) }
        let witnesses = witnesses
        for peer in table.peers where peer.liveness != .alive {
            switch peer.liveness {
            case .suspect:
                wake = min(wake, peer.suspicion?.deadline(witnesses: witnesses) ?? wake)
            case .dead: wake = min(wake, peer.retry.next, forgettable(peer))
            case .left: wake = min(wake, forgettable(peer))
            case .alive: break
            }
        }
        return wake
    }

    /// A call that comes later than the next wake by more than a probe's time means that this node
    /// stood still: what others failed to say meanwhile is not held against them.
    mutating func forgivePause(now: Instant) {
        let pause = now - nextWake
        guard pause > configuration.probeTimeout else { return }
        statistics.pauses += 1
        nextWake = now
        probing.postpone(by: pause)
        for index in table.peers.indices {
            guard let suspicion = table.peers[index].suspicion else { continue }
            table.update(index) { $0.suspicion?.start = suspicion.start + pause }
        }
    }

    private func forgettable(_ peer: Peer) -> Instant {
        kept.contains(peer.id) ? .distantFuture : peer.since + configuration.forgetAfter
    }

    /// Drops the long dead and departed that nobody asked to keep.
    mutating func forget(now: Instant) {
        let old = table.peers.filter {
            !$0.liveness.isLive && $0.id != id && forgettable($0) <= now
        }
        for peer in old { remove(peer.id) }
    }

    /// Makes room for a newcomer by forgetting who has been dead or gone the longest.
    mutating func evict() -> Bool {
        let oldest = table.peers.filter {
            !$0.liveness.isLive && $0.id != id && !kept.contains($0.id)
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
