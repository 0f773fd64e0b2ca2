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

    struct Topic: Hashable, Sendable {
        let id: NodeID
        let kind: Kind
    }

    /// At most one entry per member and kind: the queue is O(members), never a log (S5).
    private var queue = SendQueue<Topic>()
    private var stamps: Int64 = 0

    var isEmpty: Bool { queue.isEmpty }

    /// In the order of sending.
    var topics: [Topic] { queue.entries.map(\.item) }

    var count: Int { queue.entries.count }

    /// Among equally often sent ones the newest goes first.
    mutating func enqueue(_ id: NodeID, _ kind: Kind) {
        let topic = Topic(id: id, kind: kind)
        queue.removeAll { $0 == topic }
        stamps += 1
        queue.insert(topic, rank: -stamps)
    }

    mutating func forget(_ id: NodeID) { queue.removeAll { $0.id == id } }

    mutating func send(limit: Int, _ offer: (Topic) -> SendQueue<Topic>.Verdict) {
        queue.send(limit: limit, offer)
    }
}

/// User broadcasts waiting to ride along: the newest of each member and kind (S5). Bounded: past
/// the bound what was sent the most is dropped.
struct BroadcastQueue: Sendable {
    static let capacity = 1024
    private var queue = SendQueue<GossipBroadcast>()
    private var stamps: Int64 = 0
    /// Broadcasts that found no room, counted when they push others out.
    private(set) var dropped = 0

    var isEmpty: Bool { queue.isEmpty }

    var count: Int { queue.entries.count }

    /// Among equally often sent ones the oldest goes first.
    mutating func enqueue(_ broadcast: GossipBroadcast) {
        queue.removeAll { $0.origin.id == broadcast.origin.id && $0.kind == broadcast.kind }
        if count == Self.capacity {
            queue.removeLast()
            dropped += 1
        }
        stamps += 1
        queue.insert(broadcast, rank: stamps)
    }

    mutating func send(
        limit: Int, _ offer: (GossipBroadcast) -> SendQueue<GossipBroadcast>.Verdict
    ) {
        queue.send(limit: limit, offer)
    }
}
