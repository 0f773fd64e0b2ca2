import GrepvineDistCore

extension Membership {
    /// Merges what somebody says about a member, passes on what was news, tells the owner.
    ///
    /// Hearsay comes from a pulled table rather than from gossip: that a member is dead there is
    /// only a reason to suspect it here, or else a healed partition would have each side bury the
    /// living members of the other.
    mutating func absorb(
        _ claim: Claim, from origin: Origin, isHearsay: Bool, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard claim.id != id else {
            absorbAboutSelf(claim, from: origin, now: now, into: &effects)
            return
        }
        guard claim.standing.bootEpoch <= latestBootEpoch else {
            dropImplausible(claim, from: origin, into: &effects)
            return
        }
        guard let index = table.index(of: claim.id) else {
            admit(claim, from: origin, isHearsay: isHearsay, now: now, into: &effects)
            return
        }
        let known = table.peers[index].standing
        guard !claim.standing.isImplausible(after: known) else {
            dropImplausible(claim, from: origin, into: &effects)
            return
        }
        var claim = claim
        if isHearsay, claim.standing.liveness == .dead, known.liveness.isLive,
            claim.standing.incarnation == known.incarnation,
            claim.standing.bootEpoch == known.bootEpoch
        {
            claim.standing.liveness = .suspect
            claim.accusers = [origin.id]
        }
        merge(claim, at: index, now: now, into: &effects)
    }

    /// Merges into a known member. Also how this node's own findings enter: as claims.
    mutating func merge(
        _ claim: Claim, at index: Int, now: Instant, into effects: inout [GossipEffect]
    ) {
        let old = table.peers[index].liveness
        var merge = Merge()
        table.update(index) { merge = $0.merge(claim) }
        let isConfirmed = updateSuspicion(claim, at: index, isNew: merge.standing, now: now)
        guard !merge.isNothing || isConfirmed else { return }
        settle(index, changedFrom: old, now: now)
        if merge.profile { spread(claim.id, .profile) }
        if merge.standing || isConfirmed { spread(claim.id, .standing) }
        announce(merge, index, into: &effects)
        if merge.event == .suspected {
            statistics.suspicions += 1
            corroborate(claim.id, now: now, into: &effects)
        } else if merge.event == .recovered {
            statistics.recoveries += 1
        }
    }

    /// An unknown member is remembered whatever is said of it (S2).
    private mutating func admit(
        _ claim: Claim, from origin: Origin, isHearsay: Bool, now: Instant,
        into effects: inout [GossipEffect]
    ) {
        guard claim.standing.incarnation <= GossipLimit.incarnationLeap else {
            dropImplausible(claim, from: origin, into: &effects)
            return
        }
        guard table.peers.count < configuration.maximumMembers || evict() else {
            effects.append(.refused(.tableFull(claim.id, from: origin.address)))
            return
        }
        let retry = Backoff(first: now, delay: configuration.deadProbeMinimum)
        insert(Peer(claim, now: now, retry: retry))
        guard let index = table.index(of: claim.id) else { return }
        _ = updateSuspicion(claim, at: index, isNew: true, now: now)
        // A pulled table lists the long dead too: everybody else knows of them.
        guard claim.standing.liveness.isLive else {
            if !isHearsay { spread(claim.id, .standing) }
            return
        }
        spread(claim.id, claim.profile == nil ? .standing : .profile)
        probing.add(claim.id, &dice)
        effects.append(.changed(MemberEvent(kind: .joined, member: view(table.peers[index]))))
    }

    /// Keeps the suspicion in step with the standing; true when a new accuser was heard.
    private mutating func updateSuspicion(
        _ claim: Claim, at index: Int, isNew: Bool, now: Instant
    ) -> Bool {
        let peer = table.peers[index]
        guard peer.liveness == .suspect else {
            table.update(index) { $0.suspicion = nil }
            return false
        }
        if isNew || peer.suspicion == nil {
            let suspicion = Suspicion(
                start: now, accusers: claim.accusers, members: table.liveCount,
                configuration: configuration)
            table.update(index) { $0.suspicion = suspicion }
            return false
        }
        guard claim.standing == peer.standing, var suspicion = peer.suspicion else { return false }
        var isConfirmed = false
        for accuser in claim.accusers where suspicion.confirm(by: accuser) { isConfirmed = true }
        table.update(index) { $0.suspicion = suspicion }
        return isConfirmed
    }

    private mutating func settle(
        _ index: Int, changedFrom old: MemberStatus.Liveness, now: Instant
    ) {
        let peer = table.peers[index]
        guard peer.liveness != old else { return }
        let retry = Backoff(
            first: now + configuration.deadProbeMinimum, delay: configuration.deadProbeMinimum)
        table.update(index) {
            $0.since = now
            $0.retry = retry
        }
        if peer.liveness.isLive && !old.isLive { probing.add(peer.id, &dice) }
    }

    private func announce(_ merge: Merge, _ index: Int, into effects: inout [GossipEffect]) {
        let member = view(table.peers[index])
        if let kind = merge.event {
            effects.append(.changed(MemberEvent(kind: kind, member: member)))
        }
        if merge.profile && merge.event != .restarted {
            effects.append(.changed(MemberEvent(kind: .metadataChanged, member: member)))
        }
    }

    /// News: queued for gossip, and the tables of others may now differ from this one.
    mutating func spread(_ id: NodeID, _ kind: Dissemination.Kind) {
        dissemination.enqueue(id, kind)
        pulls.syncDelay = configuration.probeInterval
    }

    private mutating func dropImplausible(
        _ claim: Claim, from origin: Origin, into effects: inout [GossipEffect]
    ) {
        statistics.implausible += 1
        effects.append(
            .refused(
                .implausible(
                    claim.id, incarnation: claim.standing.incarnation, from: origin.address)))
    }
}

extension Membership {
    /// What others believe about this node. Its own word is final: anything at or above its own
    /// incarnation that is not simply "alive" is refuted with a higher one.
    private mutating func absorbAboutSelf(
        _ claim: Claim, from origin: Origin, now: Instant, into effects: inout [GossipEffect]
    ) {
        guard !hasLeft else { return }
        let mine = own.standing
        if claim.address != own.address, claim.standing.liveness.isLive,
            claim.standing.bootEpoch > mine.bootEpoch || isNewcomer(now: now)
        {
            challenge(claim.address, now: now, into: &effects)
        }
        guard claim.standing.bootEpoch >= mine.bootEpoch else {
            // Somebody has not heard of this life yet.
            spread(id, .standing)
            spread(id, .profile)
            return
        }
        guard claim.address == own.address || !claim.standing.liveness.isLive else { return }
        guard claim.standing.bootEpoch <= latestBootEpoch,
            !claim.standing.isImplausible(after: mine)
        else {
            dropImplausible(claim, from: origin, into: &effects)
            return
        }
        guard claim.standing.bootEpoch == mine.bootEpoch else {
            effects.append(.bootEpochBehind(known: claim.standing.bootEpoch))
            return
        }
        if claim.standing > mine {
            if claim.standing.liveness != .alive { noteHealth(1) }
            refute(claim.standing.incarnation)
        } else if claim.standing.liveness != .alive {
            spread(id, .standing)
        }
        if let heard = claim.profile, heard.version > own.profile.version {
            updateSelf { $0.profile.version = heard.version + 1 }
            spread(id, .profile)
        }
        startAnewIfNeeded(into: &effects)
    }

    /// Somebody has driven the counters up to where newcomers would not believe them.
    private func startAnewIfNeeded(into effects: inout [GossipEffect]) {
        guard
            own.standing.incarnation > GossipLimit.incarnationLeap / 2
                || own.profile.version > GossipLimit.counter / 2
        else { return }
        effects.append(.bootEpochBehind(known: own.standing.bootEpoch))
    }

    /// Raises the incarnation above what was claimed. While the data plane is down there is
    /// nothing to defend (S4).
    mutating func refute(_ claimed: UInt64) {
        guard isHealthy else { return }
        statistics.refutations += 1
        updateSelf { $0.standing.incarnation = max($0.standing.incarnation, claimed) + 1 }
        spread(id, .standing)
    }
}
