import GrepvineDistCore

/// All that this node believes about one member, itself included.
struct Peer: Sendable {
    let id: NodeID
    var name: String
    var address: Address
    var standing: Standing
    var profile: Profile
    var suspicion: Suspicion?
    /// Since when it has its liveness.
    var since: Instant
    /// The last direct answer to a probe.
    var lastSeen: Instant?
    /// Smoothed time from a ping to its ack.
    var roundTrip: Duration?
    /// Where that answer came from: the one source that may be answered at length (S6).
    var path: Address?
    /// Pacing of probes while it is dead (S3).
    var retry: Backoff
    /// A member of the topology, never forgotten.
    var isKept = false

    init(_ claim: Claim, now: Instant, retry: Backoff) {
        id = claim.id
        name = claim.name
        address = claim.address
        standing = claim.standing
        profile = claim.profile ?? .unheard
        since = now
        self.retry = retry
    }

    var liveness: MemberStatus.Liveness { standing.liveness }

    /// Share in the table's digest. The dead and gone have none, so whoever forgot them already
    /// agrees with whoever remembers.
    var digest: UInt64 { liveness.isLive ? fingerprint : 0 }

    /// Equal for equal standing and metadata, but for collisions.
    var fingerprint: UInt64 {
        let words = [
            id.high, id.low, standing.bootEpoch, standing.incarnation,
            UInt64(standing.liveness.rank), profile.version,
        ]
        return words.reduce(0x2545_f491_4f6c_dd1d) {
            Mix.fold($0 ^ $1, 0x9e37_79b9_7f4a_7c15) &+ $1
        }
    }

    /// An ack took so long; smoothed as TCP does it (RFC 6298).
    mutating func took(_ time: Duration) {
        roundTrip = roundTrip.map { $0 + (time - $0) / 8 } ?? time
    }

    func claim(withProfile: Bool) -> Claim {
        Claim(
            id: id, name: name, address: address, standing: standing,
            accusers: suspicion?.accusers ?? [],
            profile: withProfile && profile.version > 0 ? profile : nil)
    }
}

/// What a claim changed in a peer.
struct Merge: Equatable {
    /// What the owner is told; a mere rise of the incarnation says nothing.
    var event: MemberEvent.Kind?
    var standing = false
    var profile = false

    var isNothing: Bool { !standing && !profile }
}

extension Peer {
    /// Joins a claim in: the higher standing wins, metadata wins by version within one life, and a
    /// higher boot epoch replaces everything (S1). The order of arrival makes no difference.
    mutating func merge(_ claim: Claim) -> Merge {
        var merge = Merge()
        guard claim.standing.bootEpoch >= standing.bootEpoch else { return merge }
        if claim.standing > standing {
            let isNewLife = claim.standing.bootEpoch > standing.bootEpoch
            merge.event = Self.event(from: liveness, to: claim.standing.liveness, isNewLife)
            merge.standing = true
            if isNewLife {
                (name, address, path) = (claim.name, claim.address, nil)
                profile.version = 0
            }
            standing = claim.standing
        }
        if let heard = claim.profile, heard.version > profile.version {
            profile = heard
            merge.profile = true
        }
        return merge
    }

    private static func event(
        from old: MemberStatus.Liveness, to new: MemberStatus.Liveness, _ isNewLife: Bool
    ) -> MemberEvent.Kind? {
        switch new {
        case .alive: isNewLife ? .restarted : old == .alive ? nil : .recovered
        case .suspect: isNewLife ? .restarted : old == .suspect ? nil : .suspected
        case .dead: old == .dead ? nil : .died
        case .left: old == .left ? nil : .left
        }
    }
}

/// The members in ascending order of id, so that whatever walks them does so everywhere alike.
struct MemberTable: Sendable {
    private(set) var peers: [Peer] = []
    /// Sum over the live members: equal views have equal digests in whatever order they grew.
    private(set) var digest: UInt64 = 0
    /// Members counted as participants, this node included.
    private(set) var liveCount = 0
    /// Members of those that nobody suspects.
    private(set) var aliveCount = 0
    /// Everybody who is not alive, ascending: what timers look at, so that a healthy table costs
    /// nothing however large it is.
    private(set) var unsettled: [NodeID] = []
    /// Rises whenever the timers of the unsettled may have changed.
    private(set) var revision: UInt64 = 0

    func index(of id: NodeID) -> Int? {
        let index = insertionIndex(of: id)
        return index < peers.count && peers[index].id == id ? index : nil
    }

    subscript(id: NodeID) -> Peer? { index(of: id).map { peers[$0] } }

    func liveness(of id: NodeID) -> MemberStatus.Liveness? {
        index(of: id).map { peers[$0].liveness }
    }

    mutating func insert(_ peer: Peer) {
        let index = insertionIndex(of: peer.id)
        precondition(index == peers.count || peers[index].id != peer.id, "\(peer.id) is known")
        peers.insert(peer, at: index)
        count(peer.digest, peer.liveness, 1)
        if peer.liveness != .alive { unsettle(peer.id) }
    }

    mutating func update(_ index: Int, _ change: (inout Peer) -> Void) {
        let old = (digest: peers[index].digest, liveness: peers[index].liveness)
        change(&peers[index])
        let new = (digest: peers[index].digest, liveness: peers[index].liveness)
        if old.liveness != .alive || new.liveness != .alive { revision += 1 }
        guard new != old else { return }
        count(old.digest, old.liveness, -1)
        count(new.digest, new.liveness, 1)
        guard (old.liveness == .alive) != (new.liveness == .alive) else { return }
        if new.liveness == .alive { settle(peers[index].id) } else { unsettle(peers[index].id) }
    }

    mutating func remove(at index: Int) {
        let peer = peers.remove(at: index)
        count(peer.digest, peer.liveness, -1)
        if peer.liveness != .alive { settle(peer.id) }
    }

    private mutating func count(
        _ share: UInt64, _ liveness: MemberStatus.Liveness, _ sign: Int
    ) {
        digest = sign > 0 ? digest &+ share : digest &- share
        if liveness.isLive { liveCount += sign }
        if liveness == .alive { aliveCount += sign }
    }

    private mutating func unsettle(_ id: NodeID) {
        let index = Self.insertionIndex(of: id, count: unsettled.count) { unsettled[$0] }
        unsettled.insert(id, at: index)
        revision += 1
    }

    private mutating func settle(_ id: NodeID) {
        let index = Self.insertionIndex(of: id, count: unsettled.count) { unsettled[$0] }
        precondition(index < unsettled.count && unsettled[index] == id, "\(id) was settled")
        unsettled.remove(at: index)
        revision += 1
    }

    /// The first index whose id is not below `id`.
    func insertionIndex(of id: NodeID) -> Int {
        Self.insertionIndex(of: id, count: peers.count) { peers[$0].id }
    }

    private static func insertionIndex(
        of id: NodeID, count: Int, _ at: (Int) -> NodeID
    ) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if at(middle) < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
