extension ReadCoordinator {
    /// The level was ONE, so an owner that was not asked may know better (R4).
    package var mayBeStale: Bool { level == .one && owners.count > 1 }

    /// After the end: owners known to hold less than the newest version that is here whole. Send it
    /// to them behind the reply (R2). Late answers still add to it.
    package var repairs: (answer: ReadAnswer, owners: [NodeID])? {
        guard phase == .finished, let best, best.isRecord else { return nil }
        let behind = views.indices.filter { index in
            guard let answer = views[index].answer else { return false }
            return answer.version < best.version && views[index].writeBack != .done
        }
        return behind.isEmpty ? nil : (best, behind.map { owners[$0] })
    }

    var needed: Int { level.required(of: owners.count) }

    /// Answers that count: one per owner, and none of an owner in recovery (R5).
    private var counted: Int { views.count { $0.counts } }

    mutating func decision() -> Step {
        switch phase {
        case .finished: .wait
        case .writingBack(let answer): writeBackDecision(answer)
        case .gathering:
            if counted < needed { askFurther() } else if isBehind { askOn() } else { resolve() }
        }
    }

    /// Replaces owners that failed or are recovering by those not asked yet.
    private mutating func askFurther() -> Step {
        let pending = views.count { $0.answer == nil && $0.awaits != .nothing }
        let shortage = needed - counted - pending
        guard shortage > 0 else { return .wait }
        let next = views.indices.filter { !views[$0].wasAsked }.prefix(shortage)
        guard next.count == shortage else { return finish(.failed(shortfall(failureCode))) }
        var wantsValue = best == nil && !views.contains { $0.awaits == .value }
        return .ask(
            next.map { index in
                defer { wantsValue = false }
                return ask(index, wantsValue: wantsValue)
            })
    }

    /// Nobody has shown the version that the reader knows of.
    private var isBehind: Bool {
        atLeast > .zero && !views.contains { $0.holds(atLeast: atLeast) }
    }

    /// Asks all that are left, in the hope that one of them holds what the reader knows of. When
    /// no owner holds anything it is gone, and that is the answer; anything older would be none.
    private mutating func askOn() -> Step {
        let next = views.indices.filter { !views[$0].wasAsked }
        if !next.isEmpty { return .ask(next.map { ask($0, wantsValue: true) }) }
        if views.contains(where: { $0.awaits != .nothing }) { return .wait }
        let isGone = views.allSatisfy { $0.counts && $0.answer?.isRecord == false }
        return isGone ? resolve() : finish(.failed(shortfall(.stale)))
    }

    /// Enough owners answered: find the newest version, get it whole, spread it, answer it.
    private mutating func resolve() -> Step {
        let highest = views.compactMap(\.answer?.version).max() ?? .zero
        guard let best, best.version >= highest else { return fetch(highest) }
        let stale = views.indices.filter { index in
            views[index].counts && views[index].holds(less: best.version)
        }
        guard level != .one, best.isRecord, !stale.isEmpty else { return finish(outcome(best)) }
        phase = .writingBack(best)
        return writeBack(best, to: stale)
    }

    /// From the preferred owner among those that hold it.
    private mutating func fetch(_ version: Version) -> Step {
        let holders = views.indices.filter { views[$0].answer?.version == version }
        if holders.contains(where: { views[$0].awaits == .value }) { return .wait }
        return .ask([ask(holders[0], wantsValue: true)])
    }

    /// The answer waits until as many owners hold the version as the level needs, because then
    /// every later read meets one of them.
    private mutating func writeBackDecision(_ answer: ReadAnswer) -> Step {
        let version = answer.version
        let holders = views.count { $0.writeBack == .done || $0.holds(atLeast: version) }
        if holders >= needed { return finish(outcome(answer)) }
        let pending = views.count { $0.writeBack == .waiting && !$0.holds(atLeast: version) }
        let shortage = needed - holders - pending
        guard shortage > 0 else { return .wait }
        let next = views.indices.filter { index in
            views[index].writeBack == .none && !views[index].holds(atLeast: version)
                && views[index].silence == nil
        }
        guard next.count >= shortage else { return finish(.failed(shortfall(.unavailable))) }
        return writeBack(answer, to: Array(next.prefix(shortage)))
    }

    private mutating func writeBack(_ answer: ReadAnswer, to indexes: [Int]) -> Step {
        for index in indexes { views[index].writeBack = .waiting }
        return .writeBack(answer, to: indexes.map { owners[$0] })
    }

    private func outcome(_ answer: ReadAnswer) -> Outcome {
        switch answer.state {
        case .absent: .absent
        case .tombstone: .tombstone(answer.version)
        case .expired: .expired(answer.version)
        case .evicted: .evicted(answer.version)
        case .value: answer.record.map(Outcome.value) ?? .absent
        }
    }

    private var failureCode: Failure.Code {
        let silences = views.compactMap(\.silence)
        if silences.contains(where: { if case .notOwner = $0 { true } else { false } }) {
            return .notOwner
        }
        if silences.contains(.overloaded) { return .overloaded }
        for case .refused(let reason) in silences { return reason }
        return .unavailable
    }

    /// Reads change nothing that was not written before, so their failures are always definite.
    func shortfall(_ code: Failure.Code) -> Shortfall {
        let isLate: (View) -> Bool = { view in
            if case .writingBack(let answer) = phase {
                return view.writeBack != .done && !view.holds(atLeast: answer.version)
            }
            return code == .timedOut && view.awaits != .nothing
        }
        let missing = views.indices.filter { views[$0].isUnusable || isLate(views[$0]) }
        return Shortfall(
            code: code, level: level, reached: counted,
            needed: needed, owners: owners.count, missing: missing.map { owners[$0] },
            isDefinite: true, epoch: highestEpoch)
    }
}

extension ReadCoordinator.View {
    /// It failed or is recovering.
    var isUnusable: Bool { silence != nil || answer?.isRecovering ?? false }

    var counts: Bool { answer.map { !$0.isRecovering } ?? false }

    func holds(atLeast version: Version) -> Bool { answer.map { $0.version >= version } ?? false }

    func holds(less version: Version) -> Bool { answer.map { $0.version < version } ?? false }
}
