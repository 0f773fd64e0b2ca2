import GrepvineDistCore

/// A write that waits for owners, or whose answer is given and the last owners still count.
struct PendingWrite {
    /// What follows when the level is reached or cannot be.
    enum Purpose {
        case client(RequestID, existed: Bool)
        /// Once more under the version of an earlier attempt (W4).
        case retry(RequestID, existed: Bool)
        /// The conditional write of an EXPIRE; on a conflict it is read and tried again.
        case expire(ExpiryChange)
        /// Stale members of a read set are brought up to date before the read answers (R2).
        case writeBack(read: UInt64, owner: NodeID)
        /// Repair behind an answered read.
        case repair
    }

    var coordinator: WriteCoordinator
    /// The record in its stored form, under the version of the attempt.
    var record: [UInt8]
    let partition: Partition
    let purpose: Purpose
    let deadline: Instant
    /// When the attempt was sent; nil once it was sent again.
    var began: Instant?
    var isAnswered = false
}

extension PendingWrite {
    /// The condition that owners are told. A write that is conditional on its own version brings
    /// them up to what is known to have been written; a client's retry knows no such thing.
    var expectedThere: Version? {
        if case .retry = purpose { nil } else { coordinator.expected }
    }
}

extension PendingWrite.Purpose {
    var isRepair: Bool {
        switch self {
        case .writeBack, .repair: true
        case .client, .retry, .expire: false
        }
    }
}

/// Every write that is under way, by the id of its attempt, with a bound on count and bytes (W6).
struct PendingWrites {
    private var table: [UInt64: PendingWrite] = [:]
    private(set) var bytes = 0

    var count: Int { table.count }

    func hasRoom(for record: Int, _ limits: NodeLimits) -> Bool {
        table.count < limits.pendingOperations && bytes + record <= limits.pendingBytes
    }

    /// Half of the room is taken.
    func isCrowded(_ limits: NodeLimits) -> Bool {
        table.count > limits.pendingOperations / 2 || bytes > limits.pendingBytes / 2
    }

    subscript(id: UInt64) -> PendingWrite? { table[id] }

    mutating func insert(_ write: PendingWrite, _ id: UInt64) {
        bytes += write.record.count
        table[id] = write
    }

    mutating func remove(_ id: UInt64) -> PendingWrite? {
        guard let write = table.removeValue(forKey: id) else { return nil }
        bytes -= write.record.count
        return write
    }

    /// Changes one write in place.
    mutating func update<Result>(
        _ id: UInt64, _ change: (inout PendingWrite) -> Result
    ) -> Result? {
        guard let index = table.index(forKey: id) else { return nil }
        return change(&table.values[index])
    }

    /// The lowest stamp of a client's write that some owner may still lack. Repairs carry old
    /// records, which all owners reconcile anyway.
    var lowestStamp: HybridClock? {
        var lowest: HybridClock?
        for write in table.values where !write.purpose.isRepair {
            let stamp = write.coordinator.version.clock
            lowest = min(lowest ?? stamp, stamp)
        }
        return lowest
    }

    /// Some client still waits.
    var hasUnanswered: Bool { table.values.contains { !$0.isAnswered } }

    /// Ascending, so that no hash order reaches an effect.
    var ids: [UInt64] { table.keys.sorted() }
}
