/// The tally of one read. It asks one owner for the value and the others for versions (R1), fetches
/// the newest when they differ, and writes it back before it answers at QUORUM and ALL (R2), so
/// reads never go back in time.
package struct ReadCoordinator: Sendable {
    package struct Ask: Hashable, Sendable {
        package let owner: NodeID
        /// The record whole; otherwise its version and state.
        package let wantsValue: Bool

        package init(owner: NodeID, wantsValue: Bool) {
            self.owner = owner
            self.wantsValue = wantsValue
        }
    }

    /// Why an owner gave no answer.
    package enum Silence: Hashable, Sendable {
        case unreachable
        case overloaded
        case notOwner(epoch: UInt64)
        case refused(Failure.Code)
    }

    package enum Step: Hashable, Sendable {
        case wait
        case ask([Ask])
        /// Merge this answer's record into these owners, and report each with `wroteBack` or
        /// `writeBackFailed`.
        case writeBack(ReadAnswer, to: [NodeID])
        case finish(Outcome)
    }

    package enum Outcome: Hashable, Sendable {
        case value(Record)
        case absent
        case tombstone(Version)
        case expired(Version)
        /// Nothing, and an owner let go of what there was up to this version: others may still hold
        /// it for a moment.
        case evicted(Version)
        case failed(Shortfall)
    }

    /// Preferred owner first.
    package let owners: [NodeID]
    package let level: Consistency
    /// The reader has seen this version, or knows that it was written: what is older is no answer
    /// (R4).
    package let atLeast: Version
    /// The highest epoch that an owner refused with (P4).
    package private(set) var highestEpoch: UInt64?
    /// The newest answer that came with its record, or that needs none.
    var best: ReadAnswer?
    var views: [View]
    var phase = Phase.gathering

    /// What is known about one owner.
    struct View {
        var wasAsked = false
        var awaits = Awaited.nothing
        var answer: ReadAnswer?
        var silence: Silence?
        var writeBack = WriteBack.none
    }

    enum Awaited {
        case nothing, version, value
    }

    enum WriteBack {
        case none, waiting, done, failed
    }

    enum Phase: Equatable {
        case gathering
        case writingBack(ReadAnswer)
        case finished
    }

    package init(owners: [NodeID], level: Consistency, atLeast: Version = .zero) {
        self.owners = owners
        self.level = level
        self.atLeast = atLeast
        views = Array(repeating: View(), count: owners.count)
    }

    /// The first questions: as many as the level needs.
    package mutating func start() -> [Ask] {
        (0..<min(needed, owners.count)).map { ask($0, wantsValue: $0 == 0) }
    }

    package mutating func receive(_ answer: ReadAnswer, from owner: NodeID) -> Step {
        guard let index = owners.firstIndex(of: owner) else { return .wait }
        learn(answer, at: index)
        return decision()
    }

    /// The owner gives no answer.
    package mutating func receive(_ silence: Silence, from owner: NodeID) -> Step {
        if case .notOwner(let epoch) = silence { highestEpoch = max(epoch, highestEpoch ?? 0) }
        guard let index = owners.firstIndex(of: owner), views[index].awaits != .nothing
        else { return .wait }
        // A holder that fails before it gave the value is left out whole: the quorum must stand
        // without it, and then whatever was acknowledged is among the answers of the others.
        views[index].awaits = .nothing
        views[index].answer = nil
        views[index].silence = silence
        return decision()
    }

    /// The owner holds the version that was written back, or a newer one.
    package mutating func wroteBack(to owner: NodeID) -> Step {
        guard let index = owners.firstIndex(of: owner), views[index].writeBack != .none
        else { return .wait }
        views[index].writeBack = .done
        return decision()
    }

    package mutating func writeBackFailed(to owner: NodeID) -> Step {
        guard let index = owners.firstIndex(of: owner), views[index].writeBack == .waiting
        else { return .wait }
        views[index].writeBack = .failed
        return decision()
    }

    /// Answers are awaited, and there is an owner that was not asked.
    package var canHedge: Bool { phase == .gathering && views.contains { !$0.wasAsked } }

    /// The next owner to ask because a reply is late (R3); nil when all were asked.
    package mutating func hedge() -> Ask? {
        guard phase == .gathering, let index = views.firstIndex(where: { !$0.wasAsked })
        else { return nil }
        return ask(index, wantsValue: best == nil)
    }

    /// The time is up.
    package mutating func expire() -> Step {
        phase == .finished ? .wait : finish(.failed(shortfall(.timedOut)))
    }

    mutating func ask(_ index: Int, wantsValue: Bool) -> Ask {
        views[index].wasAsked = true
        views[index].awaits = wantsValue ? .value : .version
        return Ask(owner: owners[index], wantsValue: wantsValue)
    }

    mutating func finish(_ outcome: Outcome) -> Step {
        phase = .finished
        return .finish(outcome)
    }

    private mutating func learn(_ answer: ReadAnswer, at index: Int) {
        if answer.isWhole, best.map({ answer.version > $0.version }) ?? true { best = answer }
        if let known = views[index].answer {
            // A repeated version is not the value that is awaited.
            if views[index].awaits == .value, !answer.isWhole, answer.version == known.version {
                return
            }
            // Late and overtaken: only what was asked for may lower what is known.
            if views[index].awaits == .nothing, answer.version < known.version { return }
        }
        let wasRecovering = views[index].answer?.isRecovering ?? false
        views[index].awaits = .nothing
        views[index].silence = nil
        views[index].answer = answer
        views[index].answer?.isRecovering = wasRecovering || answer.isRecovering
    }
}
