import GrepvineDistCore
import GrepvineGossip
import GrepvineStorage
import GrepvineTransport

/// How far back writes may still be under way: all coordinators that are alive are asked before
/// fences are raised (T1), and only when there is something to purge.
extension Node {
    /// Every write that this node stamped below this has reached all of its owners, or has been
    /// given up, which is then a difference between them like any other.
    ///
    /// Hints need no say here: behind the fence they are refused, and all owners reconcile what any
    /// of them took.
    func watermark(now: Moment) -> HybridClock {
        let latest = max(clock.latest, HybridClock(now.wall))
        guard let lowest = writes.lowestStamp else { return latest }
        return min(latest, HybridClock(rawValue: max(1, lowest.rawValue) - 1))
    }

    /// Looks for partitions that this node leads and that hold something to purge.
    mutating func surveyDue(now: Moment) {
        if let deadline = fences.survey?.deadline {
            if deadline <= now.instant { fences.survey = nil }
            return
        }
        guard fences.nextSurvey <= now.instant, fences.underWay == 0 else { return }
        fences.nextSurvey = now.instant + configuration.repair.purge
        guard !ledPartitions(below: limit(watermark(now: now))).isEmpty else { return }
        startSurvey(now: now)
    }

    /// A fence that keeps its distance from the oldest write that may be under way.
    private func limit(_ watermark: HybridClock) -> HybridClock {
        HybridClock(watermark.wall + (.zero - configuration.repair.purgeMargin))
    }

    /// Partitions whose first owner this node is, with a tombstone that a fence there would free.
    private func ledPartitions(below limit: HybridClock) -> [Partition] {
        guard let topology else { return [] }
        return topology.partitions(ownedBy: id).filter { partition in
            guard topology.owners(of: partition).first == id,
                let earliest = store.earliestPurge(in: partition)
            else { return false }
            return earliest <= limit
        }
    }

    /// Members that may have stamped something. Dead ones do not hold up a round: what they send
    /// later is stopped by the fence.
    private mutating func startSurvey(now: Moment) {
        let others = topology?.members.map(\.id).filter { $0 != id && isAlive($0) } ?? []
        guard others.allSatisfy({ isReachable($0) }) else { return }
        let request = nextID()
        fences.survey = FenceState.Survey(
            request: request, waiting: Set(others), lowest: watermark(now: now),
            deadline: now.instant + configuration.timeouts.operation)
        for other in others {
            _ = send(.watermark, request, [], to: other, deadline: nil, now: now)
        }
        considerSurvey(now: now)
    }

    private func isAlive(_ member: NodeID) -> Bool {
        let liveness = gossip.member(member)?.liveness
        return liveness == .alive || liveness == .suspect
    }

    mutating func answerWatermark(_ request: UInt64, to peer: NodeID, now: Moment) {
        let body = WatermarkMessage(watermark(now: now)).encoded()
        _ = send(.watermarkReply, request, body, to: peer, deadline: nil, now: now)
    }

    mutating func receive(
        _ message: WatermarkMessage, _ request: UInt64, from peer: NodeID, now: Moment
    ) {
        guard var survey = fences.survey, survey.request == request,
            survey.waiting.remove(peer) != nil
        else { return }
        survey.lowest = min(survey.lowest, message.watermark)
        fences.survey = survey
        considerSurvey(now: now)
    }

    private mutating func considerSurvey(now: Moment) {
        guard let survey = fences.survey, survey.waiting.isEmpty else { return }
        fences.survey = nil
        fences.limit = limit(survey.lowest)
        fences.queue = ledPartitions(below: fences.limit).reversed()
        startRounds(now: now)
    }
}
