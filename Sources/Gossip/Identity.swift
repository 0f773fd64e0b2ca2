package import GrepvineDistCore

/// Who a node is and which of its lives this is (S1). Both parts are persisted before the first
/// send; the boot epoch rises with every start.
package struct Identity: Hashable, Sendable {
    package var id: NodeID
    package var bootEpoch: UInt64

    package init(id: NodeID, bootEpoch: UInt64) {
        self.id = id
        self.bootEpoch = bootEpoch
    }
}

/// What is believed about one member, in the only order that beliefs are compared by (S1):
/// boot epoch, then incarnation, then alive < suspect < dead < left.
package struct Standing: Hashable, Comparable, Sendable {
    package var bootEpoch: UInt64
    /// Raised by the member itself and by nobody else.
    package var incarnation: UInt64
    package var liveness: MemberStatus.Liveness

    package init(bootEpoch: UInt64, incarnation: UInt64, liveness: MemberStatus.Liveness) {
        self.bootEpoch = bootEpoch
        self.incarnation = incarnation
        self.liveness = liveness
    }

    package static func < (left: Standing, right: Standing) -> Bool {
        (left.bootEpoch, left.incarnation, left.liveness.rank)
            < (right.bootEpoch, right.incarnation, right.liveness.rank)
    }

    /// Whether a claim leaps further than a member's refutations could have taken it.
    package func isImplausible(after known: Standing) -> Bool {
        // A new life begins at 0.
        let least = bootEpoch == known.bootEpoch ? known.incarnation : 0
        return incarnation > least && incarnation - least > GossipLimit.incarnationLeap
    }
}

extension NodeID {
    /// The next lower id; nil for the lowest.
    var predecessor: NodeID? {
        if low > 0 { return NodeID(high: high, low: low - 1) }
        return high > 0 ? NodeID(high: high - 1, low: .max) : nil
    }
}

extension MemberStatus.Liveness {
    /// Order at equal incarnation, and the number on the wire.
    package var rank: UInt8 {
        switch self {
        case .alive: 0
        case .suspect: 1
        case .dead: 2
        case .left: 3
        }
    }

    package init?(rank: UInt8) {
        switch rank {
        case 0: self = .alive
        case 1: self = .suspect
        case 2: self = .dead
        case 3: self = .left
        default: return nil
        }
    }

    /// Still counted as a participant: alive, or suspected and not yet given up.
    package var isLive: Bool { rank < 2 }
}

/// Sizes that hold on the wire and in memory, whatever anybody sends (S6).
package enum GossipLimit {
    /// Bytes of UTF-8.
    package static let clusterName = 64
    package static let memberName = 64
    package static let host = 253
    package static let label = 64
    /// Bytes of one member's encoded metadata.
    package static let metadata = 512
    /// Accusers that one claim names: enough for unanimity among the council of five.
    package static let accusers = 4
    /// The farthest that one claim may raise an incarnation.
    package static let incarnationLeap: UInt64 = 1 << 20
    /// Counters above this are refused, so that one more than any of them still fits.
    package static let counter: UInt64 = 1 << 62
    /// Bytes of a request to ping at least: room for a ping and two short answers.
    package static let pingRequest = 512
    /// Addresses that one name of a seed may stand for; more are ignored.
    package static let seedAddresses = 256
    /// Bytes of one user broadcast.
    package static let broadcast = 256
    /// Kinds of user broadcasts are numbered below this.
    package static let broadcastKinds: UInt8 = 16
}
