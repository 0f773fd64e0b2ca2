import GrepvineDistCore

/// One question to one member, and when to give up on it.
struct Probe: Sendable {
    let target: NodeID
    let nonce: UInt64
    let sent: Instant
    /// When to ask others to try; nil once they were asked.
    var indirectAt: Instant?
    var deadline: Instant
    /// Members that were asked, and those of them who said that they had no answer either.
    var helpers = 0
    var nacks = 0

    /// What a failure says about this node's own health: helpers that were not even heard are as
    /// likely lost here as there.
    var blame: Int { helpers > 0 ? max(0, helpers - nacks) : 1 }
}

/// Whom to ask next, the questions that are open, and those asked for others.
struct Probing: Sendable {
    /// A ping sent for `origin`, who waits for its own nonce.
    struct Relay: Sendable {
        let nonce: UInt64
        let origin: Address
        let originNonce: UInt64
        /// Bytes that one answer to the origin may have.
        let limit: Int
        /// When to tell the origin that there is no answer; nil once it was told, or never.
        var nackAt: Instant?
    }

    static let openLimit = 16
    static let relayLimit = 64

    private(set) var open: [Probe] = []
    private var relays: [Relay] = []
    /// A shuffled round; everybody comes once before anybody comes twice (SWIM §4.3).
    private var round: [NodeID] = []
    var next: Instant = .distantFuture

    /// The earliest instant at which an open probe wants something.
    var wake: Instant {
        let first = open.reduce(.distantFuture) {
            min($0, $1.indirectAt ?? $1.deadline, $1.deadline)
        }
        return relays.reduce(first) { min($0, $1.nackAt ?? $0) }
    }

    func isOpen(for id: NodeID) -> Bool { open.contains { $0.target == id } }

    /// False when too many are open already.
    mutating func begin(_ probe: Probe) -> Bool {
        guard open.count < Self.openLimit else { return false }
        open.append(probe)
        return true
    }

    func probe(_ nonce: UInt64) -> Probe? { open.first { $0.nonce == nonce } }

    /// Whether it was open.
    mutating func close(_ nonce: UInt64) -> Bool {
        guard let index = open.firstIndex(where: { $0.nonce == nonce }) else { return false }
        open.remove(at: index)
        return true
    }

    mutating func helped(_ nonce: UInt64, by helpers: Int) {
        guard let index = open.firstIndex(where: { $0.nonce == nonce }) else { return }
        open[index].helpers = helpers
    }

    mutating func nacked(_ nonce: UInt64) {
        guard let index = open.firstIndex(where: { $0.nonce == nonce }),
            open[index].nacks < open[index].helpers
        else { return }
        open[index].nacks += 1
    }

    /// Probes that nobody has answered by now; they are closed.
    mutating func takeFailed(by now: Instant) -> [Probe] {
        defer { open.removeAll { $0.deadline <= now } }
        return open.filter { $0.deadline <= now }
    }

    /// Probes for which others should be asked now; each is returned once.
    mutating func takeSilent(by now: Instant) -> [Probe] {
        var silent: [Probe] = []
        for index in open.indices {
            guard let at = open[index].indirectAt, at <= now else { continue }
            silent.append(open[index])
            open[index].indirectAt = nil
        }
        return silent
    }

    /// After a pause of this node, answers get as long again as they would have had.
    mutating func postpone(by pause: Duration) {
        for index in open.indices {
            open[index].deadline = open[index].deadline + pause
            open[index].indirectAt = open[index].indirectAt.map { $0 + pause }
        }
    }

    mutating func relay(_ relay: Relay) {
        if relays.count == Self.relayLimit { relays.removeFirst() }
        relays.append(relay)
    }

    mutating func takeRelay(_ nonce: UInt64) -> Relay? {
        relays.firstIndex { $0.nonce == nonce }.map { relays.remove(at: $0) }
    }

    /// Those whose origins wait for a word by now; each is returned once.
    mutating func takeUnanswered(by now: Instant) -> [Relay] {
        var unanswered: [Relay] = []
        for index in relays.indices {
            guard let at = relays[index].nackAt, at <= now else { continue }
            unanswered.append(relays[index])
            relays[index].nackAt = nil
        }
        return unanswered
    }

    /// The next live member of the round, or of a new one.
    mutating func takeNext(
        of table: MemberTable, except own: NodeID, _ dice: inout SeededGenerator
    ) -> NodeID? {
        while let id = round.popLast() {
            if table.liveness(of: id)?.isLive == true { return id }
        }
        round = table.peers.lazy.filter { $0.liveness.isLive && $0.id != own }.map(\.id)
            .shuffled(using: &dice)
        return round.popLast()
    }

    /// A newcomer gets a place in the running round, so that it need not wait for a whole one.
    mutating func add(_ id: NodeID, _ dice: inout SeededGenerator) {
        guard !round.contains(id) else { return }
        round.insert(id, at: Int.random(in: 0...round.count, using: &dice))
    }
}
