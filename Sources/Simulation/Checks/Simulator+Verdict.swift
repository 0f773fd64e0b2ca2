import GrepvineDistCore
import GrepvineNode
import GrepvineStorage

/// What must hold of the cluster itself, beside what its clients saw.
extension Simulator {
    /// An ack says that an owner holds the version (W1). At the moment of the answer each of them
    /// does, or holds a newer one, or lost its memory since the call began.
    func checkAcks(_ receipt: WriteReceipt, of key: Key, _ call: Call, _ number: Int) {
        guard receipt.version > .zero,
            let topology = machines[call.machine].process?.node.topology
        else { return }
        let partition = Partition(of: key)
        var possible = 0
        for owner in topology.owners(of: partition) {
            guard let machine = machine(of: owner) else { continue }
            let lost = checker.losses(of: machine.index) > call.losses[machine.index]
            if lost || holds(receipt.version, of: key, machine) { possible += 1 }
        }
        if possible < receipt.acks {
            complaints.append(
                "call \(number) of \(key): \(receipt.acks) acks, but \(possible) owners can hold"
                    + " \(receipt.version) (W1)")
        }
    }

    private func machine(of id: NodeID) -> Machine? {
        machines.first { $0.process?.node.id == id || $0.id == id || $0.disk?.id == id }
    }

    private func holds(_ version: Version, of key: Key, _ machine: Machine) -> Bool {
        guard let process = machine.process else { return false }
        return key.bytes.withUnsafeBytes { bytes in
            let hash = process.node.store.hash(of: bytes, partition: Partition(of: key))
            let record = process.node.store.find(bytes, hash)
            if let record, record.version >= version { return true }
            // It may have gone for room, or have been held behind a stable fence, by now.
            let limit = process.node.store.evictionLimit(of: bytes, Partition(of: key))
            if let limit, limit >= version.clock { return true }
            return record == nil
                && process.node.stablePoint(of: Partition(of: key)) >= version.clock
        }
    }

    /// Why the cluster has not come to rest; nil when it has.
    func unrest() -> String? {
        for machine in machines {
            guard let process = machine.process else { return "n\(machine.index) is down" }
            if let reason = unrest(of: process.node) { return "n\(machine.index) \(reason)" }
        }
        if let call = calls.firstIndex(where: { !$0.isOver }) { return "call \(call) waits" }
        return difference()
    }

    private func unrest(of node: borrowing Node) -> String? {
        guard let topology = node.topology else { return "belongs to no cluster" }
        if topology.digest != machines[0].process?.node.topology?.digest {
            return "has another topology than n0"
        }
        if node.unsynced > 0 { return "is recovering \(node.unsynced) partitions" }
        for status in node.members() where status.liveness != .alive {
            return "takes \(status.name) for \(status.liveness.rawValue)"
        }
        if node.members().count != machines.count { return "sees \(node.members().count) members" }
        let tombstones = node.store.statistics.tombstones
        if tombstones > 0 { return "holds \(tombstones) tombstones" }
        if node.pendingWork != PendingWork() { return "has pending \(node.pendingWork)" }
        let full = node.peers.all.filter { !$0.outbox.isEmpty }
        return full.isEmpty ? nil : "has frames for \(full[0].name)"
    }

    /// Values that the lives at the end had let go of.
    var evictions: Int {
        machines.reduce(0) { sum, machine in
            sum + Int(machine.process?.node.store.statistics.evictions.all ?? 0)
        }
    }

    /// All owners of a partition hold the same.
    func difference() -> String? {
        guard let topology = machines[0].process?.node.topology else { return nil }
        for partition in Partition.all {
            let owners = topology.owners(of: partition).compactMap { machine(of: $0)?.process }
            let digest = owners[0].node.store.digest(of: partition)
            for owner in owners.dropFirst() {
                if owner.node.store.digest(of: partition) != digest {
                    return "partition \(partition) differs between"
                        + " \(owners[0].node.configuration.name) and"
                        + " \(owner.node.configuration.name)"
                }
                guard digest != .empty else { continue }
                if contents(of: partition, owner) != contents(of: partition, owners[0]) {
                    return "partition \(partition) has equal digests and differs"
                }
            }
        }
        return nil
    }

    /// Records by key, with what has expired as the tombstone that it counts as.
    private func contents(of partition: Partition, _ process: Process) -> [Record] {
        var records: [Record] = []
        _ = process.node.store.scan(in: partition) { view in
            var record = view.record
            if record.isExpired(at: wall + .seconds(1)) {
                record = .tombstone(record.key, record.version)
            }
            record.expiry = record.kind == .tombstone ? nil : record.expiry
            records.append(record)
            return true
        }
        return records.sorted { $0.key < $1.key }
    }

    /// Everybody is asked for everything; then greps must find exactly what reads found.
    func finalReads() {
        isFinal = true
        for (index, key) in workload.keys.enumerated() {
            let machine = machines[(index + Int(plan.seed % 7)) % machines.count]
            call(.init(.get, key, .quorum), of: index % clients.count, at: machine)
        }
        run(until: now + 3_000_000_000)
        for key in workload.keys where finalEntries[key] == nil {
            complaints.append("\(key) cannot be read after the faults")
        }
        for machine in machines {
            grep(workload.query(&dice), of: machine.index % clients.count, at: machine)
        }
        run(until: now + 5_000_000_000)
        for number in calls.indices where !calls[number].isOver {
            complaints.append("call \(number) was not answered after the faults")
        }
    }

    func judge(_ grep: Call.Grep, _ summary: GrepSummary) {
        let name = "grep for \(grep.query.pattern)"
        if !summary.isComplete { complaints.append("\(name) is not complete after the faults") }
        let pattern = Array(grep.query.pattern.utf8)
        let hits = Dictionary(grep.hits.map { ($0.key, $0) }) { first, _ in first }
        for key in workload.keys {
            let entry = finalEntries[key] ?? nil
            // What is about to expire may be found or not.
            if entry?.expiry != nil { continue }
            let lines = (entry?.value ?? []).split(separator: 10).count { $0.contains(pattern) }
            if hits[key]?.matchingLines ?? 0 != lines {
                complaints.append(
                    "\(name) found \(hits[key]?.matchingLines ?? 0) lines in \(key) that has"
                        + " \(lines) (G1)")
            } else if let hit = hits[key], hit.version != entry?.version {
                complaints.append("\(name) found an old version of \(key)")
            }
        }
    }

    /// Hits while faults are on may be old, but somebody wrote them.
    func checkOrigin(of hits: [DocumentHit], _ call: Int) {
        for hit in hits {
            for line in hit.lines where line.number == 1 {
                if !checker.wasBegun(line.text, of: hit.key) {
                    complaints.append("grep \(call): nobody wrote what it found in \(hit.key)")
                }
            }
        }
    }
}
