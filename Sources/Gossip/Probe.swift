import GrepvineDistCore

/// One question to one member, and when to give up on it.
struct Probe: Sendable {
    let target: NodeID
    let nonce: UInt64
    /// When to ask others to try; nil once they were asked.
    var indirectAt: Instant?
    var deadline: Instant
}

/// Whom to ask next, the questions that are open, and those asked for others.
struct Probing: Sendable {
    /// A ping sent for `origin`, who waits for its own nonce.
    struct Relay: Sendable {
        let nonce: UInt64
        let origin: Address
        let originNonce: UInt64
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
        open.reduce(.distantFuture) { min($0, $1.indirectAt ?? $1.deadline, $1.deadline) }
    }

    func isOpen(for id: NodeID) -> Bool { open.contains { $0.target == id } }

    /// False when too many are open already.
    mutating func begin(_ probe: Probe) -> Bool {
        guard open.count < Self.openLimit else { return false }
        open.append(probe)
        return true
    }

    func target(of nonce: UInt64) -> NodeID? { open.first { $0.nonce == nonce }?.target }

    mutating func close(_ nonce: UInt64) { open.removeAll { $0.nonce == nonce } }

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

    /// The next member of the round, or of a new one made of `candidates`.
    mutating func takeNext(
        among candidates: [NodeID], _ dice: inout SeededGenerator
    ) -> NodeID? {
        round.removeAll { candidate in !candidates.contains(candidate) }
        if round.isEmpty { round = candidates.shuffled(using: &dice) }
        return round.popLast()
    }

    /// A newcomer gets a place in the running round, so that it need not wait for a whole one.
    mutating func add(_ id: NodeID, _ dice: inout SeededGenerator) {
        round.insert(id, at: Int.random(in: 0...round.count, using: &dice))
    }
}
