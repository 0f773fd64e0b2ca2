package import GrepvineDistCore
import GrepvineGossip

/// How well data calls to one peer go lately: local evidence, never gossiped, so that a slow peer
/// is asked last at once while everybody still believes that it is alive (S4).
///
/// A breaker opens after some calls in a row without an answer, and lets one try through when its
/// time is over; each failed try doubles the time.
package struct RouteHealth: Hashable, Sendable {
    /// Calls in a row without an answer that open the breaker.
    static let patience = 3
    static let shortestPause = Duration.milliseconds(500)
    static let longestPause = Duration.seconds(10)

    /// Smoothed time until an answer; nil before the first.
    package private(set) var latency: Duration?
    /// What answers seldom take longer than (R3).
    package var tail = TailLatency()
    private var silences = 0
    private var pause = Self.shortestPause
    private var closedUntil: Instant?

    /// True while the peer is to be asked last.
    package func isAvoided(at now: Instant) -> Bool { closedUntil.map { now < $0 } ?? false }

    /// The breaker is open, or waits for a try to succeed.
    package var isOpen: Bool { closedUntil != nil }

    mutating func answered(after time: Duration) {
        latency = latency.map { $0 + (time - $0) / 8 } ?? time
        tail.note(time)
        silences = 0
        pause = Self.shortestPause
        closedUntil = nil
    }

    /// A call went without an answer for as long as one waits. True when the breaker opens: the
    /// peer deserves a probe.
    mutating func wasSilent(at now: Instant) -> Bool {
        silences += 1
        guard silences >= Self.patience, !isAvoided(at: now) else { return false }
        closedUntil = now + pause
        pause = min(pause * 2, Self.longestPause)
        return true
    }

    /// Order among reachable peers: avoided ones last, then by latency in powers of two, so that
    /// small differences leave the topology's own order alone.
    func rank(at now: Instant) -> Int {
        let microseconds = max(1, (latency ?? .zero).wholeNanoseconds / 1000)
        // Below a millisecond all are equal.
        let step = max(10, 63 - microseconds.leadingZeroBitCount)
        return (isAvoided(at: now) ? 64 : 0) + step
    }
}

extension WriteCoordinator.Reply {
    /// The owner itself said something.
    var isAnswer: Bool { self != .unreachable && self != .lost }
}

extension Node {
    /// An owner answered a call that was sent once.
    mutating func noteAnswer(of owner: NodeID, after time: Duration) {
        guard let index = peers.position(of: owner) else { return }
        peers.all[index].route.answered(after: time)
    }

    /// An owner let a call wait until it was sent again. When that goes on, membership looks.
    mutating func noteSilence(of owner: NodeID, now: Moment) {
        guard let index = peers.position(of: owner), peers.all[index].isLinked,
            peers.all[index].route.wasSilent(at: now.instant)
        else { return }
        metrics.routesAvoided += 1
        log(.warning, "peer-slow", ["peer": .text(peers.all[index].name)])
        gossiped(now) { $0.suspect(owner, now: now.instant, into: &$1) }
    }

    /// This node first when it is an owner, then the others by how well they answer, those that
    /// cannot be reached last.
    func preferred(_ owners: [NodeID], now: Moment) -> [NodeID] {
        func rank(_ owner: NodeID) -> Int {
            guard owner != id else { return -1 }
            guard let peer = peers[owner], peer.isReachable else { return 1000 }
            return peer.route.rank(at: now.instant)
        }
        return owners.enumerated().map { (rank($1), $0, $1) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
            .map(\.2)
    }
}
