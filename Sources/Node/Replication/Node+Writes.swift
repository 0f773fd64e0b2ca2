import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Coordinating writes (section 6): one record to every owner, an answer at the level.
extension Node {
    /// Starts a write of a new version, or answers at once why not.
    mutating func write(
        _ mutation: Mutation, level: Consistency, purpose: PendingWrite.Purpose,
        deadline: Instant, now: Moment
    ) {
        let version = mutation.retrying ?? clock.next(at: now.wall)
        let record = Record(
            key: mutation.key, version: version, kind: mutation.kind, expiry: mutation.expiry,
            contentType: mutation.contentType, value: mutation.value
        ).encoded()
        let partition = Partition(of: mutation.key)
        write(
            record, version, partition, to: topology?.owners(of: partition) ?? [], level: level,
            expected: mutation.retrying ?? mutation.expected, purpose: purpose, deadline: deadline,
            now: now)
    }

    /// Starts a write of a record that has its version.
    mutating func write(
        _ record: [UInt8], _ version: Version, _ partition: Partition, to owners: [NodeID],
        level: Consistency, expected: Version? = nil, purpose: PendingWrite.Purpose,
        deadline: Instant, now: Moment
    ) {
        let write = PendingWrite(
            coordinator: WriteCoordinator(
                owners: owners, level: level, version: version, expected: expected),
            record: record, partition: partition, purpose: purpose, deadline: deadline,
            began: now.instant)
        if let shortfall = Shortfall.ifAny(
            owners: owners, level: level, isLive: { isReachable($0) })
        {
            return finish(write, with: .failed(shortfall), now: now)
        }
        guard writes.hasRoom(for: record.count, configuration.limits) else {
            metrics.overloaded += 1
            return finish(write, with: .failed(tooManyPending(owners, level)), now: now)
        }
        let id = nextID()
        writes.insert(write, id)
        deadlines.add(.write(id), due: now.instant + configuration.timeouts.retry)
        send(id, to: owners, isFirst: true, now: now)
    }

    /// Sends the attempt to owners and takes the answers that are there at once: this node's own,
    /// and those of owners that cannot be reached.
    private mutating func send(
        _ id: UInt64, to owners: [NodeID], isFirst: Bool, now: Moment
    ) {
        guard let write = writes[id] else { return }
        let expected = write.expectedThere
        let body = WriteMessage(expected: expected).encoded(with: write.record)
        var answers: [(NodeID, WriteCoordinator.Reply)] = []
        for owner in owners where owner != self.id {
            // Who is dead gets a hint; its outbox would only fill up.
            let isSent =
                !(isFirst && !isReachable(owner))
                && send(.write, id, body, to: owner, deadline: write.deadline, now: now)
            // Of an attempt that was sent before nobody can say that it never arrived.
            if !isSent, isFirst { answers.append((owner, .unreachable)) }
        }
        if owners.contains(self.id) {
            answers.append((self.id, merge(write.record, expected: expected, now: now)))
        }
        for (owner, answer) in answers { receive(answer, of: id, from: owner, now: now) }
    }

    /// One owner's answer to one attempt. Unknown attempts are over, and so are those whose
    /// deadline passed while this node was stopped: an owner may have lost what it acknowledged.
    mutating func receive(
        _ reply: WriteCoordinator.Reply, of id: UInt64, from owner: NodeID, now: Moment
    ) {
        if let began = writes[id]?.began, reply.isAnswer {
            noteAnswer(of: owner, after: now.instant - began)
        }
        let step = writes.update(id) { write in
            guard now.instant < write.deadline else { return write.coordinator.expire() }
            return write.coordinator.receive(reply, from: owner, attempt: write.coordinator.version)
        }
        guard let step else { return receiveHintReply(reply, of: id, from: owner, now: now) }
        proceed(id, step, now: now)
    }

    private mutating func proceed(_ id: UInt64, _ step: WriteCoordinator.Step, now: Moment) {
        switch step {
        case .wait: break
        case .restamp(let above): restamp(id, above: above, now: now)
        case .finish(let outcome):
            guard let write = writes[id], !write.isAnswered else { break }
            _ = writes.update(id) { $0.isAnswered = true }
            finish(write, with: outcome, now: now)
        }
        settle(id, now: now)
    }

    /// A write that is answered waits on for the last owners only while it makes sense: they can be
    /// reached, and there is room for new writes beside those that wait.
    private mutating func settle(_ id: UInt64, now: Moment) {
        guard let write = writes[id], write.isAnswered else { return }
        let missing = write.coordinator.missing
        if missing.allSatisfy({ !isReachable($0) }) || writes.isCrowded(configuration.limits) {
            giveUp(id, now: now)
        }
    }

    /// Writes again above what others wrote, as the same operation (W2). The old attempt's id is
    /// forgotten, so its late answers count for nothing.
    private mutating func restamp(_ id: UInt64, above version: Version, now: Moment) {
        guard var write = writes.remove(id) else { return }
        metrics.restamps += 1
        guard let next = clock.next(above: version, at: now.wall) else {
            // The other clock is further ahead than this node may follow (V3).
            let step = write.coordinator.expire()
            if case .finish(let outcome) = step { finish(write, with: outcome, now: now) }
            return
        }
        Record.restamp(&write.record, next)
        write.coordinator.restarted(version: next)
        write.began = now.instant
        let attempt = nextID()
        writes.insert(write, attempt)
        deadlines.add(.write(attempt), due: now.instant + configuration.timeouts.retry)
        send(attempt, to: write.coordinator.owners, isFirst: true, now: now)
    }

    /// The retry interval has passed: owners that have not answered are asked again, which is
    /// idempotent; at the deadline the operation is given up.
    mutating func writeDue(_ id: UInt64, now: Moment) {
        guard let write = writes[id] else { return }
        if write.deadline <= now.instant {
            if let step = writes.update(id, { $0.coordinator.expire() }) {
                proceed(id, step, now: now)
            }
            return giveUp(id, now: now)
        }
        let interval = configuration.timeouts.retry
        deadlines.add(.write(id), due: min(write.deadline, now.instant + interval))
        _ = writes.update(id) {
            $0.coordinator.repeated()
            $0.began = nil
        }
        for owner in write.coordinator.missing { noteSilence(of: owner, now: now) }
        send(id, to: write.coordinator.missing, isFirst: false, now: now)
    }

    /// The connection to an owner broke: its answers will not come.
    mutating func failWrites(at owner: NodeID, now: Moment) {
        for id in writes.ids where writes[id]?.coordinator.owners.contains(owner) == true {
            receive(.lost, of: id, from: owner, now: now)
        }
    }

    /// Owners that still lack the write get it later (H1). Where nobody is known to hold it, that
    /// would bring back what its writer was told had failed; then their partition is compared.
    private mutating func giveUp(_ id: UInt64, now: Moment) {
        guard let write = writes.remove(id) else { return }
        let missing = write.coordinator.missing
        guard write.coordinator.acks > 0 else {
            for owner in missing { markDirty(write.partition, at: owner) }
            return
        }
        keepHints(of: write, for: missing, now: now)
    }

    /// Answers whoever asked for the write.
    private mutating func finish(
        _ write: PendingWrite, with outcome: WriteCoordinator.Outcome, now: Moment
    ) {
        switch write.purpose {
        case .client(let request, let existed):
            metrics.count(write: outcome)
            reply(response(to: outcome, write, existed: existed), to: request)
        case .retry(let request, let existed):
            metrics.count(write: outcome)
            reply(retried(outcome, write, existed: existed), to: request)
        case .expire(let change): finish(change, write, with: outcome, now: now)
        case .writeBack(let read, let owner): wroteBack(read, owner, outcome, now: now)
        case .repair: break
        }
    }

    /// Tries again after a conflict.
    private mutating func finish(
        _ change: ExpiryChange, _ write: PendingWrite, with outcome: WriteCoordinator.Outcome,
        now: Moment
    ) {
        guard case .conflict(_, let isDefinite) = outcome, change.triesLeft > 0 else {
            let response = response(to: outcome, write, existed: true)
            return reply(change.mayHaveLanded ? response.indefinite : response, to: change.request)
        }
        var change = change
        change.triesLeft -= 1
        change.mayHaveLanded = change.mayHaveLanded || !isDefinite
        read(
            write.key, level: change.level, purpose: .expire(change), deadline: write.deadline,
            now: now)
    }

    /// Whatever came of the retry, the attempt before it may have happened. A newer version tells
    /// that it never will any more, if it has not.
    private func retried(
        _ outcome: WriteCoordinator.Outcome, _ write: PendingWrite, existed: Bool
    ) -> Response {
        let version = write.coordinator.version
        switch outcome {
        case .conflict(let newer, _):
            let text =
                "version \(version) was written over by \(newer), or never took effect; it will"
                + " not any more"
            return .failure(Failure(.conflict, text, isDefinite: false, version: version))
        case .failed(let shortfall) where shortfall.code == .badRequest:
            let text =
                "version \(version) names another value already, which stays: retry with the value,"
                + " type and expiry of the first attempt, or write anew"
            return .failure(Failure(.badRequest, text, isDefinite: false, version: version))
        case .failed(let shortfall) where shortfall.code == .conflict:
            let text =
                "version \(version) is older than what all owners have settled: it took effect"
                + " before, or never will"
            return .failure(Failure(.conflict, text, isDefinite: false, version: version))
        case .failed, .written:
            return response(to: outcome, write, existed: existed).indefinite
        }
    }

    private func response(
        to outcome: WriteCoordinator.Outcome, _ write: PendingWrite, existed: Bool
    ) -> Response {
        switch outcome {
        case .written(let version, let acks):
            .written(
                WriteReceipt(
                    version: version, acks: acks, owners: write.coordinator.owners.count,
                    existed: existed))
        case .conflict(_, let isDefinite):
            .failure(
                Failure(
                    .conflict,
                    "other writers kept changing the key"
                        + (isDefinite ? "; nothing was written" : ""), isDefinite: isDefinite))
        case .failed(let shortfall): .failure(shortfall.failure(naming: { name(of: $0) }))
        }
    }
}

extension Response {
    /// The same, but if it is a failure something may have been written.
    var indefinite: Response {
        guard case .failure(var failure) = self else { return self }
        failure.isDefinite = false
        return .failure(failure)
    }
}

extension PendingWrite {
    var key: Key {
        let length =
            Int(record[RecordLayout.keyLength])
            | Int(record[RecordLayout.keyLength + 1]) << 8
        return Key(Array(record[RecordLayout.header..<RecordLayout.header + length]))
    }
}
