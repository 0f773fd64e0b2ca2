import GrepvineDistCore
import GrepvineStorage

/// What clients ask, whatever face they came through.
extension Node {
    mutating func receive(
        _ request: Request, _ id: RequestID, deadline: Duration?, now: Moment
    ) {
        metrics.requests += 1
        let end = now.instant + min(deadline ?? .seconds(3600), configuration.timeouts.operation)
        switch request {
        case .get(let key, let level, let atLeast):
            guard accepts(key, id) else { return }
            read(
                key, level: level ?? configuration.readConsistency, atLeast: atLeast,
                purpose: .get(id), deadline: end, now: now)
        case .set(let key, let value, let contentType, let expiration, let level, let retrying):
            guard accepts(key, id), accepts(value, id),
                accepts(retrying, keepingExpiry: expiration == .keep, id, now: now)
            else { return }
            let mutation = Mutation(
                key: key, contentType: contentType, value: value, retrying: retrying)
            set(mutation, expiration, level: level, id, deadline: end, now: now)
        case .delete(let key, let level, let retrying):
            guard accepts(key, id), accepts(retrying, keepingExpiry: false, id, now: now)
            else { return }
            let level = level ?? configuration.writeConsistency
            read(
                key, level: level, purpose: .delete(id, level, retrying: retrying), deadline: end,
                now: now)
        case .expire(let key, let expiration, let level):
            guard accepts(key, id) else { return }
            let level = level ?? configuration.writeConsistency
            read(
                key, level: level,
                purpose: .expire(ExpiryChange(request: id, expiration: expiration, level: level)),
                deadline: end,
                now: now)
        case .grep(let query): openGrep(query, id, deadline: deadline, now: now)
        case .grepNext(let stream): nextGrep(stream, id, now: now)
        case .grepCancel(let stream): cancelGrep(stream, id, now: now)
        case .topology:
            reply(topology.map(Response.topology) ?? .failure(notReady), to: id)
        case .members: reply(.members(members()), to: id)
        case .explain(let key): reply(explanation(of: key), to: id)
        case .settings: reply(.settings(configuration.settings), to: id)
        case .keyring(let request): receive(request, id, now: now)
        case .repair(let request): reply(repaired(request, now: now), to: id)
        case .chaos(let request):
            guard configuration.allowsChaos else { return reply(.failure(Self.chaosIsOff), to: id) }
            effects.append(.chaos(request, id))
        }
    }

    private mutating func set(
        _ mutation: Mutation, _ expiration: Expiration, level: Consistency?, _ id: RequestID,
        deadline: Instant, now: Moment
    ) {
        let level = level ?? configuration.writeConsistency
        var mutation = mutation
        switch expiration {
        case .never: break
        case .at(let time): mutation.expiry = time
        case .keep:
            return read(
                mutation.key, level: level, purpose: .set(id, mutation, level: level),
                deadline: deadline, now: now)
        }
        write(
            mutation, level: level,
            purpose: mutation.retrying == nil
                ? .client(id, existed: true) : .retry(id, existed: true),
            deadline: deadline, now: now)
    }

    /// A tombstone, unless a read quorum says that there is nothing to delete.
    mutating func delete(
        _ read: PendingRead, _ outcome: ReadCoordinator.Outcome, level: Consistency,
        retrying: Version?, _ id: RequestID, now: Moment
    ) {
        var existed = false
        var mayReturn = false
        if case .value = outcome { existed = true }
        // Owners that have not let go of it yet would show it again.
        if case .evicted = outcome { mayReturn = true }
        if !existed, !mayReturn, level != .one, retrying == nil {
            let owners = read.coordinator.owners.count
            let receipt = WriteReceipt(version: .zero, acks: owners, owners: owners, existed: false)
            return reply(.written(receipt), to: id)
        }
        write(
            Mutation(key: read.key, kind: .tombstone, retrying: retrying), level: level,
            purpose: retrying == nil
                ? .client(id, existed: existed) : .retry(id, existed: existed),
            deadline: read.deadline, now: now)
    }

    /// The same value under another expiry, only over the version that was read.
    mutating func expire(
        _ read: PendingRead, _ outcome: ReadCoordinator.Outcome, _ change: ExpiryChange,
        now: Moment
    ) {
        guard case .value(let record) = outcome else {
            return reply(nothingToExpire(read, change), to: change.request)
        }
        var expiry: WallTime?
        if case .at(let time) = change.expiration { expiry = time }
        if case .keep = change.expiration { expiry = record.expiry }
        write(
            Mutation(
                key: read.key, expiry: expiry, contentType: record.contentType,
                value: record.value, expected: record.version),
            level: change.level, purpose: .expire(change), deadline: read.deadline, now: now)
    }

    private func nothingToExpire(_ read: PendingRead, _ change: ExpiryChange) -> Response {
        guard !change.mayHaveLanded else {
            let text = "somebody else removed the key while its expiry was changed"
            return .failure(Failure(.conflict, text, isDefinite: false))
        }
        let owners = read.coordinator.owners.count
        return .written(
            WriteReceipt(version: .zero, acks: owners, owners: owners, existed: false))
    }

    private mutating func accepts(_ key: Key, _ id: RequestID) -> Bool {
        if topology == nil {
            reply(.failure(notReady), to: id)
            return false
        }
        guard key.bytes.isEmpty || key.bytes.count > Key.longest else { return true }
        reply(.failure(Self.badKey(key.bytes.count)), to: id)
        return false
    }

    private mutating func accepts(_ value: [UInt8], _ id: RequestID) -> Bool {
        guard value.count > configuration.limits.value else { return true }
        reply(.failure(tooLarge(value.count)), to: id)
        return false
    }

    /// A version that a client gives back must be one that a node may have stamped by now.
    private mutating func accepts(
        _ retrying: Version?, keepingExpiry: Bool, _ id: RequestID, now: Moment
    ) -> Bool {
        guard let retrying else { return true }
        if keepingExpiry {
            reply(.failure(Self.retryKeepsExpiry), to: id)
            return false
        }
        guard !clock.observe(retrying.clock, at: now.wall) else { return true }
        reply(.failure(Self.versionAhead(retrying)), to: id)
        return false
    }

    /// Values that wait in `effects` are bounded, whatever is asked for in one breath (W6).
    mutating func reply(_ response: Response, to id: RequestID) {
        if effects.isEmpty { replyBytes = 0 }
        if case .entry(let entry?) = response { replyBytes += entry.value.count }
        guard replyBytes <= configuration.limits.pendingBytes else {
            metrics.overloaded += 1
            return effects.append(.reply(.failure(tooMuchAtOnce), id))
        }
        effects.append(.reply(response, id))
    }
}

/// What nodes say when they cannot.
extension Node {
    var notReady: Failure {
        let what =
            configuration.expected.map { "waiting until \($0) nodes see one another" }
            ?? "looking for cluster \(configuration.cluster) at its seeds"
        return Failure(.notReady, "this node belongs to no cluster yet: \(what)")
    }

    private var tooMuchAtOnce: Failure {
        Failure(
            .overloaded,
            "values of more than \(configuration.limits.pendingBytes) bytes were asked for at once;"
                + " ask for fewer")
    }

    static func badKey(_ count: Int) -> Failure {
        Failure(.badRequest, "key is \(count) bytes, it must have 1 to \(Key.longest)")
    }

    private static let chaosIsOff = Failure(
        .notEnabled, "chaos is off: start the node with --enable-chaos")

    /// The kept expiry may be another one by now, and a version names one record (V2).
    private static let retryKeepsExpiry = Failure(
        .badRequest, "a retry under the same version cannot keep the expiry: write anew")

    private static func versionAhead(_ version: Version) -> Failure {
        Failure(
            .badRequest,
            "version \(version) is more than \(VersionClock.tolerance) ahead of this node's clock; "
                + "nothing was written")
    }

    func tooLarge(_ count: Int) -> Failure {
        Failure(
            .tooLarge,
            "value is \(count) bytes, the limit is \(configuration.limits.value)"
                + " (max-value-size); nothing was written")
    }

    func tooManyPending(_ owners: [NodeID], _ level: Consistency) -> Shortfall {
        Shortfall(
            code: .overloaded, level: level, reached: 0, needed: level.needed(of: owners.count),
            owners: owners.count, missing: [], isDefinite: true)
    }
}
