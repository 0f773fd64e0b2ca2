import GrepvineDistCore
import GrepvineGossip

/// Connections to peers come and go.
extension Node {
    mutating func linkUp(_ peer: NodeID, now: Moment) {
        guard let index = peers.position(of: peer), !peers.all[index].isLinked else { return }
        peers.all[index].isLinked = true
        log(.debug, "link-up", ["peer": .text(peers.all[index].name)])
        tellKeyring(to: peer, now: now)
        gossip.linkChanged(to: peer, isUp: true, now: now.instant)
        if topology == nil {
            followTopology(now: now)
        } else {
            sendTopology(to: peer, now: now)
            continueRecovery(now: now)
            startRepairing(with: peer, now: now)
            welcomeToHints(peer, now: now)
        }
    }

    /// A peer that was given up is there again, and its connection stood all the time: it was
    /// stopped, or nothing came through. It missed as much as if the connection had broken.
    mutating func peerReturned(_ peer: NodeID, now: Moment) {
        guard topology != nil else { return }
        stopRepairing(with: peer)
        startRepairing(with: peer, now: now)
        welcomeToHints(peer, now: now)
    }

    /// The peer cannot be reached now: whatever waits for it is told so at once.
    mutating func linkDown(_ peer: NodeID, now: Moment) {
        guard let index = peers.position(of: peer), peers.all[index].isLinked else { return }
        peers.all[index].isLinked = false
        peers.all[index].outbox.removeAll()
        formation.asked[peer] = nil
        sync.drop(peer)
        stopRepairing(with: peer)
        interruptHints(to: peer)
        log(.debug, "link-down", ["peer": .text(peers.all[index].name)])
        gossip.linkChanged(to: peer, isUp: false, now: now.instant)
        gossiped(now) { $0.suspect(peer, now: now.instant, into: &$1) }
        failReads(at: peer, now: now)
        failWrites(at: peer, now: now)
        failSearches(at: peer, now: now)
        keyringLost(peer, now: now)
        startPulls(now: now)
    }
}
