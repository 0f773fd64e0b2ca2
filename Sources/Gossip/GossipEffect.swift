package import GrepvineDistCore

/// What the owner has to do. In order.
package enum GossipEffect: Hashable, Sendable {
    case send([UInt8], to: Address)
    /// Send this by the stream to a member, if there is one: to `Membership.receive(stream:)` over
    /// there.
    case stream([UInt8], to: NodeID)
    /// Find out what a seed's name stands for and pass all of it to `Membership.resolved`.
    case resolve(Address)
    case changed(MemberEvent)
    /// Something was turned away. For the log, which limits its rate.
    case refused(Refusal)
    /// Peers remember a later life of this node than this one: persist a boot epoch above `known`
    /// and pass it to `Membership.adopt(bootEpoch:)` (S1).
    case bootEpochBehind(known: UInt64)
    case broadcast(GossipBroadcast)
    /// Another process, at this address, has this node's id and was there first: this one must not
    /// go on.
    case displaced(by: Address)
}

/// A change in what this node believes about another member, with the member after it.
package struct MemberEvent: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// Heard of for the first time, alive or suspect.
        case joined
        case suspected
        /// Alive again after having been suspect, dead or gone.
        case recovered
        case died
        case left
        /// Back with a higher boot epoch; whatever it had in memory is gone.
        case restarted
        case metadataChanged
    }

    package var kind: Kind
    package var member: MemberView

    package init(kind: Kind, member: MemberView) {
        self.kind = kind
        self.member = member
    }
}

/// Why a datagram or a claim was turned away.
package enum Refusal: Hashable, Sendable {
    case wrongCluster(mine: String, theirs: String, from: Address)
    /// Another process at `address` runs under this node's id.
    case duplicateID(NodeID, address: Address)
    case otherFormat(UInt8, from: Address)
    case undecodable(from: Address)
    /// An incarnation further ahead than refutations could have taken it.
    case implausible(NodeID, incarnation: UInt64, from: Address)
    /// The member table is full.
    case tableFull(NodeID, from: Address)
}

/// One member as this node sees it.
package struct MemberView: Hashable, Sendable {
    package var id: NodeID
    package var name: String
    /// Where it says that it listens: RPC on TCP and gossip on UDP.
    package var address: Address
    package var bootEpoch: UInt64
    package var incarnation: UInt64
    package var liveness: MemberStatus.Liveness
    /// Since when it has this liveness here.
    package var since: Instant
    package var metadata: Metadata
    /// 0 until the member's metadata has been heard.
    package var metadataVersion: UInt64
    /// The last direct answer to one of this node's probes.
    package var lastSeen: Instant?
    /// Nodes that failed to reach it, 0 unless suspect.
    package var accusers: Int
    /// Smoothed time from a ping to its ack; nil before the first.
    package var roundTrip: Duration?
    package var isSelf: Bool
}

/// Counts since the start, for metrics.
package struct GossipStatistics: Hashable, Sendable {
    package var sent = GossipTraffic()
    package var received = GossipTraffic()
    package var undecodable = 0
    package var wrongCluster = 0
    /// Claims that nobody could have made in good faith.
    package var implausible = 0
    package var probes = 0
    package var failedProbes = 0
    /// Failed direct probes that a stream was asked about, and those that it answered.
    package var streamProbes = 0
    package var streamAnswers = 0
    /// Members that were suspected here, that refuted it, and that this node gave up itself.
    package var suspicions = 0
    package var recoveries = 0
    package var deaths = 0
    package var refutations = 0
    package var pulls = 0
    /// Comparisons of tables by stream, and the claims that they sent.
    package var syncs = 0
    package var syncedClaims = 0
    /// Wakes so late that this node must have been stopped for a while.
    package var pauses = 0
}
