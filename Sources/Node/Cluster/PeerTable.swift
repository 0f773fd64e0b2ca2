package import GrepvineDistCore
import GrepvineTransport

/// The other nodes as this one reaches them, ascending by id: members of the topology and, before
/// there is one, every node in sight.
package struct PeerTable {
    package internal(set) var all: [PeerState] = []

    subscript(_ id: NodeID) -> PeerState? {
        guard let index = position(of: id) else { return nil }
        return all[index]
    }

    func position(of id: NodeID) -> Int? {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < all.count && all[low].id == id ? low : nil
    }
}

/// One other node.
package struct PeerState {
    package let id: NodeID
    package internal(set) var name = ""
    package internal(set) var address = Address(host: "", port: 0)
    /// Frames for the peer, back to back, until the runtime takes them.
    package let outbox: Outbox
    /// The connection carries frames. Local evidence, never gossiped.
    var isLinked = false
    var liveness = MemberStatus.Liveness.alive
    /// How well data calls go. Local evidence as well.
    package internal(set) var route = RouteHealth()

    /// Whether asking it now makes sense (W5).
    var isReachable: Bool { isLinked && liveness != .dead && liveness != .left }
}
