import GrepvineDistCore

/// What a node needs to ask one more owner of a read that takes long (R3).
struct Hedging {
    /// Reads by the time when their answers are late.
    var due: Deadlines<UInt64>
    var budget = HedgeBudget()

    init(startingAt now: Instant) { due = Deadlines(startingAt: now, tick: .milliseconds(1)) }
}

extension Node {
    /// Notes when the owners that were asked will have taken longer than they usually do.
    mutating func planHedge(of id: UInt64, now: Moment) {
        guard let read = reads[id], read.coordinator.canHedge else { return }
        hedging.budget.earn()
        let usual = read.asked.reduce(TailLatency.floor) { longest, ask in
            max(longest, peers[ask.owner]?.route.tail.value ?? longest)
        }
        // Then every silent owner is asked again anyway.
        guard usual < configuration.timeouts.retry else { return }
        hedging.due.add(id, due: now.instant + usual)
    }

    /// The read, if it still waits, is asked of the next owner, and whoever answers first counts.
    mutating func hedgeDue(_ id: UInt64, now: Moment) {
        guard let read = reads[id], read.began != nil, read.coordinator.canHedge else { return }
        guard hedging.budget.spend() else {
            metrics.readHedgesSpared += 1
            return
        }
        metrics.readHedges += 1
        reads[id]?.began = nil
        for ask in read.asked {
            guard let index = peers.position(of: ask.owner) else { continue }
            peers.all[index].route.tail.exceeded()
        }
        if let hedge = reads[id]?.coordinator.hedge() { ask([hedge], for: id, now: now) }
    }
}
