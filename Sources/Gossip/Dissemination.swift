import GrepvineDistCore

/// News about members, waiting to ride on the next packets. The least-sent goes first, so fresh
/// news outruns old news (SWIM §4.1).
///
/// Only who and what is queued; the claim itself is taken from the table when it is sent, so what
/// goes out is never older than what is known.
struct Dissemination: Sendable {
    enum Kind: Sendable {
        /// Alive, suspect, dead or left.
        case standing
        /// The standing with the metadata.
        case profile
    }

    struct Entry: Sendable {
        let id: NodeID
        let kind: Kind
        var transmissions = 0
        /// Rises with every piece of news: among equally often sent ones the newest goes first.
        var stamp: UInt64
    }

    /// At most one entry per member and kind: the queue is O(members), never a log (S5).
    private(set) var entries: [Entry] = []
    private var stamps: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func enqueue(_ id: NodeID, _ kind: Kind) {
        entries.removeAll { $0.id == id && $0.kind == kind }
        stamps += 1
        entries.insert(Entry(id: id, kind: kind, stamp: stamps), at: 0)
    }

    mutating func forget(_ id: NodeID) { entries.removeAll { $0.id == id } }

    /// Offers entries, least sent first; those that `offer` takes count as sent once more and
    /// leave after `limit` transmissions.
    mutating func send(limit: Int, _ offer: (Entry) -> Bool) {
        guard !entries.isEmpty else { return }
        entries.sort { ($0.transmissions, $1.stamp) < ($1.transmissions, $0.stamp) }
        for index in entries.indices where offer(entries[index]) {
            entries[index].transmissions += 1
        }
        entries.removeAll { $0.transmissions >= limit }
    }
}

/// User broadcasts waiting to ride along. A bounded queue: past the bound the oldest is dropped.
struct BroadcastQueue: Sendable {
    private struct Pending: Sendable {
        let broadcast: GossipBroadcast
        var transmissions = 0
    }

    static let capacity = 64
    private var pending: [Pending] = []

    var isEmpty: Bool { pending.isEmpty }

    mutating func enqueue(_ broadcast: GossipBroadcast) {
        if pending.count == Self.capacity { pending.removeFirst() }
        pending.append(Pending(broadcast: broadcast))
    }

    /// As `Dissemination.send`; in order of arrival among the equally often sent.
    mutating func send(limit: Int, _ offer: (GossipBroadcast) -> Bool) {
        let least = pending.indices.sorted {
            (pending[$0].transmissions, $0) < (pending[$1].transmissions, $1)
        }
        for index in least where offer(pending[index].broadcast) {
            pending[index].transmissions += 1
        }
        pending.removeAll { $0.transmissions >= limit }
    }
}
