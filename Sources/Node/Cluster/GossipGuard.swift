package import GrepvineDistCore
package import GrepvineGossip

/// A datagram whose seal the edge has opened.
package struct OpenedDatagram: Hashable, Sendable {
    package var body: ArraySlice<UInt8>
    package var nonce: GossipNonce
    /// What it had on the wire.
    package var size: Int

    package init(body: ArraySlice<UInt8>, nonce: GossipNonce, size: Int) {
        self.body = body
        self.nonce = nonce
        self.size = size
    }
}

/// A sealed datagram that the edge could not open.
package struct UnopenedDatagram: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case malformed
        case otherCluster(String)
        case unknownKey(KeyID)
        /// Damaged on the way, or made by somebody without the key.
        case forged(KeyID)
    }

    package var reason: Reason
    package var size: Int

    package init(_ reason: Reason, size: Int) {
        self.reason = reason
        self.size = size
    }
}

/// Why a datagram is not listened to (S6).
package enum SealRefusal: String, CaseIterable, Sendable {
    case inClear = "in-clear"
    case noKeys = "no-keys"
    case unknownKey = "unknown-key"
    case forged
    case replayed
    case earlierLife = "earlier-life"
    case otherCluster = "other-cluster"
    case malformed
}

/// Decides which datagrams this node listens to, and counts the others.
package struct GossipGuard: Sendable {
    let encryption: GossipEncryption
    package private(set) var opened: UInt64 = 0
    /// Hints of others that they do not listen to this node.
    package private(set) var notices: UInt64 = 0
    private var refused = [UInt64](repeating: 0, count: SealRefusal.allCases.count)
    private var replay: ReplayGuard
    private var limiter = LogLimiter<Subject>()

    private struct Subject: Hashable {
        let what: String
        let address: Address
    }

    init(_ encryption: GossipEncryption, senders: Int) {
        self.encryption = encryption
        replay = ReplayGuard(capacity: senders)
    }

    package func count(of refusal: SealRefusal) -> UInt64 {
        zip(SealRefusal.allCases, refused).first { $0.0 == refusal }?.1 ?? 0
    }

    /// Senders whose nonces are remembered.
    package var senders: Int { replay.count }

    /// What of an opened datagram may go on; nil with the reason when nothing may.
    ///
    /// Of an earlier life only a question for the member table is heard: that is how a node whose
    /// clock was set back learns that it must raise its boot epoch (S1), and to play it again gets
    /// nobody more than an answer that he cannot read.
    mutating func admit(_ datagram: GossipDatagram, _ nonce: GossipNonce) -> SealRefusal? {
        switch replay.admit(datagram.sender, nonce) {
        case .fresh: break
        case .replayed: return .replayed
        case .earlierLife:
            guard case .pull = datagram.message else { return .earlierLife }
        }
        opened += 1
        return nil
    }

    /// Counts; how many lines were kept back when one should be written now.
    mutating func note(_ refusal: SealRefusal, from address: Address, now: Instant) -> Int? {
        for (index, known) in SealRefusal.allCases.enumerated() where known == refusal {
            refused[index] += 1
        }
        return limiter.admit(Subject(what: refusal.rawValue, address: address), now: now)
    }

    mutating func note(_ notice: GossipNotice, from address: Address, now: Instant) -> Int? {
        notices += 1
        return limiter.admit(Subject(what: "\(notice.reason)", address: address), now: now)
    }
}
