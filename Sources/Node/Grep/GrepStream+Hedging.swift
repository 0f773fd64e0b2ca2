import GrepvineDistCore
import GrepvineSearch

/// Owners that let a search wait get competition: others search the same, whoever has something to
/// show first goes on, and the loser is cancelled (G2).
///
/// A slow source has nothing left in the merger, and is not finished, so nothing of what its rivals
/// found comes out before one side has won.
extension GrepStream {
    /// Sources that have been silent for much longer than others took, each at most once.
    func slowSources(floor: Duration, now: Instant) -> [Source] {
        sources.filter { isSlow($0, floor: floor, now: now) && !$0.wasHedged }
    }

    /// Whether others would be asked in vain when this owner was.
    func isSlow(_ source: Source, floor: Duration, now: Instant) -> Bool {
        source.isWaiting && source.rival == nil
            && source.asked + patience(with: source, floor: floor) <= now
    }

    /// When the next source becomes slow, unless it answers.
    func nextSlow(floor: Duration) -> Instant? {
        sources.filter { $0.isWaiting && $0.rival == nil && !$0.wasHedged }
            .map { $0.asked + patience(with: $0, floor: floor) }.min()
    }

    private func patience(with source: Source, floor: Duration) -> Duration {
        let others = sources.filter { $0.owner != source.owner }.map(\.longestAnswer).max()
        return max(floor, (others ?? .zero) * 3)
    }

    mutating func markHedged(_ search: UInt64) {
        if let index = source(of: search) { sources[index].wasHedged = true }
    }

    /// What follows for the competition from a batch of this source: the searches that lost, and
    /// whether rivals won.
    mutating func settle(_ index: Int, _ batch: GrepBatchMessage) -> (lost: [Source], won: Bool) {
        let source = sources[index]
        let hasSomething = !batch.hits.isEmpty || batch.state.isLast
        guard let slow = source.rival else {
            return (hasSomething ? dropRivals(of: source.search) : [], false)
        }
        let isWhole = batch.refused.isEmpty && (batch.state == .goesOn || batch.state == .whole)
        guard isWhole else { return (dropRivals(of: slow), false) }
        if hasSomething { sources[index].isReady = true }
        guard sources.allSatisfy({ $0.rival != slow || $0.isReady }),
            let loser = self.source(of: slow)
        else { return ([], false) }
        promoteRivals(of: slow)
        let lost = sources[loser]
        end(loser)
        return ([lost], true)
    }

    /// Rivals take the place of a source that is no more. False when it had none.
    @discardableResult
    mutating func promoteRivals(of search: UInt64) -> Bool {
        var isAny = false
        for index in sources.indices where sources[index].rival == search {
            sources[index].rival = nil
            isAny = true
        }
        return isAny
    }

    /// They came too late, or cannot do it: what they found is found by the source itself.
    mutating func dropRivals(of search: UInt64) -> [Source] {
        var dropped: [Source] = []
        for index in sources.indices where sources[index].rival == search {
            if !sources[index].isOver { dropped.append(sources[index]) }
            end(index)
            merger.drop(index)
            sources[index].rival = nil
            sources[index].partitions = PartitionSet()
        }
        return dropped
    }
}
