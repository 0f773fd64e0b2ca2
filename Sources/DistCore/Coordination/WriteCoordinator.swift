/// The tally of one write to the owners of its key. It answers "what now?" after every reply and
/// goes on counting after the end, because late replies decide what must be sent again.
package struct WriteCoordinator: Sendable {
    /// What one owner said, or what is known about why it says nothing.
    package enum Reply: Hashable, Sendable {
        /// It holds the version now, or held it already: the only answer that counts (W1).
        case accepted
        /// It holds the version now, but is recovering (R5): it may have lost a higher one that was
        /// acknowledged. Good for ONE; a quorum that orders writes needs owners who know (W2).
        case held
        /// It holds a higher version, or one that the condition rules out.
        case superseded(Version)
        case fenced(HybridClock)
        case notOwner(epoch: UInt64)
        case overloaded
        /// It refused for its own reason and stored nothing.
        case refused(Failure.Code)
        /// The message certainly never reached it.
        case unreachable
        /// The message left, and no answer will come any more.
        case lost
    }

    package enum Step: Hashable, Sendable {
        case wait
        /// Stamp a version above this one, call `restarted`, and send it to every owner (W2).
        case restamp(above: Version)
        case finish(Outcome)
    }

    package enum Outcome: Hashable, Sendable {
        /// The level is reached with as many true acks as `acks` says.
        case written(Version, acks: Int)
        /// The condition does not hold: an owner stores this version. Another owner may have taken
        /// the write all the same unless `isDefinite`.
        case conflict(Version, isDefinite: Bool)
        case failed(Shortfall)
    }

    /// How often a write tries to get above other writers before it reports a conflict.
    package static let mostAttempts = 8

    package let owners: [NodeID]
    package let level: Consistency
    /// The write holds only where nothing newer than this is stored.
    package let expected: Version?
    /// Of the current attempt.
    package private(set) var version: Version
    package private(set) var attempts = 1
    /// The highest epoch that an owner refused with (P4).
    package private(set) var highestEpoch: UInt64?
    /// What each owner said to the current attempt; nil while nothing is known.
    private var replies: [Reply?]
    private var phase = Phase.open
    /// An owner may hold the version of this attempt or of an earlier one: sticky (W4).
    private var mayHaveLanded = false
    /// An owner was sent this attempt more than once, so its answer may not be its last.
    private var wasRepeated = false
    /// The caller was told that nothing was written, so nothing may be sent any more.
    private var isAbandoned = false

    private enum Phase {
        case open, restamping, finished
    }

    /// The write goes to all owners at once. `expected` makes it conditional.
    package init(
        owners: [NodeID], level: Consistency, version: Version, expected: Version? = nil
    ) {
        self.owners = owners
        self.level = level
        self.version = version
        self.expected = expected
        replies = Array(repeating: nil, count: owners.count)
    }

    /// Counts a reply to the attempt that carried `attempt`. Replies of strangers, of earlier
    /// attempts and repeated ones change no count.
    package mutating func receive(_ reply: Reply, from owner: NodeID, attempt: Version) -> Step {
        guard let index = owners.firstIndex(of: owner) else { return .wait }
        if case .notOwner(let epoch) = reply { highestEpoch = max(epoch, highestEpoch ?? 0) }
        if reply == .accepted || reply == .held { mayHaveLanded = true }
        guard attempt == version, reply.replaces(replies[index]) else { return .wait }
        replies[index] = reply
        return decision()
    }

    /// The time is up.
    package mutating func expire() -> Step {
        phase == .finished ? .wait : finish(.failed(shortfall(.timedOut)))
    }

    /// The attempt is sent again to owners that are `missing`.
    package mutating func repeated() { wasRepeated = true }

    /// A new attempt with a version above the one that `restamp` asked for.
    package mutating func restarted(version next: Version) {
        precondition(next > version, "\(next) is not above \(version)")
        guard phase == .restamping else { return }
        mayHaveLanded = mayHaveLanded || replies.contains(where: mayYetHold)
        version = next
        attempts += 1
        wasRepeated = false
        replies = Array(repeating: nil, count: owners.count)
        phase = .open
    }
}

extension WriteCoordinator {
    /// Owners that hold the version for certain.
    package var holders: [NodeID] {
        owners.indices.filter { replies[$0] == .accepted || replies[$0] == .held }.map {
            owners[$0]
        }
    }

    /// How many they are.
    package var acks: Int { replies.count { $0 == .accepted || $0 == .held } }

    /// Acks that count towards the level.
    private var countedAcks: Int {
        level == .one ? acks : replies.count { $0 == .accepted }
    }

    /// The end is reached and every owner has been heard of: nothing further will change.
    package var isSettled: Bool { phase == .finished && !replies.contains(nil) }

    /// Owners that are not known to hold the version or a newer one and may still take it, and
    /// while the level is open those whose ack does not count yet: send it again or keep a hint.
    /// Nobody once the caller was told that nothing was written.
    package var missing: [NodeID] {
        guard !isAbandoned else { return [] }
        return owners.indices.filter { index in
            guard let reply = replies[index] else { return true }
            return reply.mayTakeLater || (reply == .held && phase == .open)
        }.map { owners[$0] }
    }

    private var needed: Int { level.required(of: owners.count) }

    private mutating func decision() -> Step {
        guard phase == .open else { return .wait }
        let counted = countedAcks
        if counted >= needed { return finish(.written(version, acks: acks)) }
        // Asked again, an owner that recovers says one day whether the version is the highest.
        let possible = counted + replies.count { $0 == nil || ($0 == .held && level != .one) }
        return possible >= needed ? .wait : levelLost(possible: possible)
    }

    /// Too few owners can accept this version any more: try a higher one, or end here.
    private mutating func levelLost(possible: Int) -> Step {
        let higher = replies.compactMap(\.?.obstacle)
        guard let highest = higher.max(), possible + higher.count >= needed else {
            return finish(.failed(shortfall(failureCode)))
        }
        if expected != nil, replies.contains(where: { $0?.isSuperseded ?? false }) {
            return finish(.conflict(highest, isDefinite: isCertainlyAbsent))
        }
        // An old version once more. Above the fence it would be another write, which could bring
        // back what was deleted.
        if expected == version { return finish(.failed(shortfall(.conflict))) }
        if attempts >= Self.mostAttempts { return finish(.failed(shortfall(.conflict))) }
        phase = .restamping
        return .restamp(above: max(highest, version))
    }

    private mutating func finish(_ outcome: Outcome) -> Step {
        phase = .finished
        switch outcome {
        case .written: break
        case .conflict: isAbandoned = true
        case .failed(let shortfall): isAbandoned = shortfall.isDefinite
        }
        return .finish(outcome)
    }

    /// What most of all kept the level away.
    private var failureCode: Failure.Code {
        if replies.contains(where: { if case .notOwner? = $0 { true } else { false } }) {
            return .notOwner
        }
        if replies.contains(.overloaded) { return .overloaded }
        for case .refused(let reason)? in replies { return reason }
        return .unavailable
    }

    /// No owner holds this attempt or an earlier one, and none will.
    package var isCertainlyAbsent: Bool {
        !mayHaveLanded && !replies.contains(where: mayYetHold)
    }

    private func shortfall(_ code: Failure.Code) -> Shortfall {
        let missing = owners.indices.filter { index in
            guard let reply = replies[index] else { return code == .timedOut }
            return reply.isFailure || (reply == .held && level != .one)
        }
        return Shortfall(
            code: code, level: level, reached: countedAcks, needed: needed, owners: owners.count,
            missing: missing.map { owners[$0] }, isDefinite: isCertainlyAbsent, version: version,
            epoch: highestEpoch)
    }

    /// A refusal tells of the copy of the message that it answers. Another one may have been taken
    /// before and its answer lost, or be taken later, when there is room or the stamp is in time.
    private func mayYetHold(_ reply: Reply?) -> Bool {
        switch reply {
        case nil, .accepted, .held, .lost: true
        case .superseded, .fenced, .notOwner, .overloaded, .refused: wasRepeated
        case .unreachable: false
        }
    }
}

extension WriteCoordinator.Reply {
    /// The version to get above before this owner accepts.
    fileprivate var obstacle: Version? {
        switch self {
        case .superseded(let version): version
        case .fenced(let clock): Version(clock: clock, origin: .max)
        default: nil
        }
    }

    fileprivate var isSuperseded: Bool { if case .superseded = self { true } else { false } }

    fileprivate var mayTakeLater: Bool { if case .notOwner = self { false } else { isFailure } }

    /// The owner neither took the version nor has a better one.
    fileprivate var isFailure: Bool {
        switch self {
        case .overloaded, .refused, .unreachable, .lost, .notOwner: true
        case .accepted, .held, .superseded, .fenced: false
        }
    }

    /// Whether this reply tells more than the one before. An ack is final; anything else may still
    /// turn into one, because replies overtake one another and a message may be sent again. Silence
    /// takes no answer back.
    fileprivate func replaces(_ earlier: Self?) -> Bool {
        switch (earlier, self) {
        case (nil, _): true
        case (.accepted, _): false
        case (_, .accepted): true
        case (_, .unreachable): false
        case (_, .lost): earlier?.mayTakeLater ?? true
        case (.superseded(let known), .superseded(let other)): other > known
        case (.superseded, _), (.fenced, .notOwner): false
        default: true
        }
    }
}
