package import GrepvineDistCore

extension Membership {
    /// Everybody known, in ascending order of id: this node, the dead and the departed included.
    package var members: [MemberView] { table.peers.map(view) }

    package func member(_ id: NodeID) -> MemberView? { table[id].map(view) }

    package var identity: Identity {
        Identity(id: id, bootEpoch: own.standing.bootEpoch)
    }

    package var metadata: Metadata { own.profile.metadata }

    package var cluster: String { envelope.cluster }

    /// Whether this node has left for good.
    package var hasLeft: Bool { own.liveness == .left }

    /// Nothing waits to be told: after `leave`, the process may end.
    package var isDrained: Bool { dissemination.isEmpty && broadcasts.isEmpty }

    /// The highest version of the protocol that all live members speak, this one included; nil when
    /// there is none. Members of whom only the standing has been heard are left out.
    package var commonProtocol: UInt16? {
        var range: ClosedRange<UInt16>? = nil
        for peer in table.peers where peer.liveness.isLive && peer.profile.version > 0 {
            let theirs = peer.profile.metadata.protocols
            let (low, high) =
                range.map {
                    (max($0.lowerBound, theirs.lowerBound), min($0.upperBound, theirs.upperBound))
                } ?? (theirs.lowerBound, theirs.upperBound)
            guard low <= high else { return nil }
            range = low...high
        }
        return range?.upperBound
    }

    /// Pieces of news, and user broadcasts, that wait to be sent.
    package var queuedNews: Int { dissemination.count }
    package var queuedBroadcasts: Int { broadcasts.count }
    package var droppedBroadcasts: Int { broadcasts.dropped }

    /// No other member is live.
    package var isIsolated: Bool { table.liveCount == (own.liveness.isLive ? 1 : 0) }

    /// Members that are alive or suspect, this node included.
    package var liveCount: Int { table.liveCount }

    package var suspectCount: Int { table.liveCount - table.aliveCount }

    /// Hash of the set of live members. Equal on nodes that see the same ones, whatever their
    /// incarnations: what unformed nodes compare (P5).
    package var viewDigest: UInt64 {
        table.peers.reduce(0) { sum, peer in
            guard peer.liveness.isLive else { return sum }
            return sum &+ Mix.fold(peer.id.high ^ 0x9e37_79b9_7f4a_7c15, peer.id.low ^ 0x2545_f491)
        }
    }

    func view(_ peer: Peer) -> MemberView {
        MemberView(
            id: peer.id, name: peer.name, address: peer.address,
            bootEpoch: peer.standing.bootEpoch, incarnation: peer.standing.incarnation,
            liveness: peer.liveness, since: peer.since, metadata: peer.profile.metadata,
            metadataVersion: peer.profile.version, lastSeen: peer.lastSeen,
            accusers: peer.suspicion?.accusers.count ?? 0, roundTrip: peer.roundTrip,
            isSelf: peer.id == id)
    }

    var own: Peer {
        guard let index = table.index(of: id) else { preconditionFailure("\(id) lost itself") }
        return table.peers[index]
    }

    mutating func updateSelf(_ change: (inout Peer) -> Void) {
        guard let index = table.index(of: id) else { preconditionFailure("\(id) lost itself") }
        table.update(index, change)
    }
}
