import GrepvineDistCore

/// A grep does not wait for one slow owner while another one holds the same (G2).
extension Node {
    /// Sets other owners on what owners do that have been silent for much longer than others took.
    mutating func hedge(_ id: UInt64, now: Moment) {
        let floor = configuration.timeouts.hedge
        guard let stream = grep.streams[id] else { return }
        let silent = stream.sources.filter { stream.isSlow($0, floor: floor, now: now.instant) }
        for source in stream.slowSources(floor: floor, now: now.instant) {
            let excluding = source.excluding + silent.map(\.owner)
            let (parts, missing) = spread(source.partitions, excluding: excluding, now: now)
            // Half of it would not end the wait.
            guard missing.isEmpty, !parts.isEmpty else { continue }
            guard grep.hedging.budget.spend() else {
                metrics.grep.hedgesDenied += 1
                continue
            }
            metrics.grep.hedges += 1
            grep.hedging.wasSlow(source.owner, now: now.instant)
            grep.streams[id]?.markHedged(source.search)
            open(
                parts, after: source.last, excluding: excluding, rival: source.search, for: id,
                now: now)
            let rivals = grep.streams[id]?.sources.count { $0.rival == source.search }
            // One of them failed at once, and without it the others can never be all of it.
            if rivals != parts.count {
                drop(grep.streams[id]?.dropRivals(of: source.search) ?? [], now: now)
            }
        }
    }

    /// Ends the competition when this batch decides it.
    mutating func settle(_ id: UInt64, _ index: Int, _ batch: GrepBatchMessage, now: Moment) {
        guard let (lost, won) = grep.streams[id]?.settle(index, batch) else { return }
        if won { metrics.grep.hedgesWon += 1 }
        drop(lost, now: now)
    }
}
