import GrepvineDistCore

/// Which nonces of one life of one sender have been heard: the newest, and a bit for each of those
/// shortly before it.
package struct ReplayWindow: Hashable, Sendable {
    /// How far datagrams of one sender may overtake one another.
    package static let size = 1024

    package enum Verdict: Hashable, Sendable {
        case fresh
        /// Heard before, or too old to know.
        case replayed
        /// Of an earlier life than one that was heard.
        case earlierLife
    }

    private var bootEpoch: UInt64
    private var newest: GossipNonce
    /// Bit n mod `size`: nonce n was heard, for the `size` newest.
    private var heard: [UInt64]

    package init(bootEpoch: UInt64, first nonce: GossipNonce) {
        self.bootEpoch = bootEpoch
        newest = nonce
        heard = Array(repeating: 0, count: Self.size / 64)
        mark(nonce)
    }

    package mutating func admit(bootEpoch: UInt64, _ nonce: GossipNonce) -> Verdict {
        guard bootEpoch >= self.bootEpoch else { return .earlierLife }
        if bootEpoch > self.bootEpoch {
            self = ReplayWindow(bootEpoch: bootEpoch, first: nonce)
            return .fresh
        }
        if nonce > newest {
            advance(to: nonce)
        } else if newest.rawValue - nonce.rawValue >= UInt128(Self.size) || isMarked(nonce) {
            return .replayed
        }
        mark(nonce)
        return .fresh
    }

    private mutating func advance(to nonce: GossipNonce) {
        let step = min(nonce.rawValue - newest.rawValue, UInt128(Self.size))
        if step == UInt128(Self.size) {
            for word in heard.indices { heard[word] = 0 }
        } else {
            for ahead in 1...step { unmark(GossipNonce(newest.rawValue + ahead)) }
        }
        newest = nonce
    }

    private func place(_ nonce: GossipNonce) -> (word: Int, bit: UInt64) {
        let place = Int(nonce.low % UInt64(Self.size))
        return (place / 64, 1 << UInt64(place % 64))
    }

    private func isMarked(_ nonce: GossipNonce) -> Bool {
        let (word, bit) = place(nonce)
        return heard[word] & bit != 0
    }

    private mutating func mark(_ nonce: GossipNonce) {
        let (word, bit) = place(nonce)
        heard[word] |= bit
    }

    private mutating func unmark(_ nonce: GossipNonce) {
        let (word, bit) = place(nonce)
        heard[word] &= ~bit
    }
}

/// The windows of all senders that proved to hold a key. Past its bound the sender that was silent
/// for longest is forgotten.
package struct ReplayGuard: Sendable {
    private struct Entry: Sendable {
        var window: ReplayWindow
        /// Rises with every datagram: the lowest was silent for longest.
        var stamp: UInt64
    }

    private let capacity: Int
    /// Looked up by key; what is forgotten follows from stamps, which differ.
    private var entries: [NodeID: Entry] = [:]
    private var stamps: UInt64 = 0

    package init(capacity: Int) { self.capacity = capacity }

    package var count: Int { entries.count }

    package mutating func admit(_ sender: Identity, _ nonce: GossipNonce) -> ReplayWindow.Verdict {
        stamps += 1
        guard var entry = entries[sender.id] else {
            makeRoom()
            let window = ReplayWindow(bootEpoch: sender.bootEpoch, first: nonce)
            entries[sender.id] = Entry(window: window, stamp: stamps)
            return .fresh
        }
        // Nothing else holds the window while it changes, so it is not copied.
        entries[sender.id] = nil
        let verdict = entry.window.admit(bootEpoch: sender.bootEpoch, nonce)
        if verdict == .fresh { entry.stamp = stamps }
        entries[sender.id] = entry
        return verdict
    }

    private mutating func makeRoom() {
        guard entries.count >= capacity,
            let oldest = entries.min(by: { $0.value.stamp < $1.value.stamp })
        else { return }
        entries[oldest.key] = nil
    }
}
