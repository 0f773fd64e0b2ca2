import GrepvineDistCore
import GrepvineStorage
import GrepvineTransport

/// Coordinating reads (section 7): the value from one owner, versions from the others.
extension Node {
    mutating func read(
        _ key: Key, level: Consistency, atLeast: Version? = nil, purpose: PendingRead.Purpose,
        deadline: Instant, now: Moment
    ) {
        let partition = Partition(of: key)
        let owners = preferred(topology?.owners(of: partition) ?? [], now: now)
        var read = PendingRead(
            key: key, partition: partition,
            coordinator: ReadCoordinator(
                owners: owners, level: level, atLeast: atLeast ?? .zero),
            purpose: purpose, deadline: deadline, began: now.instant)
        if let shortfall = Shortfall.ifAny(
            owners: owners, level: level, isLive: { isReachable($0) })
        {
            return finish(read, with: .failed(shortfall), now: now)
        }
        guard reads.count < configuration.limits.pendingOperations,
            readBytes <= configuration.limits.pendingBytes
        else {
            metrics.overloaded += 1
            return finish(read, with: .failed(tooManyPending(owners, level)), now: now)
        }
        let id = nextID()
        let asks = read.coordinator.start()
        reads[id] = read
        deadlines.add(.read(id), due: now.instant + configuration.timeouts.retry)
        ask(asks, for: id, now: now)
        planHedge(of: id, now: now)
    }

    mutating func ask(_ asks: [ReadCoordinator.Ask], for id: UInt64, now: Moment) {
        guard let key = reads[id]?.key, let deadline = reads[id]?.deadline else { return }
        var isLocal: ReadCoordinator.Ask?
        var unreachable: [NodeID] = []
        for ask in asks {
            reads[id]?.asked.append(ask)
            if ask.owner == self.id {
                isLocal = ask
            } else {
                let body = ReadMessage.encoded(wantsValue: ask.wantsValue, key: key.bytes)
                if !send(.read, id, body, to: ask.owner, deadline: deadline, now: now) {
                    unreachable.append(ask.owner)
                }
            }
        }
        if let isLocal { askMyself(isLocal, for: id, now: now) }
        for owner in unreachable { fail(.unreachable, of: id, from: owner, now: now) }
    }

    private mutating func askMyself(_ ask: ReadCoordinator.Ask, for id: UInt64, now: Moment) {
        guard let key = reads[id]?.key, let partition = reads[id]?.partition else { return }
        guard isOwner(of: partition) else {
            return fail(.notOwner(epoch: topology?.epoch ?? 0), of: id, from: self.id, now: now)
        }
        var answer = key.bytes.withUnsafeBytes { self.answer($0, partition, now: now) }
        if ask.wantsValue, answer.state != .absent, answer.state != .evicted {
            answer.record = stored(key, partition)
        }
        receive(answer, of: id, from: self.id, epoch: 0, now: now)
    }

    private func stored(_ key: Key, _ partition: Partition) -> Record? {
        key.bytes.withUnsafeBytes { bytes in
            store.find(bytes, store.hash(of: bytes, partition: partition)).map(\.record)
        }
    }

    /// An owner's answer; nil when it says that it is none.
    mutating func receive(
        _ answer: ReadAnswer?, of id: UInt64, from owner: NodeID, epoch: UInt64, now: Moment
    ) {
        guard let deadline = reads[id]?.deadline else { return }
        // Late, because this node was stopped: what the owner said may be lost by now.
        guard now.instant < deadline else { return readDue(id, now: now) }
        if let began = reads[id]?.began { noteAnswer(of: owner, after: now.instant - began) }
        // A version that comes once more does not answer the question for the value.
        let isWhole = answer?.isWhole ?? true
        reads[id]?.asked.removeAll { $0.owner == owner && (isWhole || !$0.wantsValue) }
        guard let answer else {
            return fail(.notOwner(epoch: epoch), of: id, from: owner, now: now)
        }
        _ = clock.observe(answer.version.clock, at: now.wall)
        let bytes = answer.record?.value.count ?? 0
        reads[id]?.bytes += bytes
        readBytes += bytes
        if let step = reads[id]?.coordinator.receive(answer, from: owner) {
            proceed(id, step, now: now)
        }
    }

    mutating func fail(
        _ silence: ReadCoordinator.Silence, of id: UInt64, from owner: NodeID, now: Moment
    ) {
        reads[id]?.asked.removeAll { $0.owner == owner }
        if let step = reads[id]?.coordinator.receive(silence, from: owner) {
            proceed(id, step, now: now)
        }
    }

    private mutating func proceed(_ id: UInt64, _ step: ReadCoordinator.Step, now: Moment) {
        switch step {
        case .wait: break
        case .ask(let asks): ask(asks, for: id, now: now)
        case .writeBack(let answer, let owners): writeBack(answer, to: owners, for: id, now: now)
        case .finish(let outcome):
            guard var read = reads.removeValue(forKey: id) else { return }
            readBytes -= read.bytes
            read.isAnswered = true
            repair(read, now: now)
            finish(read, with: outcome, now: now)
        }
    }

    /// Brings stale members of the read set up to date; the answer waits for it (R2). The writes
    /// are conditional on their own version, so they never climb above a newer one.
    private mutating func writeBack(
        _ answer: ReadAnswer, to owners: [NodeID], for id: UInt64, now: Moment
    ) {
        guard let read = reads[id], let record = answer.record(of: read.key) else { return }
        metrics.readRepairs += UInt64(owners.count)
        for owner in owners {
            write(
                record.encoded(), record.version, read.partition, to: [owner], level: .all,
                expected: record.version,
                purpose: .writeBack(read: id, owner: owner), deadline: read.deadline, now: now)
        }
    }

    mutating func wroteBack(
        _ id: UInt64, _ owner: NodeID, _ outcome: WriteCoordinator.Outcome, now: Moment
    ) {
        guard let deadline = reads[id]?.deadline else { return }
        guard now.instant < deadline else { return readDue(id, now: now) }
        let step: ReadCoordinator.Step?
        switch outcome {
        // An owner that holds something newer has nothing to be brought up to.
        case .written, .conflict: step = reads[id]?.coordinator.wroteBack(to: owner)
        case .failed:
            if let partition = reads[id]?.partition { markDirty(partition, at: owner) }
            step = reads[id]?.coordinator.writeBackFailed(to: owner)
        }
        if let step { proceed(id, step, now: now) }
    }

    /// Owners that are behind but whose answers were not needed get the record behind the reply.
    private mutating func repair(_ read: PendingRead, now: Moment) {
        guard let (answer, owners) = read.coordinator.repairs,
            let record = answer.record(of: read.key)
        else { return }
        metrics.readRepairs += UInt64(owners.count)
        for owner in owners {
            write(
                record.encoded(), record.version, read.partition, to: [owner], level: .all,
                expected: record.version, purpose: .repair,
                deadline: now.instant + configuration.timeouts.operation, now: now
            )
        }
    }

    /// Owners that are silent are asked again; at the deadline the read fails.
    mutating func readDue(_ id: UInt64, now: Moment) {
        guard let read = reads[id] else { return }
        if read.deadline <= now.instant {
            if let step = reads[id]?.coordinator.expire() { proceed(id, step, now: now) }
            return
        }
        let interval = configuration.timeouts.retry
        deadlines.add(.read(id), due: min(read.deadline, now.instant + interval))
        reads[id]?.began = nil
        for ask in read.asked { noteSilence(of: ask.owner, now: now) }
        if let hedge = reads[id]?.coordinator.hedge() { ask([hedge], for: id, now: now) }
        reads[id]?.asked = []
        ask(read.asked, for: id, now: now)
    }

    mutating func failReads(at owner: NodeID, now: Moment) {
        for id in reads.keys.sorted()
        where reads[id]?.asked.contains(where: { $0.owner == owner }) == true {
            fail(.unreachable, of: id, from: owner, now: now)
        }
    }

    /// What the read was for.
    private mutating func finish(
        _ read: PendingRead, with outcome: ReadCoordinator.Outcome, now: Moment
    ) {
        if case .failed(let shortfall) = outcome {
            metrics.readFailures += 1
            let response = Response.failure(shortfall.failure(naming: { name(of: $0) }))
            return reply(
                read.purpose.mayHaveLanded ? response.indefinite : response,
                to: read.purpose.request)
        }
        switch read.purpose {
        case .get(let request):
            reply(.entry(entry(outcome, read.coordinator.mayBeStale)), to: request)
        case .delete(let request, let level, let retrying):
            delete(read, outcome, level: level, retrying: retrying, request, now: now)
        case .expire(let change): expire(read, outcome, change, now: now)
        case .set(let request, var mutation, let level):
            if case .value(let record) = outcome { mutation.expiry = record.expiry }
            write(
                mutation, level: level, purpose: .client(request, existed: true),
                deadline: read.deadline, now: now)
        }
    }

    private mutating func entry(
        _ outcome: ReadCoordinator.Outcome, _ mayBeStale: Bool
    ) -> Entry? {
        guard case .value(let record) = outcome else {
            metrics.misses += 1
            return nil
        }
        metrics.hits += 1
        return Entry(
            value: record.value, contentType: record.contentType, version: record.version,
            expiry: record.expiry, mayBeStale: mayBeStale)
    }
}

extension PendingRead.Purpose {
    /// Something was written for the request before this read (W4).
    var mayHaveLanded: Bool {
        if case .expire(let change) = self { change.mayHaveLanded } else { false }
    }

    var request: RequestID {
        switch self {
        case .get(let request), .delete(let request, _, _), .set(let request, _, _): request
        case .expire(let change): change.request
        }
    }
}
