import GrepvineDistCore
import GrepvineTransport

/// One get or set that the client coordinates by itself: one frame to each owner that the level
/// needs, counted by the same tallies that nodes use. The engine's thread only.
final class FanOut {
    let call: Call
    let key: Key
    /// Of the owners, in the order of the tally.
    let links: [Link]
    /// Exactly one of the two is there.
    var read: ReadCoordinator?
    var write: WriteCoordinator?
    /// Questions that have no answer yet, each with the link that they are on.
    var open: [(id: UInt64, link: Link)] = []
    /// When a read asked its first owners; nil once it asked more of them.
    var began: Instant?
    /// Owners that are silent until then are not waited for.
    var due: Instant
    /// A write that is answered, while some owner may still say whether it has it.
    var isAnswered = false
    /// Its level is out of reach. What the other owners answer still tells whether it landed.
    var isLost = false
    /// So many owners got a question, the first ones of `links`.
    var asked = 0

    init(_ call: Call, _ key: Key, _ links: [Link], due: Instant) {
        self.call = call
        self.key = key
        self.links = links
        self.due = due
        open.reserveCapacity(links.count)
    }

    func link(to owner: NodeID) -> Link? { links.first { $0.member == owner } }
}

/// One frame of a fan-out on a link.
struct OwnerAsk {
    let fanOut: FanOut
    let owner: NodeID
    /// Where its frame begins in the stream of bytes of the connection.
    let start: UInt64
}
