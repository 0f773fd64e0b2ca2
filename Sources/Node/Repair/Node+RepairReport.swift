import GrepvineDistCore

/// What a node tells about repair.
extension Node {
    mutating func repaired(_ request: RepairRequest, now: Moment) -> Response {
        guard topology != nil else { return .failure(notReady) }
        if let partition = request.partition, !isOwner(of: partition) {
            let text = "this node is no owner of partition \(partition.number)"
            return .failure(Failure(.notOwner, text))
        }
        if request.starts {
            if let partition = request.partition {
                markDirty(partition)
            } else {
                compareNow(now: now)
            }
        }
        return .repair(repairReport(of: request.partition, now: now))
    }

    func repairReport(of partition: Partition?, now: Moment) -> RepairReport {
        var report = RepairReport()
        var ages: [Duration?] = []
        var proofs: [Duration?] = []
        for shared in sharedPartitions where partition.map({ $0 == shared }) ?? true {
            count(shared, into: &report)
            proofs.append(age(of: shared, now: now) { $0.proven })
            if !hasUnreachableOwner(shared) { ages.append(age(of: shared, now: now) { $0.clean }) }
        }
        report.oldestClean = Self.oldest(ages)
        report.oldestProof = Self.oldest(proofs)
        report.hints = hints.count
        report.running = repair.underWay
        report.rounds = metrics.repair.rounds
        report.exchanges = metrics.repair.exchanges
        report.differences = metrics.repair.differences
        report.applied = metrics.repair.applied
        report.sentBytes = metrics.repair.sentBytes
        report.receivedBytes = metrics.repair.receivedBytes
        return report
    }

    private func count(_ partition: Partition, into report: inout RepairReport) {
        report.partitions += 1
        if hasUnreachableOwner(partition) { report.unreachable += 1 }
        if !isInSync(partition) { report.recovering += 1 }
        if repair.pairs.values.contains(where: { $0.dirty.contains(partition) }) {
            report.dirty += 1
        }
        if repair.pairs.values.contains(where: { $0.differing.contains(partition) }) {
            report.differing += 1
        }
    }

    /// Time since each shared partition was seen to be the same on all owners; nil for never.
    func cleanAges(now: Moment) -> [Duration?] {
        sharedPartitions.map { age(of: $0, now: now) { $0.clean } }
    }

    private var sharedPartitions: [Partition] {
        guard let topology, topology.ownersPerPartition > 1 else { return [] }
        return topology.partitions(ownedBy: id)
    }

    private func hasUnreachableOwner(_ partition: Partition) -> Bool {
        topology?.owners(of: partition).contains { !isReachable($0) } ?? false
    }

    private static func oldest(_ ages: [Duration?]) -> Duration? {
        ages.contains(nil) ? nil : ages.compactMap(\.self).max() ?? .zero
    }

    private func age(
        of partition: Partition, now: Moment, _ times: (RepairPair) -> [Instant?]
    ) -> Duration? {
        var oldest = now.instant
        for owner in topology?.owners(of: partition) ?? [] where owner != id {
            guard let time = repair.pairs[owner].flatMap({ times($0)[Int(partition.number)] })
            else { return nil }
            oldest = min(oldest, time)
        }
        return .milliseconds((now.instant - oldest).wholeMilliseconds)
    }
}
